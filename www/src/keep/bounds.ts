// How much of the visitor's runs is kept on a device.

export interface Bounds {
  /** Runs. */
  runs: number;
  /** Bytes of all runs together. */
  bytes: number;
  /** Bytes of one run. */
  run: number;
}

export const BOUNDS: Bounds = { runs: 24, bytes: 32_000_000, run: 8_000_000 };

interface Sized {
  key: string;
  begun: number;
  bytes: number;
}

/** The keys of the runs that have to go, the oldest first; `latest` is being written and stays. */
export function surplus(records: readonly Sized[], latest: string, bounds: Bounds): string[] {
  const oldest = records
    .filter(({ key }) => key !== latest)
    .sort((a, b) => a.begun - b.begun || (a.key < b.key ? -1 : 1));
  let runs = records.length;
  let bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  const gone: string[] = [];
  for (const { key, bytes: size } of oldest) {
    if (runs <= bounds.runs && bytes <= bounds.bytes) break;
    gone.push(key);
    runs -= 1;
    bytes -= size;
  }
  return gone;
}
