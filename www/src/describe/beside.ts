// Runs of other decoders in tables and sentences.

import { beamsAt } from '../beside/beams';
import { lanesAt } from '../beside/lanes';
import { wayTo, type Search, type Tried } from '../beside/search';
import type { BeamsEvent, SamplesEvent, SearchEvent } from '../contract';
import { number, percentWords } from '../format';
import { joinText } from '../text';
import type { Trace } from '../view-state';
import { words } from '../words/en/beside';
import { named } from './named';
import type { Cell, Table, TableColumn } from './table';
import { list, readable, spoken } from './words';

const { columns } = words;
const figure = (name: string, digits?: number): TableColumn =>
  digits === undefined ? { name, kind: 'number' } : { name, kind: 'number', digits };

/** The moment as a table. */
export function besideTable(trace: Trace, step: number): Table {
  const { decoder } = trace.run;
  if (decoder === 'sample') return lanesTable(trace, step);
  return decoder === 'beam' ? beamsTable(trace, step) : treeTable(trace, step);
}

function lanesTable(trace: Trace, step: number): Table {
  return {
    caption: words.lanesCaption(step),
    columns: [
      figure(columns.lane),
      figure(columns.step),
      { name: columns.token, kind: 'token' },
      figure(columns.probability, 4),
      figure(columns.id),
      figure(columns.slot),
    ],
    rows: lanesAt(trace, step).flatMap(({ lane, tokens }) =>
      tokens.map(({ text, probability, id, slot }, at): Cell[] => [lane + 1, at, text, probability, id, slot]),
    ),
  };
}

function beamsTable(trace: Trace, step: number): Table {
  const { beams, finished } = beamsAt(trace, step);
  const { hypotheses } = (trace.beside?.[step] as BeamsEvent | undefined) ?? { hypotheses: [] };
  return {
    caption: words.beamsCaption(step),
    columns: [
      figure(columns.rank),
      { name: columns.state },
      { name: columns.text, kind: 'token' },
      figure(columns.parent),
      figure(columns.logProbability, 4),
      figure(columns.score, 4),
    ],
    rows: [
      ...beams.map(({ rank, text, logProbability, score }): Cell[] => {
        return [rank + 1, words.goesOn, text, step > 0 ? hypotheses[rank]!.parent + 1 : null, logProbability, score];
      }),
      ...finished.map(({ text, log_probability, score }): Cell[] => {
        return [null, words.ended, text, null, log_probability, score];
      }),
    ],
  };
}

function treeTable(trace: Trace, step: number): Table {
  const { tree } = (trace.beside?.[step] as SearchEvent | undefined) ?? { tree: [] };
  // Of equal ones the older first: the sort is stable.
  const nodes = [...tree].sort((a, b) => b.visits - a.visits);
  return {
    caption: words.treeCaption(step),
    columns: [
      figure(columns.node),
      { name: columns.token, kind: 'token' },
      { name: columns.way, kind: 'token' },
      figure(columns.parent),
      figure(columns.visits),
      figure(columns.value, 4),
      figure(columns.prior, 4),
      figure(columns.id),
    ],
    rows: nodes.map(({ node, parent, id, text, prior, visits, value }): Cell[] => {
      const way = wayTo(tree, node).map((each) => each.text);
      return [node, text, joinText(way), parent, visits, value, prior, id];
    }),
  };
}

/** What a simulation saw on its way, node by node. */
export function termsTable({ event, exploration }: Search, { path, terms }: Tried): Table {
  return {
    caption: words.terms(exploration),
    columns: [
      { name: columns.at, kind: 'token' },
      { name: columns.token, kind: 'token' },
      figure(columns.n),
      figure(columns.value, 4),
      figure(columns.prior, 4),
      figure(columns.bonus, 4),
      figure(columns.score, 4),
      { name: columns.taken },
    ],
    rows: terms.flatMap((seen, depth) =>
      seen.map(({ child, visits, value, prior, bonus, score }): Cell[] => {
        const taken = child === path[depth + 1] ? words.yes : null;
        return [event.tree[path[depth]!]!.text, event.tree[child]!.text, visits, value, prior, bonus, score, taken];
      }),
    ),
  };
}

/** The four parts of a simulation. */
export function simulationSentences({ event, children }: Search, tried: Tried): string[] {
  const { path, terms, made, rollout, value } = tried;
  const way = terms.map((seen, depth) => {
    const child = path[depth + 1]!;
    const term = seen.find((each) => each.child === child)!;
    return words.chose(named(event.tree[child]!.text), number(term.value), number(term.bonus), number(term.score));
  });
  const reached = path.at(-1)!;
  const expanded =
    made.length > 0
      ? words.expand(list(made.map((node) => named(event.tree[node]!.text))))
      : children[reached]!.length > 0
        ? words.known
        : words.noExpand;
  return [
    words.select(list(way)),
    expanded,
    rollout.length > 0
      ? words.rollOut(readable(joinText(rollout.map(({ id, text }) => text ?? ` #${id}`))))
      : words.noRollOut,
    words.backUp(value, path.length),
  ];
}

/** What a step has brought, for the ear. */
export function besideSentence(trace: Trace, step: number): string {
  const event = trace.beside?.[step];
  if (!event) return words.atPrompt;
  if (event.type === 'samples') return samplesSentence(event);
  if (event.type === 'beams') {
    const { beams, finished } = beamsAt(trace, step);
    return words.saidBeams(step, readable(beams[0]?.text ?? ''), finished.length);
  }
  const { tree, chosen } = event;
  const { visits } = tree.find(({ parent, id }) => parent === 0 && id === chosen.id)!;
  return words.saidSearch(step, spoken(chosen.text), visits, tree[0]!.visits);
}

const MOST_SAID = 4;

function samplesSentence({ step, lanes }: SamplesEvent): string {
  const said = lanes
    .slice(0, MOST_SAID)
    .map(({ lane, text, probability }) => words.saidLane(lane, spoken(text), percentWords(probability)));
  if (lanes.length > MOST_SAID) said.push(words.saidMore(lanes.length - MOST_SAID));
  return words.saidSamples(step, said.join('; '));
}

/** The search of a step in a sentence. */
export function searchSentence(trace: Trace, step: number): string {
  const event = trace.beside?.[step] as SearchEvent | undefined;
  if (!event) return words.atPrompt;
  const { tree, chosen, simulations } = event;
  const { visits } = tree.find(({ parent, id }) => parent === 0 && id === chosen.id)!;
  return words.search(simulations.length, tree.length, named(chosen.text), visits, chosen.probability);
}
