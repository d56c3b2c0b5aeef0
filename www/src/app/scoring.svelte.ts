// How probable a text is that somebody wrote: each token after the prompt and what stands before it (LAB.md L5).

import type { ScoredText } from '../contract';
import { EngineError } from '../engine/errors';
import type { Generation } from './generation.svelte';

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
      await generation.beside(async (engine) => {
        try {
          this.found = await engine.score(prompt, this.text);
        } catch (error) {
          // What somebody wrote is told where it stands; everything else is a matter of the engine.
          if (!(error instanceof EngineError) || !['prompt', 'context-full'].includes(error.code)) throw error;
          this.trouble = error.message;
        }
      });
    } finally {
      this.running = false;
    }
  }
}
