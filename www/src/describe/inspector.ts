// One token explained: why it is here, how it came to be, its exact numbers.

import type { Chain } from '../chain';
import { number, percent, percentWords } from '../format';
import { laterRows, meanReceived } from '../history';
import { receivedAt, viewAt } from '../reduce';
import type { Column, Token, Trace, ViewState } from '../view-state';
import { speakers, weightsOf } from '../layout/facts';
import { standingOf } from './kin';
import type { Table, TableColumn } from './table';
import { stateWords } from './token';
import { named, shownText } from './named';
import * as texts from '../words/en/inspector';
import * as speech from '../words/en/speech';
import { list, spoken } from './words';

const { NUMBERS } = texts;

export interface Fact {
  term: string;
  value: string;
  /** Set in the token face: text that is data. */
  token?: boolean;
}

/** How the distribution that the token was chosen from was read. */
export function readingSentence(trace: Trace, column: Column): string {
  if (column.step === null) return texts.READ.prompt;
  const before = viewAt(trace, column.step - 1);
  const members = before.readout.flatMap((slot) => before.tokens[slot] ?? []);
  const [speaker] = speakers(trace, before.readout).flatMap((slot) => before.tokens[slot] ?? []);
  if (!speaker) return texts.READ.before(column.step);
  const name = named(speaker.text);
  if (members.length === 1) {
    const which = speaker.state === 'prompt' ? texts.READ.lastOfPrompt : texts.READ.only(speaker.position);
    return texts.READ.one(name, which);
  }
  const combine = trace.run.options.combine;
  if (combine === 'first' || combine === 'last') {
    return texts.READ.alone(name, texts.READ[combine], members.length, speaker.position);
  }
  const weights = weightsOf(trace, members);
  const names = members.map((member, index) =>
    combine === 'max' ? named(member.text) : `${named(member.text)} ${percent(weights[index] ?? 0)}`,
  );
  return texts.READ.all(members.length, speaker.position, texts.READ[combine], list(names));
}

/** Why it was chosen, in one sentence. */
export function choiceSentence(trace: Trace, token: Token, column: Column, form: 'shown' | 'spoken' = 'shown'): string {
  const step = column.step === null ? undefined : trace.steps[column.step];
  if (!step || token.probability === null) return '';
  const [call, part] = form === 'spoken' ? [spoken, percentWords] : [named, percent];
  const [name, p] = [call(token.text), part(token.probability)];
  const threshold = step.threshold > 1 ? texts.aboveEverything(number(step.threshold)) : part(step.threshold);
  if (step.fallback) return texts.fallback(name, p, threshold);
  const cut = step.above - token.size - step.ended.length;
  return texts.chosen(name, p, threshold, token.rank + 1, token.size, cut);
}

/** What is said when a token is pinned: which one, why it is here, and where it is removed, that it is. */
export function pinSentence(trace: Trace, view: ViewState, token: Token): string {
  const column = view.columns[token.column];
  const why =
    column === undefined || column.step === null ? speech.FROM_PROMPT : choiceSentence(trace, token, column, 'spoken');
  const gone = token.state === 'removed' ? speech.itIs(stateWords(trace, token)) : '';
  return [speech.pinned(spoken(token.text), token.position), why, gone].filter(Boolean).join(' ');
}

export interface Neighbour {
  rank: number;
  id: number;
  text: string;
  probability: number;
  here: boolean;
  member: boolean;
  /** The threshold lies between this one and the one above it. */
  lineAbove: boolean;
}

/** The candidates around a token, by rank. The best one is always among them. */
export function neighbours(trace: Trace, token: Token, column: Column, around = 3): Neighbour[] {
  const step = column.step === null ? undefined : trace.steps[column.step];
  if (!step) return [];
  const members = new Set(step.set.map((member) => member.id));
  const at = step.candidates.findIndex((candidate) => candidate.id === token.id);
  const centre = at < 0 ? token.rank : at;
  const from = Math.max(0, centre - around);
  const shown = step.candidates.map((candidate, index) => ({ candidate, index })).slice(from, centre + around + 1);
  const [best] = step.candidates;
  if (from > 0 && best) shown.unshift({ candidate: best, index: 0 });
  return shown.map(({ candidate, index }, place) => {
    const above = shown[place - 1]?.candidate.probability ?? Infinity;
    return {
      rank: index + 1,
      id: candidate.id,
      text: candidate.text,
      probability: candidate.probability,
      here: candidate.id === token.id,
      member: members.has(candidate.id),
      lineAbove: candidate.probability < step.threshold && above >= step.threshold,
    };
  });
}

