import { describe, expect, it, vi } from 'vitest';
import { Run } from '../app/run.svelte';
import { recorded } from '../testing';
import type { Trace } from '../view-state';
import { Keeper, type KeeperHost } from './keeper.svelte';
import { MemoryStore } from './testing';

const { trace } = recorded().find(({ name }) => name === 'wide')!;
const upTo = (steps: number): Trace => ({ ...trace, steps: trace.steps.slice(0, steps), end: null });

let clock = 1_700_000_000_000;
function made(store: Promise<MemoryStore> | MemoryStore, host: Partial<KeeperHost> = {}) {
  const refused = vi.fn<(why: 'large' | 'failed') => void>();
  return { refused, keeper: new Keeper(Promise.resolve(store), { refused, now: () => ++clock, ...host }) };
}
const live = (of = trace): Run => new Run({ title: 'The king', origin: 'live', trace: of });

async function all(store: MemoryStore): Promise<Trace[]> {
  const { keeper } = made(store);
  const runs = await Promise.all((await keeper.list()).map((record) => keeper.read(record)));
  return runs.flatMap((run) => run?.facts.trace ?? []);
}

describe('a run under way', () => {
  it('is written in parts, and at once when it ends', async () => {
    const store = new MemoryStore();
    const { keeper } = made(store);
    const run = live(upTo(0));
    // On the clock of the test: on a busy machine parts would wait long enough to be written by themselves.
    vi.useFakeTimers();
    for (let steps = 0; steps <= 12; steps += 1) {
      run.trace = upTo(steps);
      keeper.follow(run);
      await vi.advanceTimersByTimeAsync(2);
    }
    vi.useRealTimers();
    expect(store.writes).toBeGreaterThan(2);
    expect(store.writes).toBeLessThan(8);
    // The last part may still be on its way.
    await vi.waitFor(async () => expect((await all(store))[0]!.steps.length).toBeGreaterThanOrEqual(9));
    run.trace = trace;
    keeper.follow(run);
    await keeper.flush();
    await vi.waitFor(async () => expect(await all(store)).toEqual([trace]));
    expect(keeper.bytes(run)).toBe(store.used());
  });

  it('is not written any more when another tab has deleted it, and does not come back', async () => {
    const store = new MemoryStore();
    const { keeper } = made(store);
    const run = live(upTo(5));
    keeper.follow(run);
    await keeper.flush();
    await vi.waitFor(() => expect(keeper.standing(run)).toBe('kept'));
    await made(store).keeper.removeAll();
    run.trace = trace;
    keeper.follow(run);
    await vi.waitFor(() => expect(keeper.standing(run)).toBe('gone'));
    expect(store.held.size).toBe(0);
  });
});

describe('two tabs', () => {
  it('add side by side, and a deletion in one tells which runs of the other are gone', async () => {
    const store = new MemoryStore();
    const [one, two] = [made(store).keeper, made(store).keeper];
    const [first, second] = [live(), live(upTo(3))];
    one.follow(first);
    two.follow(second);
    await Promise.all([one.flush(), two.flush()]);
    await vi.waitFor(() => expect(store.held.size).toBe(2));
    const keys = await one.remove([first]);
    expect(two.lose(keys)).toEqual([]);
    expect(two.lose([two.key(second)!])).toEqual([second]);
    expect(store.held.size).toBe(1);
  });
});

describe('where it does not fit', () => {
  it('the oldest go first', async () => {
    const store = new MemoryStore();
    const { keeper } = made(store, { bounds: { runs: 2, bytes: 1e9, run: 1e9 } });
    for (const steps of [1, 2, 3]) {
      keeper.follow(live(upTo(steps)));
      await keeper.flush();
      await vi.waitFor(() => expect(store.writes).toBe(steps));
    }
    expect((await all(store)).map(({ steps }) => steps.length)).toEqual([2, 3]);
  });

  it('a run that is too large says so once, and nothing of it is left', async () => {
    const store = new MemoryStore();
    const { keeper, refused } = made(store, { bounds: { runs: 9, bytes: 1e9, run: 20_000 } });
    const run = live(upTo(2));
    keeper.follow(run);
    await vi.waitFor(() => expect(keeper.standing(run)).toBe('kept'));
    run.trace = trace;
    keeper.follow(run);
    await vi.waitFor(() => expect(keeper.standing(run)).toBe('large'));
    const other = live();
    keeper.follow(other);
    await vi.waitFor(() => expect(keeper.standing(other)).toBe('large'));
    expect(refused.mock.calls).toEqual([['large']]);
    expect(store.held.size).toBe(0);
  });

  it('a full disk takes the room of older runs, and says so when there are none', async () => {
    const store = new MemoryStore();
    const { keeper, refused } = made(store);
    const old = live(upTo(4));
    keeper.follow(old);
    await vi.waitFor(() => expect(store.writes).toBe(1));
    store.room = store.used() + 100;
    const next = live(upTo(2));
    keeper.follow(next);
    await vi.waitFor(() => expect(keeper.standing(next)).toBe('kept'));
    expect((await all(store)).map(({ steps }) => steps.length)).toEqual([2]);
    store.room = 10;
    const last = live(upTo(3));
    keeper.follow(last);
    await vi.waitFor(() => expect(keeper.standing(last)).toBe('failed'));
    expect(refused.mock.calls).toEqual([['failed']]);
  });

  it('a browser that keeps nothing is told of once, and of a file of the visitor never', async () => {
    const { keeper, refused } = made(Promise.reject(new Error('private')));
    const file = new Run({ title: 'A file', origin: 'file', trace });
    keeper.follow(file);
    await vi.waitFor(() => expect(keeper.standing(file)).toBe('failed'));
    expect(refused).not.toHaveBeenCalled();
    for (const run of [live(), live()]) {
      keeper.follow(run);
      await vi.waitFor(() => expect(keeper.standing(run)).toBe('failed'));
    }
    expect(refused.mock.calls).toEqual([['failed']]);
    await expect(keeper.list()).rejects.toThrow('private');
  });
});

describe('what lies there', () => {
  it('is thrown away where it is damaged, left where a newer page wrote it, and never stops the rest', async () => {
    const store = new MemoryStore();
    const { keeper } = made(store);
    const run = live();
    keeper.follow(run);
    await vi.waitFor(() => expect(keeper.standing(run)).toBe('kept'));
    const good = store.held.get(keeper.key(run)!)!;
    store.held.set('a', { record: { key: 'a', version: 1 }, parts: [] });
    store.held.set('b', { record: { key: 'b', version: 2 }, parts: [] });
    store.held.set('c', { record: { ...(good.record as object), key: 'c' }, parts: ['no bytes'] });
    expect(await all(store)).toEqual([trace]);
    expect([...store.held.keys()].sort()).toEqual([keeper.key(run)!, 'b'].sort());
  });
});
