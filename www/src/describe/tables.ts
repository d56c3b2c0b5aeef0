// The views of one moment as tables: read on the screen, saved as CSV, checked by tests.

import { smoothed, type Chain, type Kin } from '../chain';
import type { Slot } from '../contract';
import { isFreed, removals } from '../layout/facts';
import { receivedAt } from '../reduce';
import type { Trace, ViewState } from '../view-state';
import { bracketText } from './brackets';
import { named } from './named';
import { readingName, type ShownReading } from './reading';
import { stateWords } from './token';
import type { Cell, Table } from './table';
import { words } from '../words/en/tables';

const { columns } = words;

/** What the chain shows at the moment. */
export interface Chained {
  chain: Chain | null;
  kin: Kin | null;
  path: ReadonlySet<Slot>;
}

function moment(view: ViewState): string {
  return words.moment(view.step);
}

/** The lattice: one row per token. */
export function latticeTable(trace: Trace, view: ViewState, chained: Chained): Table {
  const { chain, kin, path } = chained;
  const gammas = chain ? smoothed(chain) : null;
  const gammaOf = (slot: Slot): number | null => {
    const place = chain?.places.get(slot);
    return place ? (gammas?.[place.link]?.[place.member] ?? null) : null;
  };
  const subject = kin ? view.tokens[kin.slot] : undefined;
  return {
    caption: words.lattice(moment(view)),
    columns: [
      { name: columns.position, kind: 'number' },
      { name: columns.rank, kind: 'number' },
      { name: columns.token, kind: 'token' },
      { name: columns.probability, kind: 'number', digits: 4 },
      { name: columns.state },
      { name: columns.removedAt, kind: 'number' },
      { name: columns.received, kind: 'number', digits: 4 },
      { name: columns.slot, kind: 'number' },
      { name: columns.id, kind: 'number' },
      { name: columns.madeIn, kind: 'number' },
      { name: columns.inReading },
      ...(chain ? [{ name: columns.gamma, kind: 'number', digits: 4 } as const] : []),
      ...(subject ? [{ name: columns.kinOf(named(subject.text)), kind: 'number', digits: 4 } as const] : []),
    ],
    rows: view.columns.flatMap((column) =>
      column.tokens.map((token): Cell[] => [
        token.position,
        token.rank + 1,
        token.text,
        token.probability,
        stateWords(trace, token),
        token.removal?.step ?? null,
        receivedAt(view, token.slot),
        token.slot,
        token.id,
        column.step,
        path.has(token.slot) ? words.yes : null,
        ...(chain ? [gammaOf(token.slot)] : []),
        ...(subject ? [kin?.shares.get(token.slot) ?? null] : []),
      ]),
    ),
  };
}

/** The strip: one row per slot. */
export function stripTable(trace: Trace, view: ViewState, kin: Kin | null): Table {
  const subject = kin ? view.tokens[kin.slot] : undefined;
  const options = trace.run.options;
  const first = trace.run.prompt.tokens.length + options.position_gap;
  return {
    caption: words.slots(moment(view), view.rows, view.live),
    columns: [
      { name: columns.slot, kind: 'number' },
      { name: columns.token, kind: 'token' },
      { name: columns.position, kind: 'number' },
      { name: columns.ownPosition, kind: 'number' },
      { name: columns.cacheRow },
      { name: columns.state },
      { name: columns.id, kind: 'number' },
      ...(subject ? [{ name: columns.kinOf(named(subject.text)), kind: 'number', digits: 4 } as const] : []),
    ],
    rows: view.tokens.map((token): Cell[] => [
      token.slot,
      token.text,
      token.position,
      token.state === 'prompt' ? token.position : first + token.slot - trace.run.prompt.tokens.length,
      isFreed(token.removal) ? words.rows.freed : token.state === 'removed' ? words.rows.masked : words.rows.held,
      stateWords(trace, token),
      token.id,
      ...(subject ? [kin?.shares.get(token.slot) ?? null] : []),
    ]),
  };
}

/** The scrubber: one row per step of the whole run. */
export function stepsTable(trace: Trace): Table {
  return {
    caption: words.steps(trace.steps.length),
    columns: [
      { name: columns.step, kind: 'number' },
      { name: columns.position, kind: 'number' },
      { name: columns.members, kind: 'number' },
      { name: columns.set, kind: 'token' },
      { name: columns.threshold, kind: 'number', digits: 4 },
      { name: columns.above, kind: 'number' },
      { name: columns.entropy, kind: 'number', digits: 3 },
      { name: columns.removed, kind: 'number' },
      { name: columns.rowsHeld, kind: 'number' },
      { name: columns.visible, kind: 'number' },
      { name: columns.ms, kind: 'number', digits: 1 },
    ],
    rows: trace.steps.map((step): Cell[] => [
      step.step,
      step.set[0]?.position ?? null,
      step.set.length,
      step.set.map((member) => member.text),
      step.threshold,
      step.above,
      step.entropy,
      removals(step),
      step.slots,
      step.live,
      step.timing?.total_ms ?? null,
    ]),
  };
}

/** The plain text as a table of one row per set: what the reading takes and what stands beside it. */
export function plainTable(trace: Trace, view: ViewState, reading: ShownReading): Table {
  return {
    caption: words.text(moment(view), bracketText(trace, view), readingName(reading)),
    columns: [
      { name: columns.position, kind: 'number' },
      { name: columns.reads, kind: 'token' },
      { name: columns.beside, kind: 'token' },
    ],
    rows: reading.words.map((word): Cell[] => [
      view.columns[word.column]?.position ?? null,
      word.text,
      word.others.map((token) => token.text),
    ]),
  };
}
