// What no single step of a decoder beside TEMPO shows: that the steps of a run fit together, and to its options.

import { Refusal } from '../checked';
import type { BeamsEvent, DecoderEvent, EndEvent, RunEvent, SamplesEvent, SearchEvent } from '../contract';
import { MAX_STEPS, MAX_TOKENS } from '../trace';
import { childrenOf, passesOf } from './tree';

const TYPES = { sample: 'samples', beam: 'beams', mcts: 'search' } as const;
const READINGS = { sample: 'sample', beam: 'beam', mcts: 'search' } as const;
/** Numbers of a trace are rounded: what is ordered may look like this much out of order. */
const ROUNDING = 1e-5;

/** What is asked of every event of this run. Throws a Refusal. */
export function besideOrder(run: RunEvent): (event: DecoderEvent | EndEvent) => void {
  const order = new BesideOrder(run);
  return (event) => (event.type === 'end' ? order.end(event) : order.take(event));
}

class BesideOrder {
  private steps = 0;
  private readonly prompt: number;
  /** The next new slot. */
  private slots: number;
  private readonly decoder: keyof typeof TYPES;
  /** Lanes that go on. */
  private lanes: number[];
  /** By step: the parent of each hypothesis. */
  private readonly parents: number[][] = [];
  /** The search has chosen the end. */
  private isOver = false;

  constructor(private readonly run: RunEvent) {
    this.decoder = run.decoder as keyof typeof TYPES;
    this.prompt = this.slots = run.prompt.tokens.length;
    this.lanes = Array.from({ length: run.options.samples }, (_, lane) => lane);
  }

  end({ readings = [] }: EndEvent): void {
    const kind = READINGS[this.decoder];
    const other = readings.find((reading) => reading.kind !== kind);
    if (other) throw new Refusal(`readings: ${other.kind} in a run of the decoder ${this.decoder}`);
  }

  take(event: DecoderEvent): void {
    const { step } = event;
    if (event.type !== TYPES[this.decoder]) {
      throw new Refusal(`there are ${event.type} in a run of the decoder ${this.decoder}`);
    }
    if (step !== this.steps) throw new Refusal(`step ${step} where ${this.steps} is due`);
    if (step >= MAX_STEPS) throw new Refusal(`there are more than ${MAX_STEPS} steps`);
    this.steps += 1;
    const rows =
      event.type === 'samples'
        ? this.takeSamples(event)
        : event.type === 'beams'
          ? this.takeBeams(event)
          : this.takeSearch(event);
    if (event.slots !== rows || event.live !== rows) {
      throw new Refusal(`step ${step}: slots ${event.slots} and live ${event.live}, where ${rows} rows are held`);
    }
  }

  private takeToken({ slot, position }: { slot: number | null; position: number }, step: number): void {
    if (position !== this.prompt + step) {
      throw new Refusal(`step ${step}: position ${position} where ${this.prompt + step} is due`);
    }
    if (slot === null) return;
    if (slot >= MAX_TOKENS) throw new Refusal(`there are more than ${MAX_TOKENS} tokens`);
    if (slot !== this.slots) throw new Refusal(`step ${step}: slot ${slot} where ${this.slots} is due`);
    this.slots += 1;
  }

  private takeSamples({ step, lanes }: SamplesEvent): number {
    const due = this.lanes;
    if (due.length === 0) throw new Refusal(`step ${step}: every lane has ended`);
    if (lanes.length !== due.length || lanes.some(({ lane }, at) => lane !== due[at])) {
      throw new Refusal(`step ${step}: lanes are not ${due.join(', ')}`);
    }
    for (const token of lanes) this.takeToken(token, step);
    this.lanes = lanes.filter(({ slot }) => slot !== null).map(({ lane }) => lane);
    return this.prompt + this.lanes.length * (step + 1);
  }

  private takeBeams({ step, hypotheses, finished }: BeamsEvent): number {
    const { beams } = this.run.options;
    const before = step === 0 ? 1 : this.parents[step - 1]!.length;
    if (before === 0) throw new Refusal(`step ${step}: no hypothesis has gone on`);
    if (hypotheses.length > beams || finished.length > beams) {
      throw new Refusal(`step ${step}: more than ${beams} hypotheses`);
    }
    for (const [rank, beam] of hypotheses.entries()) {
      if (beam.parent >= before) throw new Refusal(`step ${step}: parent ${beam.parent} of ${before} hypotheses`);
      if (beam.log_probability > (hypotheses[rank - 1]?.log_probability ?? Infinity) + ROUNDING) {
        throw new Refusal(`step ${step}: hypotheses[${rank}] is more probable than the one before it`);
      }
      this.takeToken(beam, step);
    }
    for (const [rank, { ids, score }] of finished.entries()) {
      if (ids.length === 0 || ids.length > step + 1) {
        throw new Refusal(`step ${step}: finished[${rank}] has ${ids.length} tokens`);
      }
      if (score > (finished[rank - 1]?.score ?? Infinity) + ROUNDING) {
        throw new Refusal(`step ${step}: finished[${rank}] is better than the one before it`);
      }
    }
    this.parents.push(hypotheses.map(({ parent }) => parent));
    return this.prompt + this.shared(step);
  }

  /** Tokens of the hypotheses that go on, each once. */
  private shared(step: number): number {
    let tokens = 0;
    let ranks = new Set(this.parents[step]!.keys());
    for (let at = step; at >= 0; at -= 1) {
      tokens += ranks.size;
      const parents = this.parents[at]!;
      ranks = new Set([...ranks].map((rank) => parents[rank]!));
    }
    return tokens;
  }

  private takeSearch({ step, simulations, tree, chosen }: SearchEvent): number {
    if (this.isOver) throw new Refusal(`step ${step}: the text has ended`);
    const due = this.run.options.simulations;
    if (simulations.length !== due) throw new Refusal(`step ${step}: ${simulations.length} simulations of ${due}`);
    const below = tree.map(() => 0);
    for (const [at, { node, parent, visits }] of tree.entries()) {
      if (node !== at || (parent === null) !== (at === 0) || (parent ?? -1) >= at) {
        throw new Refusal(`step ${step}: tree[${at}] is not a node after its parent`);
      }
      if (parent !== null) below[parent]! += visits;
    }
    const over = tree.findIndex(({ visits }, at) => below[at]! > visits);
    if (over >= 0) throw new Refusal(`step ${step}: the children of node ${over} have more visits than it has`);
    const children = childrenOf(tree);
    const twin = tree.find(({ node, parent, id }) => parent !== null && children[parent]!.get(id) !== node);
    if (twin) throw new Refusal(`step ${step}: two children of node ${twin.parent} are the same token`);
    const { passes, sums } = passesOf(tree, children, simulations, `step ${step}: `);
    for (const { node, visits, value } of tree) {
      const kept = visits - passes[node]!;
      // The first tree begins with nothing; the value of what was kept lies between 0 and 1, as all do.
      const before = visits * value - sums[node]!;
      const slack = 1e-3 + ROUNDING * visits;
      if (kept < 0 || (step === 0 && kept > 0) || before < -slack || before > kept + slack) {
        throw new Refusal(`step ${step}: visits and value of node ${node} are not those of the simulations`);
      }
    }
    if (children[0]?.get(chosen.id) === undefined) throw new Refusal(`step ${step}: chosen is no child of the root`);
    this.takeToken(chosen, step);
    this.isOver = chosen.slot === null;
    return this.slots;
  }
}
