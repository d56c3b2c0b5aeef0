// Why a token is there and what became of it, in as few words as will do. Pure.

import type { Chain } from '../chain';
import type { Slot } from '../contract';
import { trialOf } from '../layout/received';
import type { Trace, ViewState } from '../view-state';
import { choiceSentence, fateSentence, readingSentence } from './inspector';
import { standingOf, standingSentence } from './kin';
import { verdictSentence } from './received';

/** The verdict comes first where there is one: it is what one wonders about. */
export function shortWhy(trace: Trace, view: ViewState, slot: Slot, chain: Chain | null): string {
  const token = view.tokens[slot];
  const column = token && view.columns[token.column];
  if (!token || !column) return '';
  if (column.step === null) return readingSentence(trace, column);
  const choice = choiceSentence(trace, token, column);
  const row = token.verdict && trialOf(trace, view, column).rows.find((member) => member.slot === slot);
  if (row) return `${verdictSentence(trace, row)} ${choice}`;
  if (token.removal) return `${fateSentence(trace, token)} ${choice}`;
  const standing = standingOf(trace, view, chain, token);
  const isNewest = column.index === view.columns.length - 1;
  return standing && !isNewest ? `${choice} ${standingSentence(token, standing, isNewest)}` : choice;
}
