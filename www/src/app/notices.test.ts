import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Notices } from './notices.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('one notice is shown at a time: what matters most, the newest of those, or the one that was turned to', () => {
  const notices = new Notices();
  notices.notify('recovered');
  notices.notify('not-persistent');
  // It only tells; the other one offers to go on.
  expect(notices.shown?.code).toBe('recovered');
  notices.next();
  expect(notices.shown?.code).toBe('not-persistent');
  notices.next();
  expect(notices.shown?.code).toBe('recovered');
  notices.notify('bad-link');
  notices.notify('link-differs');
  expect(notices.shown?.code).toBe('link-differs');
  notices.notify('trace-saved');
  expect(notices.shown?.code).toBe('link-differs');
});

test('the time of a notice runs while it is seen, and begins anew when it is seen again', () => {
  const notices = new Notices();
  notices.notify('trace-saved');
  const item = notices.shown!;
  const hide = notices.seen(item)!;
  vi.advanceTimersByTime(8000);
  hide();
  vi.advanceTimersByTime(60_000);
  expect(notices.items).toHaveLength(1);
  notices.seen(item);
  vi.advanceTimersByTime(8999);
  expect(notices.items).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(notices.items).toHaveLength(0);
  expect(notices.shown).toBeUndefined();
});

test('an error stays', () => {
  const notices = new Notices();
  notices.notify('panic');
  expect(notices.seen(notices.shown!)).toBeUndefined();
});
