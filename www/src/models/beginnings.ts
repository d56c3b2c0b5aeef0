// Weights that are still to be fetched: their headers have to be read to know what the model needs. What is asked for is
// fetched into storage, where the rest will follow it, and held in memory, to be read again while the rest arrives.

import { EngineError } from '../engine/errors';
import type { WeightSource } from '../engine/package';
import type { Meter } from './progress';
import type { RemoteFile } from './remote';
import type { Bytes } from './store';
import type { ModelFetch } from './model-fetch';

/** As much as a reader of a GGUF file asks for first. */
const FIRST_BYTES = 1024 * 1024;
/** Of a safetensors file: as much as the header of most has, so that it comes in one piece, and its length with it. */
const HEADER_BYTES = 64 * 1024;

export class Beginnings implements WeightSource {
  /** Why reading failed; the loader wraps errors of its source in its own. */
  failure: EngineError | null = null;
  private readonly ranges = new Map<string, Bytes>();

  private constructor(
    private readonly model: ModelFetch,
    private readonly remotes: readonly RemoteFile[],
    private readonly meter: Meter,
    /** Fetched at least where anything is. */
    private readonly ahead = 0,
  ) {}

  /** Of GGUF files, which are read from the front on: a length that is too large does no harm. */
  static async ofGguf(model: ModelFetch, remotes: readonly RemoteFile[], meter: Meter): Promise<Beginnings> {
    for (const remote of remotes) {
      // A server that does not tell the length beforehand may tell it with the bytes.
      if (model.length(remote) === null) await model.prefix(remote, 0, FIRST_BYTES, meter);
    }
    return new Beginnings(model, remotes, meter);
  }

  /** Of safetensors files, whose headers are compared with their lengths; null where a server does not tell one. */
  static async ofSafetensors(
    model: ModelFetch,
    remotes: readonly RemoteFile[],
    meter: Meter,
  ): Promise<Beginnings | null> {
    for (const remote of remotes) {
      if (model.trueLength(remote) === null) await model.prefix(remote, 0, HEADER_BYTES, meter);
      if (model.trueLength(remote) === null) return null;
    }
    return new Beginnings(model, remotes, meter, HEADER_BYTES);
  }

  files(): { name: string; bytes: number }[] {
    const bytes = (remote: RemoteFile): number => this.model.length(remote) ?? Number.MAX_SAFE_INTEGER;
    return this.remotes.map((remote) => ({ name: remote.name, bytes: bytes(remote) }));
  }

  async read(name: string, start: number, end: number): Promise<Bytes> {
    const range = `${start} ${end} ${name}`;
    try {
      const remote = this.remotes.find((remote) => remote.name === name);
      if (!remote) throw new EngineError('source', `${name} is not a file of this model`, { file: name });
      const bytes = this.ranges.get(range) ?? (await this.model.prefix(remote, start, end, this.meter, this.ahead));
      this.ranges.set(range, bytes);
      return bytes;
    } catch (error) {
      if (error instanceof EngineError) this.failure ??= error;
      throw error;
    }
  }
}
