// Values of options and their controls: what a typed text means, where a slider stands, what differs. Pure.

import { Refusal } from '../checked';
import { ANSWER_STEPS, DEFAULTS, type GenerationOptions } from '../contract';
import { optionValue } from '../option-rules';
import type { Control, OptionKey, Setting } from './kinds';

/** The options that differ from the defaults. */
export function changedKeys(options: GenerationOptions): OptionKey[] {
  return (Object.keys(DEFAULTS) as OptionKey[]).filter((key) => options[key] !== DEFAULTS[key]);
}

/** An answer ends by itself, so that the steps of a text are too few for it unless somebody chose them. */
export function answerSteps({ max_steps }: GenerationOptions): number {
  return max_steps === DEFAULTS.max_steps ? ANSWER_STEPS : max_steps;
}

/** What a typed text means for an option; undefined when it means nothing. */
export function parseValue({ key, control }: Setting, text: string): number | string | null | undefined {
  const trimmed = text.trim();
  try {
    if (control.kind === 'choice') return optionValue(key, trimmed);
    return optionValue(key, trimmed === '' ? null : Number(trimmed.replace(',', '.')));
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return undefined;
  }
}

/** A slider's place, 0 to 1000, and back. Logarithmic ones reach their least value at 0. */
export function placeOf(control: Extract<Control, { kind: 'number' }>, value: number): number {
  const { min, max, scale } = control;
  const share =
    scale === 'log' ? Math.log(Math.max(value, min) / min) / Math.log(max / min) : (value - min) / (max - min);
  return Math.round(1000 * Math.min(1, Math.max(0, share)));
}

export function valueAt(control: Extract<Control, { kind: 'number' }>, place: number): number {
  const { min, max, scale, step } = control;
  const share = Math.min(1, Math.max(0, place / 1000));
  const raw = scale === 'log' ? min * (max / min) ** share : min + (max - min) * share;
  // Two leading digits on a logarithmic slider, whole steps on a straight one: values that people can say.
  const grain = scale === 'log' ? Math.max(step, 10 ** (Math.floor(Math.log10(raw)) - 1)) : step;
  return Math.min(max, Math.max(min, Number((Math.round(raw / grain) * grain).toPrecision(12))));
}

/** One option set to a value, the others as they were. The value must fit the control. */
export function withOption(
  options: GenerationOptions,
  key: OptionKey,
  value: number | string | null,
): GenerationOptions {
  return { ...options, [key]: value };
}
