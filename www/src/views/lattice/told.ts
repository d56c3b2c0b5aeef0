// What a cell says beside its own: that the reading goes through it, that it is a word ahead, and whose kin it is.

import type { Slot } from '../../contract';
import { kinWords } from '../../describe/kin';
import type { ViewState } from '../../view-state';
import { CELL_AHEAD, CELL_CHOSEN, CELL_READ } from '../../words/en/reading';
import type { ChainProps } from '../props';

export function told(view: ViewState, chained: ChainProps, ahead: ReadonlySet<Slot>, slot: Slot): string {
  const { chain, path } = chained;
  const kin = chained.pinned ? chained.kin : null;
  const kinSays = chain && kin ? kinWords(view, chain, kin, slot) : '';
  const read = path.has(slot) && (view.tokens[slot]?.size ?? 1) > 1;
  const parts = [
    read ? CELL_READ : '',
    chained.reading.chosen.has(slot) ? CELL_CHOSEN : '',
    ahead.has(slot) ? CELL_AHEAD : '',
    kinSays,
  ];
  return parts.map((part) => (part === '' ? '' : `, ${part}`)).join('');
}
