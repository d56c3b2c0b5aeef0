// The six beats of the tour as states of the page, and the ways between them. A beat is reached by a press and never by
// time; what moves on the way (`from`) ends in the same state. Pure.

import type { Slot } from '../contract';
import type { Member, TourPlan } from './plan';

export const BEATS = 6;
export type Beat = 1 | 2 | 3 | 4 | 5 | 6;

export type SceneId =
  'start' | 'guess' | 'answer' | 'together' | 'dropped' | 'fork' | 'first' | 'second' | 'mixed' | 'line' | 'yours';

/** An entry of the legend under the lattice. */
export type LegendEntry = 'single' | 'several' | 'removed' | 'reading';

/** What is ringed in the lattice and under it. */
export interface Spot {
  /** A cell. */
  cell: Slot | null;
  /** The column of this member. */
  column: Slot | null;
  legend: readonly LegendEntry[];
}

const NOTHING: Spot = { cell: null, column: null, legend: [] };
const READING: Spot = { ...NOTHING, legend: ['reading'] };

/** One press further. A beat has one scene or some. */
export interface Scene {
  id: SceneId;
  beat: Beat;
  step: number;
  /** Steps play from here to `step` where things may move. */
  from: number;
  selected: Slot | null;
  /** The members that the reading is made to go through. */
  path: readonly Slot[] | null;
  /** The line that is tried on the step. */
  threshold: number | null;
  /** What the words speak of. */
  spot: Spot;
}

export function scenesOf(plan: TourPlan): readonly Scene[] {
  const { opening, dropped, fork, paths, line } = plan;
  const scene = (id: SceneId, beat: Beat, step: number, more: Partial<Scene> = {}): Scene => ({
    id,
    beat,
    step,
    from: step,
    selected: null,
    path: null,
    threshold: null,
    spot: NOTHING,
    ...more,
  });
  const columnOf = (member: Member | undefined, ...legend: LegendEntry[]): Spot => {
    return { cell: null, column: member?.slot ?? null, legend };
  };
  const [top] = opening.members;
  return [
    scene('start', 1, opening.step, { from: -1, spot: columnOf(top, 'several') }),
    scene('guess', 2, opening.step, { spot: { ...NOTHING, cell: top?.slot ?? null } }),
    scene('answer', 2, opening.step, { spot: columnOf(top, 'several') }),
    scene('together', 3, dropped.step, { from: opening.step, spot: columnOf(dropped.follows, 'single', 'several') }),
    scene('dropped', 4, dropped.step, { spot: { cell: dropped.member.slot, column: null, legend: ['removed'] } }),
    scene('fork', 5, fork.step, { from: dropped.step, spot: columnOf(fork.members[0], 'several') }),
    scene('first', 5, paths.step, { from: fork.step, path: paths.first.chosen, spot: READING }),
    scene('second', 5, paths.step, { path: paths.second.chosen, spot: READING }),
    scene('mixed', 5, paths.step, { path: paths.mixed.chosen, spot: READING }),
    scene('line', 6, line.step, { threshold: line.tried }),
    scene('yours', 6, line.step),
  ];
}

/** A number of a link as a beat; what is none begins at the beginning. */
export function beatOf(value: number): Beat {
  return Number.isInteger(value) && value >= 1 && value <= BEATS ? (value as Beat) : 1;
}

/** Where a beat begins. */
export function firstScene(scenes: readonly Scene[], beat: Beat): number {
  return Math.max(
    0,
    scenes.findIndex((scene) => scene.beat === beat),
  );
}

export type Move = 'on' | 'back';

/** The scene after a press; null: there is none, the tour is over. Before the first there is none either, and it stays. */
export function moved(scenes: readonly Scene[], at: number, move: Move): number | null {
  if (move === 'back') return Math.max(0, at - 1);
  return at + 1 < scenes.length ? at + 1 : null;
}

/**
 * What a key means while the focus is on nothing that has a use for it: Space and the arrow forwards go on, the arrow
 * backwards goes back, Escape leaves. `busy` says that whatever has the focus answers to this key itself.
 */
export function moveFor(key: string, busy: boolean): Move | 'leave' | null {
  if (key === 'Escape') return 'leave';
  if (busy) return null;
  if (key === ' ' || key === 'ArrowRight') return 'on';
  return key === 'ArrowLeft' ? 'back' : null;
}

/** What the element with the focus does with keys of its own. */
export interface Focused {
  tag: string;
  type: string;
  role: string | null;
  /** It lies in the card of the tour, or is the page itself. */
  ours: boolean;
}

/** Whether the element answers to this key: buttons and links to Space, ranges and texts to all of them, the rest of the page too. */
export function answersTo(key: string, { tag, type, role, ours }: Focused): boolean {
  if (!ours) return true;
  const name = tag.toLowerCase();
  if (name === 'input' || name === 'textarea' || name === 'select') return type !== 'button';
  return key === ' ' && (name === 'button' || name === 'summary' || role === 'button');
}
