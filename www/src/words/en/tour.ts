// The words of the tour. Numbers come from the run.

import { bare, list } from '../../describe/words';
import { percent } from '../../format';
import { joinText } from '../../text';
import type { SceneId } from '../../tour/beats';
import type { Member, TourPath, TourPlan } from '../../tour/plan';
import { numberWord } from './speech';

export const TOUR_NAME = 'Tour';
export const ON = 'Go on';
export const BACK = 'Back';
export const LEAVE = 'Leave the tour';
export const YOUR_TURN = 'Write my own sentence';
export const LINE_LABEL = 'The line';
export const BEATS_LABEL = 'Parts of the tour';

export const progress = (beat: number, of: number): string => `${beat} of ${of}`;
export const beatLabel = (beat: number): string => `Part ${beat}`;
export const numbersOf = (member: Member): string => `See the numbers of ${said(member.text)}`;
export const guessLabel = (member: Member): string => bare(member.text);
export const guessGroup = 'What would you take?';
export const keptAt = (threshold: number): string => percent(threshold);
export const spoken = (beat: number, of: number, words: SceneWords): string =>
  `Tour, part ${progress(beat, of)}. ${words.title}. ${words.text}`.replace(/([.?!])\./g, '$1');

export interface SceneWords {
  title: string;
  text: string;
}

/** A word of the run in quotes, without the space that it begins with. */
function said(text: string): string {
  return `“${bare(text)}”`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const shares = (members: readonly Member[]): string =>
  list(members.map(({ text, probability }) => `${said(text)} ${percent(probability)}`));

const phrase = ({ phrase }: TourPath): string => `“${joinText(phrase).trim()}”`;

/** A mark by its name, which can be heard; a word in quotes. */
const named = (text: string): string => MARKS[text.trim()] ?? said(text);
const MARKS: Readonly<Record<string, string>> = { '.': 'a full stop', ',': 'a comma' };

/** A probability that may be next to nothing. */
const almost = (p: number): string => (p < 0.001 ? 'hardly at all' : percent(p));

/** "SmolLM2" of "SmolLM2-135M-Instruct.Q4_1" */
const family = (model: string): string => /^[\p{L}\p{N}]+/u.exec(model)?.[0] ?? model;

/** "both", "all three" */
const all = (members: readonly Member[]): string =>
  members.length === 2 ? 'both' : `all ${numberWord(members.length)}`;

/** What it says while the run plays on to the fork. */
export function onTheWay({ fork }: TourPlan): SceneWords {
  return {
    title: 'The run goes on',
    text: `Word by word, to the next place that decides: there ${numberWord(fork.members.length)} words will be likely enough at once.`,
  };
}

/** What the card says in a scene; `guess` is what the visitor would have taken. */
export function sceneWords(id: SceneId, plan: TourPlan, guess: Member | null): SceneWords {
  const { opening, dropped, fork, paths, line } = plan;
  const top = opening.members[0]!;
  switch (id) {
    case 'start':
      return {
        title: `${capital(numberWord(opening.members.length))} words were likely enough`,
        text:
          `A small language model (${family(plan.model)}) went on from “${plan.prompt}” with ` +
          `“${joinText(opening.before).trim()}”. Then ${numberWord(opening.members.length)} words had at least ` +
          `${percent(line.usual)} each, for one place: ${shares(opening.members)}.`,
      };
    case 'guess':
      return {
        title: 'What would you take?',
        text: `Ordinary programs take one word, mostly the likeliest, here ${said(top.text)}, and forget the others.`,
      };
    case 'answer':
      return {
        title: `TEMPO takes ${all(opening.members)}`,
        text:
          (guess === null
            ? ''
            : `You would take ${said(guess.text)}${guess.slot === top.slot ? ', as ordinary programs do' : ''}. `) +
          `TEMPO keeps ${all(opening.members)}, side by side at one place, and goes on from ${all(opening.members)} at once.`,
      };
    case 'together':
      return {
        title: `The next word comes from ${all(opening.members)} together`,
        text:
          `The model answers once, for ${list(opening.members.map(({ text }) => said(text)))} at once; the likelier one ` +
          'counts more. Orange: several words at one place. Blue: only one was likely enough.',
      };
    case 'dropped':
      return {
        title: `${said(dropped.member.text)} is dropped`,
        text:
          `Next comes ${named(dropped.follows.text)}. After ${said(dropped.kept.text)} it is ${percent(dropped.keptFit)} ` +
          `likely, after ${said(dropped.member.text)} ${almost(dropped.fit)}. So ${said(dropped.member.text)} goes: hatched ` +
          'and struck out. No later word is read from it.',
      };
    case 'fork':
      return {
        title: `${capital(list(plan.paths.first.phrase.slice(0, 1).concat(paths.second.phrase[0]!).map(bare), 'or'))}?`,
        text: `Later ${numberWord(fork.members.length)} words are likely enough again: ${shares(fork.members)}. Each leads to another ending.`,
      };
    case 'first':
      return {
        title: 'Two endings in one line',
        text: `Follow the thick line, and the text under the picture. One ending says ${phrase(paths.first)}.`,
      };
    case 'second':
      return {
        title: 'The other ending',
        text: `In the same columns stands ${phrase(paths.second)}. Both were written at once.`,
      };
    case 'mixed':
      return {
        title: 'And one that nobody meant',
        text:
          `${phrase(paths.mixed)} is a way through, too. But after ${said(paths.mixed.phrase[0]!)} the model hardly expects ` +
          `${said(paths.mixed.phrase[1]!)} (${percent(paths.mixed.fit)}), after ${said(paths.second.phrase[0]!)} it does ` +
          `(${percent(paths.second.fit)}). So TEMPO can tell which words go together.`,
      };
    case 'line':
      return {
        title: 'This line decides how much is kept',
        text:
          `The run keeps every word with at least ${percent(line.usual)}. With the line at ${percent(line.tried)} only ` +
          `${list(line.stay.map(({ text }) => said(text)))} of these ` +
          `${numberWord(line.stay.length + line.leave.length)} ` +
          `would stay; ${list(line.leave.map(({ text }) => said(text)))}, dotted, would not. Move it yourself.`,
      };
    case 'yours':
      return {
        title: 'Now you',
        text:
          `The line is back at ${percent(line.usual)}. Write how a sentence begins, and see what else could come next. It ` +
          'runs on this device.',
      };
  }
}
