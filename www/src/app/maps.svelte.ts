// Attention per layer and head of one step: asked for when a view wants it, held for that step alone.

import type { AttentionMaps } from '../contract';
import { EngineError } from '../engine/errors';
import { noticeFor } from '../notices';
import type { Generation } from './generation.svelte';
import type { Live } from './live.svelte';

export class Maps {
  maps: AttentionMaps | null = $state.raw(null);
  /** Why there are none, in words. */
  note = $state('');
  private requests = 0;

  constructor(
    private readonly live: Live,
    private readonly generation: Generation,
  ) {}

  clear(): void {
    this.requests += 1;
    this.maps = null;
    this.note = '';
  }

  /** `isLatest`: the run shown is the one whose attention the engine holds. */
  async ask(step: number, isLatest: boolean): Promise<void> {
    this.clear();
    const request = this.requests;
    if (!isLatest) {
      this.note = noticeFor('no-run').text;
      return;
    }
    if (this.generation.running) {
      this.note = 'The run is under way; stop it, or wait for its end.';
      return;
    }
    this.note = 'Reading the attention of this step from the device.';
    try {
      const maps = await (await this.live.engine()).attention(step);
      if (request !== this.requests) return;
      this.maps = maps;
      this.note = '';
    } catch (error) {
      if (request !== this.requests) return;
      this.note =
        error instanceof EngineError
          ? noticeFor(error.code).text
          : `The attention could not be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
