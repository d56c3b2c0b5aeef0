import { describe, expect, it } from 'vitest';
import { percent } from '../../format';
import { recorded } from '../../testing';
import { scenesOf } from '../../tour/beats';
import { TOUR_FILE, planOf } from '../../tour/plan';
import { sceneWords, spoken } from './tour';

const plan = planOf(recorded().find(({ name }) => `${name}.jsonl` === TOUR_FILE)!.trace)!;
const words = (id: Parameters<typeof sceneWords>[0], guess: number | null = null): string => {
  const { title, text } = sceneWords(id, plan, guess === null ? null : plan.opening.members[guess]!);
  return `${title}. ${text}`;
};

describe('the words of the tour', () => {
  it('say the numbers of the run', () => {
    for (const { probability } of plan.opening.members) expect(words('start')).toContain(percent(probability));
    for (const { probability } of plan.fork.members) expect(words('fork')).toContain(percent(probability));
    expect(words('mixed')).toContain(percent(plan.paths.mixed.fit));
    expect(words('mixed')).toContain(percent(plan.paths.second.fit));
    expect(words('line')).toContain(percent(plan.line.usual));
  });

  it('name what is shown', () => {
    expect(words('start')).toContain('“She opened the letter and” with “handed it to”');
    expect(words('dropped')).toContain('“the” is dropped');
    expect(words('fork')).toMatch(/^Glad or sorry\?/);
    expect(words('first')).toContain("“glad you're here”");
    expect(words('second')).toContain('“sorry for your loss”');
    expect(words('mixed')).toContain('“glad for your loss”');
  });

  it('do not answer before they have asked, and remember the guess', () => {
    expect(words('guess')).not.toContain('TEMPO');
    expect(words('answer')).not.toContain('You would take');
    expect(words('answer', 1)).toContain('You would take “me”.');
    expect(words('answer', 0)).toContain('You would take “the”, as ordinary programs do.');
  });

  it('are short, and sound like sentences', () => {
    for (const { id, beat } of scenesOf(plan)) {
      const said = spoken(beat, 6, sceneWords(id, plan, null));
      expect(said.length, id).toBeLessThan(300);
      expect(said, id).toMatch(/^Tour, part \d of 6\. /);
      expect(said, id).not.toMatch(/\.\.|\?\.|undefined|NaN|–/);
    }
  });

  it('need no word but that a model predicts the next one, and call nothing likely that has 10 %', () => {
    for (const { id } of scenesOf(plan)) {
      expect(words(id, 0), id).not.toMatch(
        /\b(tokens?|lattice|members?|kin|weight\w*|viterbi|decode\w*|decoding|sets?|steps?)\b/i,
      );
      // “After “me” it is 47 % likely” says how likely it is.
      expect(words(id, 0), id).not.toMatch(/(?<!% )\blikely\b(?! enough)/);
    }
    expect(words('start')).toContain(`two words had at least ${percent(plan.line.usual)} each`);
  });
});
