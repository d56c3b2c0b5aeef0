// The wasm package opens the GPU device itself and hands out no handle, and learns of its loss when it next reads from
// it. The browser's own function is asked in passing, so that a loss is known at once, between two steps as well.

interface Lost {
  reason: string;
  message: string;
}
interface Adapter {
  requestDevice(...options: unknown[]): Promise<{ lost: Promise<Lost> }>;
}

/** Calls `lost` when a device that was opened from here on is gone. */
export function watchDevices(adapters: { prototype: Adapter } | undefined, lost: (why: string) => void): void {
  if (!adapters) return;
  const { prototype } = adapters;
  // Kept as it is found: it is called on the adapter that it belongs to.
  const request = Reflect.get(prototype, 'requestDevice') as Adapter['requestDevice'];
  prototype.requestDevice = async function (this: Adapter, ...options) {
    const device = await request.apply(this, options);
    void device.lost.then(({ reason, message }) => lost(message || reason));
    return device;
  };
}
