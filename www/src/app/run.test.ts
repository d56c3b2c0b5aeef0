import { describe, expect, it } from 'vitest';
import { recorded } from '../testing';
import { Run } from './run.svelte';

const { trace } = recorded().find(({ name }) => name === 'once')!;

describe('a run whose options changed on the way', () => {
  const first = trace.run.options;
  const then = { ...first, combine: 'max' as const };
  const phases = [
    { from: 0, options: first },
    { from: 5, options: then },
  ];
  const run = new Run({ title: 'Once', origin: 'live', trace, phases });

  it('is seen with the options in force at each step', () => {
    expect(run.traceAt(-1)).toBe(trace);
    expect(run.traceAt(4)).toBe(trace);
    expect(run.traceAt(5).run.options.combine).toBe('max');
    expect(run.traceAt(5).steps).toBe(trace.steps);
    expect(run.traceAt(6)).toBe(run.traceAt(5));
    expect(run.optionsAfter(4).combine).toBe('max');
  });

  it('is the trace itself where nothing changed', () => {
    const plain = new Run({ title: 'Once', origin: 'recorded', trace });
    expect(plain.traceAt(20)).toBe(trace);
  });
});
