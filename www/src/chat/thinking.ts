// Models that think before they answer: what of a text is the thinking. As crates/tempo-chat/src/thinking.rs has it.

import type { ThinkingTags } from '../contract';

export interface Parts {
  /** What the model said to itself, without its tags; null where it did not. It may not have come to an end. */
  thinking: string | null;
  text: string;
}

/** What the template has written of the thinking already: the opening tag and what stands behind it, or nothing. */
export function openingOf(prompt: string, tags: ThinkingTags | null): string {
  const start = prompt.trimEnd();
  return tags && start.endsWith(tags.open) ? prompt.slice(start.length - tags.open.length) : '';
}

/** The two parts of what a model wrote; `written` begins with the opening tag also where the template wrote that. */
export function partsOf(written: string, tags: ThinkingTags | null): Parts {
  const start = written.trimStart();
  if (!tags || !start.startsWith(tags.open)) return { thinking: null, text: written };
  const within = start.slice(tags.open.length);
  const end = within.indexOf(tags.close);
  if (end < 0) return { thinking: within.trim(), text: '' };
  return { thinking: within.slice(0, end).trim(), text: within.slice(end + tags.close.length).trimStart() };
}
