// Settings and view state <-> location.hash. A hash comes from anybody: reading one never throws.
//
//   #prompt=Once+upon&selection_threshold=0.2     what a person can read and write; everything but branches
//   #v1.<base64url(deflate-raw(json))>            everything
//   #v1r.<base64url(json)>                        the same where deflating gains nothing

import { Refusal, fields } from './checked';
import { MOST_JSON, deflated, fromBase64url, inflated, toBase64url } from './url-bytes';
import { LONGEST_PROMPT, readFlat, readState, writeFlat, written, type SharedState } from './url-state';

export type { SharedState } from './url-state';

export interface DecodedState {
  state: SharedState;
  /** What could not be used, in sentences for the visitor. */
  problems: string[];
}

/** Longest hash that is read or written. */
export const LONGEST_HASH = 20_000;
/** A readable hash is preferred up to this length even where a packed one is shorter. */
const READABLE = 300;

/** The state does not fit into a link. */
export class LinkTooLong extends Error {
  override name = 'LinkTooLong';
}

/** The hash with its "#"; "" for an empty state. Rejects with LinkTooLong. */
export async function encodeState(state: SharedState): Promise<string> {
  const tidy = written(state);
  if ((tidy.prompt?.length ?? 0) > LONGEST_PROMPT) throw new LinkTooLong('the prompt is too long for a link');
  const flat = writeFlat(tidy);
  // A run is packed already.
  if (flat !== null && (flat.length <= READABLE || tidy.run !== undefined) && flat.length < LONGEST_HASH)
    return flat === '' ? '' : `#${flat}`;
  const json = new TextEncoder().encode(JSON.stringify(tidy));
  if (json.length > MOST_JSON) throw new LinkTooLong('the state is too large for a link');
  const raw = `#v1r.${toBase64url(json)}`;
  const packed = `#v1.${toBase64url(await deflated(json))}`;
  const shorter = raw.length < packed.length ? raw : packed;
  if (shorter.length > LONGEST_HASH) throw new LinkTooLong('the state is too large for a link');
  return shorter;
}

/** Reads a hash, with or without its "#". What cannot be used is left out and named. */
export async function decodeState(hash: string): Promise<DecodedState> {
  const text = hash.startsWith('#') ? hash.slice(1) : hash;
  if (text === '') return { state: {}, problems: [] };
  if (text.length > LONGEST_HASH) return unusable('it is too long');
  const packed = /^v(\d+)(r?)\.(.*)$/s.exec(text);
  try {
    if (!packed) return readFlat(text);
    const [, version, raw, body = ''] = packed;
    if (version !== '1') return unusable('it was made by a newer version of this page');
    const bytes = fromBase64url(body);
    const json = raw ? bytes : await inflated(bytes, MOST_JSON);
    return readState(fields(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)), 'the state'));
  } catch (error) {
    return unusable(error instanceof Refusal ? error.message : 'it is damaged');
  }
}

function unusable(why: string): DecodedState {
  return { state: {}, problems: [`The link could not be read: ${why}.`] };
}
