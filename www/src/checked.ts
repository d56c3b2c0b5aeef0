// Values from outside, one at a time: each reader gives back the type it promises or refuses with a sentence that
// says where. Objects are read key by key, so keys that nobody asks for (`__proto__` too) go nowhere.

/** Why a value was refused; the message is for the visitor. */
export class Refusal extends Error {
  override name = 'Refusal';
}

function refuse(where: string, what: string): never {
  throw new Refusal(`${where} ${what}`);
}

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(where, 'is not an object');
  return value as Fields;
}

/** An own key; inherited ones (`constructor`, `toString`) count as missing. */
export function own(of: Fields, key: string): unknown {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}

export function list(value: unknown, where: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) refuse(where, 'is not a list');
  if (value.length > most) refuse(where, `has ${value.length} entries, more than ${most}`);
  return value;
}

/** A finite number in a range. NaN and infinity come as null or out of a huge literal; neither passes. */
export function real(value: unknown, where: string, least = -Number.MAX_VALUE, most = Number.MAX_VALUE): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(where, 'is not a finite number');
  if (value < least || value > most) refuse(where, `is out of range: ${value}`);
  return value;
}

/** A whole number from `least` to `most`. */
export function whole(value: unknown, where: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  const number = real(value, where, least, most);
  if (!Number.isInteger(number)) refuse(where, `is not a whole number: ${number}`);
  return number;
}

export function text(value: unknown, where: string, longest: number): string {
  if (typeof value !== 'string') refuse(where, 'is not a text');
  if (value.length > longest) refuse(where, `is longer than ${longest} characters`);
  return value;
}

export function truth(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') refuse(where, 'is neither true nor false');
  return value;
}

export function oneOf<T extends string>(value: unknown, where: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) refuse(where, `is none of ${choices.join(', ')}`);
  return found;
}
