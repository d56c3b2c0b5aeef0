// The links that a run of the visitor can be shared by: one that says what it is, and one with the run inside where it
// is short.

import type { App } from '../app.svelte';
import { canPack, codesOf } from '../link-run';
import { LinkTooLong, encodeState } from '../url';
import { sharedState } from './share';

/** Chat programs and mail cut longer addresses off. */
export const LONGEST_LINK = 8000;

export interface LinkInside {
  hash: string;
  /** Characters of the whole link. */
  length: number;
  /** Candidates a step that go along, where that is not all of them. */
  candidates: number | null;
}

/** The link with the run inside: 'long' where it does not fit, null where this browser cannot make one. */
export async function linkInside(app: App): Promise<LinkInside | 'long' | null> {
  const { run } = app;
  if (!run || !canPack()) return null;
  const { origin, pathname, search } = location;
  const address = (origin + pathname + search).length;
  for await (const { code, candidates } of codesOf(run.trace)) {
    try {
      const hash = await encodeState({ ...sharedState(app), run: code });
      if (address + hash.length <= LONGEST_LINK) return { hash, length: address + hash.length, candidates };
    } catch (error) {
      if (!(error instanceof LinkTooLong)) throw error;
    }
  }
  return 'long';
}
