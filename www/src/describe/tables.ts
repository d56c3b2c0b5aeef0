// The views of one moment as tables: read on the screen, saved as CSV, checked by tests.

import { smoothed, type Chain, type Kin } from '../chain';
import type { Slot } from '../contract';
import { isFreed, removals } from '../layout/facts';
import type { Trace, ViewState } from '../view-state';
import { bracketText } from './brackets';
import { named } from './named';
import { readingName, type ShownReading } from './reading';
import { stateWords } from './token';
import type { Cell, Table } from './table';

/** What the chain shows at the moment. */
export interface Chained {
  chain: Chain | null;
  kin: Kin | null;
  path: ReadonlySet<Slot>;
}

function moment(view: ViewState): string {
  return view.step < 0 ? 'before step 0' : `after step ${view.step}`;
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
    caption: `Tokens by position, ${moment(view)}`,
    columns: [
      { name: 'position', kind: 'number' },
      { name: 'rank', kind: 'number' },
      { name: 'token', kind: 'token' },
      { name: 'probability', kind: 'number', digits: 4 },
      { name: 'state' },
      { name: 'removed at step', kind: 'number' },
      { name: 'received', kind: 'number', digits: 4 },
      { name: 'slot', kind: 'number' },
      { name: 'id', kind: 'number' },
      { name: 'made in step', kind: 'number' },
      { name: 'in the reading' },
      ...(chain ? [{ name: 'gamma', kind: 'number', digits: 4 } as const] : []),
      ...(subject ? [{ name: `kin of ${named(subject.text)}`, kind: 'number', digits: 4 } as const] : []),
    ],
    rows: view.columns.flatMap((column) =>
      column.tokens.map((token): Cell[] => [
        token.position,
        token.rank + 1,
        token.text,
        token.probability,
        stateWords(trace, token),
        token.removal?.step ?? null,
        token.received,
        token.slot,
        token.id,
        column.step,
        path.has(token.slot) ? 'yes' : null,
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
    caption: `Slots and positions, ${moment(view)}: ${view.rows} rows held, ${view.live} visible`,
    columns: [
      { name: 'slot', kind: 'number' },
      { name: 'token', kind: 'token' },
      { name: 'position', kind: 'number' },
      { name: 'position of its own', kind: 'number' },
      { name: 'cache row' },
      { name: 'state' },
      { name: 'id', kind: 'number' },
      ...(subject ? [{ name: `kin of ${named(subject.text)}`, kind: 'number', digits: 4 } as const] : []),
    ],
    rows: view.tokens.map((token): Cell[] => [
      token.slot,
      token.text,
      token.position,
      token.state === 'prompt' ? token.position : first + token.slot - trace.run.prompt.tokens.length,
      isFreed(token.removal) ? 'freed' : token.state === 'removed' ? 'held, masked' : 'held',
      stateWords(trace, token),
      token.id,
      ...(subject ? [kin?.shares.get(token.slot) ?? null] : []),
    ]),
  };
}

/** The scrubber: one row per step of the whole run. */
export function stepsTable(trace: Trace): Table {
  return {
    caption: `Steps of the run (${trace.steps.length})`,
    columns: [
      { name: 'step', kind: 'number' },
      { name: 'position', kind: 'number' },
      { name: 'members', kind: 'number' },
      { name: 'set', kind: 'token' },
      { name: 'threshold', kind: 'number', digits: 4 },
      { name: 'above', kind: 'number' },
      { name: 'entropy', kind: 'number', digits: 3 },
      { name: 'removed', kind: 'number' },
      { name: 'rows held', kind: 'number' },
      { name: 'visible', kind: 'number' },
      { name: 'ms', kind: 'number', digits: 1 },
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
    caption: `Plain text, ${moment(view)}: ${bracketText(trace, view)}. Read as the ${readingName(reading)}.`,
    columns: [
      { name: 'position', kind: 'number' },
      { name: 'reads', kind: 'token' },
      { name: 'beside it', kind: 'token' },
    ],
    rows: reading.words.map((word): Cell[] => [
      view.columns[word.column]?.position ?? null,
      word.text,
      word.others.map((token) => token.text),
    ]),
  };
}
