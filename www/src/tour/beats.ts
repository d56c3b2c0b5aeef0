// The six beats of the tour as states of the page, and the ways between them. A beat is reached by a press and never by
// time; what moves on the way (`from`) ends in the same state. Pure.

import type { Slot } from '../contract';
import type { TourPlan } from './plan';

export const BEATS = 6;
export type Beat = 1 | 2 | 3 | 4 | 5 | 6;

export type SceneId =
  'start' | 'guess' | 'answer' | 'together' | 'dropped' | 'fork' | 'first' | 'second' | 'mixed' | 'line' | 'yours';

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
    ...more,
  });
  return [
    scene('start', 1, opening.step, { from: -1 }),
    scene('guess', 2, opening.step),
    scene('answer', 2, opening.step),
    scene('together', 3, dropped.step, { from: opening.step }),
    scene('dropped', 4, dropped.step),
    scene('fork', 5, fork.step, { from: dropped.step }),
    scene('first', 5, paths.step, { from: fork.step, path: paths.first.chosen }),
    scene('second', 5, paths.step, { path: paths.second.chosen }),
    scene('mixed', 5, paths.step, { path: paths.mixed.chosen }),
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
