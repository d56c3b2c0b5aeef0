import { expect, it } from 'vitest';
import { Meter } from './progress';
import type { Progress } from './source';

it('adds up files, measures the rate of what arrives and tells the time left', () => {
  let now = 0;
  const reports: Progress[] = [];
  const meter = new Meter(
    (progress) => reports.push(progress),
    () => now,
  );
  meter.plan([
    { name: 'a', total: 100, here: 0 },
    { name: 'b', total: 900, here: 400 },
  ]);
  expect(reports.at(-1)).toMatchObject({
    done_bytes: 400,
    total_bytes: 1000,
    resumed_bytes: 400,
    rate: null,
    file: null,
  });
  meter.at('a', 50, 'download');
  now = 1000;
  meter.at('a', 100, 'download');
  expect(reports.at(-1)).toMatchObject({
    done_bytes: 500,
    rate: 100,
    seconds_left: 5,
    file: 'a',
    file_index: 0,
    file_count: 2,
  });
  // Hashing what is here is not arriving.
  now = 2000;
  meter.at('b', 400, 'verify');
  expect(reports.at(-1)).toMatchObject({ phase: 'verify', done_bytes: 500, rate: 50 });
  // A beginning from zero takes back what was here.
  now = 3000;
  meter.at('b', 0, 'download');
  expect(reports.at(-1)).toMatchObject({ phase: 'download', done_bytes: 100, resumed_bytes: 0 });
});

it('does not tell more often than ten times a second, and always tells what is new', () => {
  let now = 0;
  const reports: Progress[] = [];
  const meter = new Meter(
    (progress) => reports.push(progress),
    () => now,
  );
  for (let bytes = 1; bytes <= 1000; bytes++, now++) meter.at('a', bytes, 'download');
  expect(reports.length).toBeLessThanOrEqual(11);
  meter.device(0, 10);
  meter.device(10, 10);
  expect(reports.slice(-2).map((progress) => progress.done_bytes)).toEqual([0, 10]);
});

it('tells how many programs are compiled beside what arrives, and no more once they are', () => {
  let now = 0;
  const reports: Progress[] = [];
  const meter = new Meter(
    (progress) => reports.push(progress),
    () => now,
  );
  meter.plan([{ name: 'a', total: 100, here: 0 }]);
  now = 1000;
  meter.compiling(3, 27);
  expect(reports.at(-1)).toMatchObject({ programs: { done: 3, total: 27 }, done_bytes: 0, total_bytes: 100 });
  meter.warmed();
  meter.device(0, 100);
  expect(reports.at(-1)?.programs).toBeNull();
});

it('knows no total while one file has none', () => {
  const reports: Progress[] = [];
  const meter = new Meter((progress) => reports.push(progress));
  meter.plan([{ name: 'a', total: null, here: 0 }]);
  expect(reports.at(-1)).toMatchObject({ total_bytes: null, seconds_left: null });
  meter.total('a', 10);
  meter.report(true);
  expect(reports.at(-1)?.total_bytes).toBe(10);
});
