// Where runs are kept, as their keeper sees it. Every call may reject: storage can be forbidden, full, or gone.

import type { Bounds } from './bounds';
import type { RunRecord } from './record';

export interface RunStore {
  /** Every record, as it lies there. */
  records(): Promise<unknown[]>;
  /** The parts of one run in their order, as they lie there. */
  parts(key: string): Promise<unknown[]>;
  /**
   * Adds a part to a run; `index` 0 is the first. False when the run has been deleted meanwhile, by another tab: then
   * nothing is written. What is too much afterwards goes, the oldest first.
   */
  write(record: RunRecord, index: number, part: Uint8Array, bounds: Bounds): Promise<boolean>;
  remove(keys: readonly string[]): Promise<void>;
}
