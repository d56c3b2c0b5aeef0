// The service worker, seen from the page: it makes the page work without a network. Models are not its business.

/** Registers the service worker, in production builds and where browsers allow it. */
export function registerOffline(): void {
  if (!import.meta.env.PROD || !globalThis.isSecureContext || !('serviceWorker' in navigator)) return;
  const address = new URL('./sw.js', document.baseURI);
  const register = (): void => {
    // Without it the page works as before, with a network only.
    navigator.serviceWorker.register(address, { updateViaCache: 'none' }).catch(() => undefined);
  };
  // The first paint goes first.
  if (document.readyState === 'complete') register();
  else addEventListener('load', register, { once: true });
}

/** Has the files kept that the page fetched only now, such as the wasm; they come from the browser's own cache. */
export function keepForOffline(): void {
  const workers = globalThis.navigator?.serviceWorker as ServiceWorkerContainer | undefined;
  void workers?.ready.then((registration) => registration.active?.postMessage({ type: 'keep' }));
}
