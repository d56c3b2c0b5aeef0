// What the browser tells about its storage, for the page and the worker alike.

import type { StorageReport } from './source';

export async function describeStorage(
  kind: StorageReport['kind'],
  needed: number | null,
  storage: StorageManager | undefined,
): Promise<StorageReport> {
  // Neither question may be asked without TLS, and either may be refused in a private window.
  const estimate = await attempt(() => storage?.estimate?.());
  const persistent = await attempt(() => storage?.persisted?.());
  const used_bytes = estimate?.usage ?? null;
  const quota_bytes = estimate?.quota ?? null;
  const fits =
    needed === null || used_bytes === null || quota_bytes === null ? null : quota_bytes - used_bytes >= needed;
  return { kind, used_bytes, quota_bytes, persistent: persistent ?? false, fits: kind === 'memory' ? null : fits };
}

async function attempt<T>(ask: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}
