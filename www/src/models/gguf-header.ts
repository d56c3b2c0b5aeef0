// A GGUF file that is still to be fetched: its header has to be read to know what the model needs. What is asked for is
// fetched into storage, where the rest will follow it, and held in memory, to be read again while the rest arrives.

import { EngineError } from '../engine/errors';
import type { WeightSource } from '../engine/package';
import type { Meter } from './progress';
import type { RemoteFile } from './remote';
import type { Bytes } from './store';
import type { ModelFetch } from './model-fetch';

/** As much as a reader asks for first. */
const FIRST_BYTES = 1024 * 1024;

export class GgufHeader implements WeightSource {
  /** Why reading failed; the loader wraps errors of its source in its own. */
  failure: EngineError | null = null;
  private readonly ranges = new Map<string, Bytes>();

  private constructor(
    private readonly model: ModelFetch,
    private readonly remote: RemoteFile,
    private readonly meter: Meter,
  ) {}

  static async of(model: ModelFetch, remote: RemoteFile, meter: Meter): Promise<GgufHeader> {
    // A server that does not tell the length beforehand may tell it with the bytes.
    if (model.length(remote) === null) await model.prefix(remote, 0, FIRST_BYTES, meter);
    return new GgufHeader(model, remote, meter);
  }

  files(): { name: string; bytes: number }[] {
    return [{ name: this.remote.name, bytes: this.model.length(this.remote) ?? Number.MAX_SAFE_INTEGER }];
  }

  async read(_name: string, start: number, end: number): Promise<Bytes> {
    const range = `${start} ${end}`;
    try {
      const bytes = this.ranges.get(range) ?? (await this.model.prefix(this.remote, start, end, this.meter));
      this.ranges.set(range, bytes);
      return bytes;
    } catch (error) {
      if (error instanceof EngineError) this.failure ??= error;
      throw error;
    }
  }
}
