import { describe, expect, it } from 'vitest';
import { recorded } from '../testing';
import { BEATS, answersTo, beatOf, firstScene, moveFor, moved, scenesOf } from './beats';
import { TOUR_FILE, planOf } from './plan';

const plan = planOf(recorded().find(({ name }) => `${name}.jsonl` === TOUR_FILE)!.trace)!;
const scenes = scenesOf(plan);

describe('the beats', () => {
  it('come one after the other, each with a scene, and each scene has a name of its own', () => {
    const beats = scenes.map(({ beat }) => beat);
    expect(beats).toEqual([...beats].sort());
    expect(new Set(beats).size).toBe(BEATS);
    expect(new Set(scenes.map(({ id }) => id)).size).toBe(scenes.length);
  });

  it('show steps of the run, move forwards only, and ask before they answer', () => {
    for (const { from, step } of scenes) expect(from).toBeLessThanOrEqual(step);
    const shown = Object.fromEntries(scenes.map((scene) => [scene.id, scene]));
    expect(shown['start']).toMatchObject({ from: -1, step: plan.opening.step });
    expect(shown['fork']!.step).toBe(plan.fork.step);
    expect(shown['dropped']!.step).toBe(plan.dropped.step);
    expect(shown['mixed']!.path).toEqual(plan.paths.mixed.chosen);
    expect(shown['line']!.threshold).toBe(plan.line.tried);
    expect(shown['yours']!.threshold).toBeNull();
    const second = scenes.filter(({ beat }) => beat === 2).map(({ id }) => id);
    expect(second).toEqual(['guess', 'answer']);
  });

  it('ring what they speak of: a cell or a column of their step, and entries of the legend', () => {
    const shown = Object.fromEntries(scenes.map((scene) => [scene.id, scene.spot]));
    expect(shown['guess']!.cell).toBe(plan.opening.members[0]!.slot);
    expect(shown['dropped']).toEqual({ cell: plan.dropped.member.slot, column: null, legend: ['removed'] });
    for (const id of ['start', 'answer']) expect(shown[id]!.column).toBe(plan.opening.members[0]!.slot);
    expect(shown['together']!.legend).toEqual(['single', 'several']);
    expect(shown['mixed']!.legend).toEqual(['reading']);
    for (const { beat, spot } of scenes) if (beat < 5) expect([spot.cell, spot.column]).not.toEqual([null, null]);
  });

  it('are reached by number; what is no beat is the first', () => {
    for (let beat = 1; beat <= BEATS; beat += 1) {
      const at = firstScene(scenes, beatOf(beat));
      expect(scenes[at]!.beat).toBe(beat);
      expect(scenes[at - 1]?.beat).not.toBe(beat);
    }
    for (const value of [0, 7, -1, 2.5, Number.NaN]) expect(beatOf(value)).toBe(1);
  });

  it('end behind the last scene, and nothing is before the first', () => {
    let at: number | null = 0;
    const seen = [];
    while (at !== null) {
      seen.push(at);
      at = moved(scenes, at, 'on');
    }
    expect(seen).toEqual(scenes.map((_, index) => index));
    expect(moved(scenes, 0, 'back')).toBe(0);
    expect(moved(scenes, 3, 'back')).toBe(2);
  });
});

describe('keys', () => {
  it('go on, back and out', () => {
    expect([' ', 'ArrowRight', 'ArrowLeft', 'Escape', 'a', 'Enter'].map((key) => moveFor(key, false))).toEqual([
      'on',
      'on',
      'back',
      'leave',
      null,
      null,
    ]);
  });

  it('stay with whatever has the focus and answers to them; Escape leaves from anywhere', () => {
    expect([' ', 'ArrowRight', 'Escape'].map((key) => moveFor(key, true))).toEqual([null, null, 'leave']);
    const button = { tag: 'BUTTON', type: '', role: null, ours: true };
    expect(answersTo(' ', button)).toBe(true);
    expect(answersTo('ArrowRight', button)).toBe(false);
    expect(answersTo(' ', { tag: 'A', type: '', role: null, ours: true })).toBe(false);
    expect(answersTo('ArrowRight', { tag: 'INPUT', type: 'range', role: null, ours: true })).toBe(true);
    expect(answersTo(' ', { tag: 'BODY', type: '', role: null, ours: true })).toBe(false);
    // A cell of the lattice, a text.
    expect(answersTo('ArrowRight', { ...button, ours: false })).toBe(true);
    expect(answersTo(' ', { tag: 'TEXTAREA', type: '', role: null, ours: false })).toBe(true);
  });
});