/** What became of it. */
export function fateSentence(trace: Trace, token: Token): string {
  const removal = token.removal;
  if (removal?.by === 'budget') return texts.FATE.budget(removal.step);
  if (token.state === 'prompt') return texts.FATE.prompt;
  if (token.state === 'single') return token.size === 1 ? texts.FATE.alone : '';
  if (token.verdict === null) {
    return trace.run.options.removal === 'off' ? texts.FATE.off : texts.FATE.notYet;
  }
  return '';
}

/** The exact numbers. */
export function numberFacts(trace: Trace, view: ViewState, token: Token, chain: Chain | null = null): Fact[] {
  const column = view.columns[token.column];
  const exact = (value: number | null | undefined): string =>
    value === null || value === undefined ? '–' : String(value);
  const facts: Fact[] = [
    { term: NUMBERS.text, value: shownText(token.text), token: true },
    { term: NUMBERS.id, value: String(token.id) },
    { term: NUMBERS.slot, value: String(token.slot) },
    { term: NUMBERS.position, value: String(token.position) },
    { term: NUMBERS.step, value: exact(column?.step) },
    { term: NUMBERS.state, value: stateWords(trace, token) },
  ];
  if (token.probability !== null) {
    facts.push(
      { term: NUMBERS.probability, value: exact(token.probability) },
      { term: NUMBERS.place, value: NUMBERS.placeOf(token.rank + 1, token.size) },
      {
        term: NUMBERS.threshold,
        value: exact(column?.step === null ? null : trace.steps[column?.step ?? -1]?.threshold),
      },
    );
  }
  const standing = standingOf(trace, view, chain, token);
  if (standing) {
    facts.push({ term: NUMBERS.prior, value: exact(standing.prior) });
    if (standing.gamma !== null) facts.push({ term: NUMBERS.gamma, value: exact(standing.gamma) });
  }
  facts.push(
    {
      term: NUMBERS.received(Math.max(0, view.step)),
      value: view.step < 0 ? '–' : exact(receivedAt(view, token.slot)),
    },
    { term: NUMBERS.mean, value: exact(meanReceived(trace, token.slot, view.step)) },
  );
  const verdict = token.verdict;
  if (verdict) {
    facts.push(
      { term: NUMBERS.score(verdict.step), value: exact(verdict.verdict.score) },
      { term: NUMBERS.limit(verdict.step), value: exact(verdict.verdict.limit) },
      {
        term: NUMBERS.verdict,
        value: verdict.verdict.keep ? (verdict.verdict.unattended ? NUMBERS.unattended : NUMBERS.kept) : NUMBERS.weak,
      },
    );
  }
  return facts;
}

/** What two tokens have to do with each other. */
export function compareSentence(token: Token, other: Token): string {
  const names = list([named(token.text), named(other.text)]);
  if (token.slot === other.slot) return '';
  if (token.column === other.column) {
    return token.position === other.position
      ? texts.COMPARE.samePlace(names, token.position)
      : texts.COMPARE.sameSet(names, token.position, other.position);
  }
  return texts.COMPARE.apart(names, Math.abs(token.position - other.position));
}

/** What the chart of later looks shows, for those who do not see it. */
export function looksSentence(trace: Trace, view: ViewState, token: Token, ignoreFirst: boolean): string {
  const mean = meanReceived(trace, token.slot, view.step, { ignoreFirst });
  const { rows, steps } = laterRows(trace, token.slot, token.removal?.step ?? view.step);
  if (mean === null) return texts.LOOKS.none(named(token.text));
  const firstOut = ignoreFirst && token.slot !== 0;
  return texts.LOOKS.mean(named(token.text), percent(mean), rows, steps, token.removal?.step ?? null, firstOut);
}

/** The exact numbers as a table; with two tokens, side by side. */
export function inspectorTable(
  trace: Trace,
  view: ViewState,
  tokens: readonly Token[],
  chain: Chain | null = null,
): Table {
  const facts = tokens.map((token) => numberFacts(trace, view, token, chain));
  const terms = [...new Set(facts.flatMap((list) => list.map((fact) => fact.term)))];
  return {
    caption: NUMBERS.caption(list(tokens.map((token) => NUMBERS.token(named(token.text), token.slot)))),
    columns: [
      { name: NUMBERS.what, kind: 'head' },
      ...tokens.map((token, index): TableColumn => ({ name: NUMBERS.column(index + 1, token.slot) })),
    ],
    rows: terms.map((term) => [term, ...facts.map((list) => list.find((fact) => fact.term === term)?.value ?? null)]),
  };
}
