import { describe, expect, it } from 'vitest';
import { Turns } from './turns';

/** Frames that come when the test says so. */
function frames() {
  const due: (() => void)[] = [];
  const frame = (): void => {
    for (const act of due.splice(0)) act();
  };
  return { turns: new Turns((act) => due.push(act)), frame, due };
}

describe('turns', () => {
  it('give one panel a frame, in the order of their asking', () => {
    const { turns, frame, due } = frames();
    const done: string[] = [];
    for (const name of ['slots', 'threshold', 'text']) turns.ask(() => done.push(name));
    expect(due).toHaveLength(1);
    frame();
    expect(done).toEqual(['slots']);
    frame();
    frame();
    expect(done).toEqual(['slots', 'threshold', 'text']);
    expect(due).toHaveLength(0);
  });

  it('keep the place of who waits, and put who had a turn at the end', () => {
    const { turns, frame } = frames();
    const done: string[] = [];
    const [a, b] = ['a', 'b'].map((name) => (): void => void done.push(name));
    for (let moved = 0; moved < 4; moved += 1) {
      turns.ask(a!);
      turns.ask(b!);
      frame();
    }
    expect(done).toEqual(['a', 'b', 'a', 'b']);
    frame();
    expect(done).toEqual(['a', 'b', 'a', 'b', 'a']);
  });

  it('pass over who has left, and go on when one fails', () => {
    const { turns, frame } = frames();
    const done: string[] = [];
    const gone = (): void => void done.push('gone');
    turns.ask(gone);
    turns.ask(() => {
      throw new Error('a panel failed');
    });
    turns.ask(() => done.push('last'));
    turns.leave(gone);
    expect(turns.has(gone)).toBe(false);
    expect(frame).toThrow('a panel failed');
    frame();
    expect(done).toEqual(['last']);
  });
});
