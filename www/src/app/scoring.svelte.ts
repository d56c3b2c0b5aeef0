// How probable a text is that somebody wrote: each token after the prompt and what stands before it (LAB.md L5).

import type { ScoredText } from '../contract';
import type { Generation } from './generation.svelte';
import { whatIsWrong } from './race.svelte';

export class Scoring {
  text = $state('');
  /** What came of the last text. */
  found: ScoredText | null = $state.raw(null);
  running = $state(false);
  /** Why it has no scores. */
  trouble: string | null = $state(null);

  async start(generation: Generation, prompt: string): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.found = null;
    this.trouble = null;
    try {
      this.trouble = await whatIsWrong(generation, async (engine) => {
        this.found = await engine.score(prompt, this.text);
      });
    } finally {
      this.running = false;
    }
  }
}
