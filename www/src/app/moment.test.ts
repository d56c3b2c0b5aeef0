import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Moment } from './moment.svelte';

let extent = { last: 3, live: false };
const moment = () => new Moment(() => extent);

beforeEach(() => {
  vi.useFakeTimers();
  extent = { last: 3, live: false };
});
afterEach(() => vi.useRealTimers());

describe('moment', () => {
  it('stays inside the run', () => {
    const time = moment();
    time.seek(9);
    expect(time.step).toBe(3);
    time.seek(-7);
    expect(time.step).toBe(-1);
  });

  it('plays from the start when it stands at the end, and stops there', () => {
    const time = moment();
    time.seek(3);
    time.toggle();
    expect(time.step).toBe(-1);
    vi.advanceTimersByTime(10_000);
    expect([time.step, time.playing]).toEqual([3, false]);
  });

  it('beats faster, and goes round in a loop', () => {
    const time = moment();
    time.setSpeed(2);
    time.loop = true;
    time.seek(2);
    time.toggle();
    vi.advanceTimersByTime(350);
    expect(time.step).toBe(3);
    vi.advanceTimersByTime(350);
    expect(time.step).toBe(-1);
    time.pause();
  });

  it('follows arriving steps until somebody looks back', () => {
    const time = moment();
    time.seek(3);
    extent = { last: 4, live: true };
    time.arrived();
    expect(time.step).toBe(4);
    time.seek(1);
    extent = { last: 5, live: true };
    time.arrived();
    expect(time.step).toBe(1);
  });
});
