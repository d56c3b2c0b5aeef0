// Computing the run that a link is of: its model, its weights, its prompt and options, in this order, by one press.

import type { App } from '../app.svelte';
import type { ModelSource } from '../models/source';
import { addressOf, linkable, type LinkedRun } from './linked';

/** Whether the model that is loaded is the one of the link. */
export function hasModel(app: App, linkRun: LinkedRun): boolean {
  const { loaded, kept: weights } = app.live;
  if (!loaded || (linkRun.weights !== null && linkRun.weights !== weights)) return false;
  if (linkRun.hash !== null && loaded.origin.hash !== null && !loaded.origin.hash.startsWith(linkRun.hash))
    return false;
  if (linkRun.model === null) return loaded.origin.source.kind === 'embedded';
  return linkRun.model === addressOf(loaded.origin.source) || linkRun.model === linkable(loaded.model.id);
}

/** Loads `source` where another model is loaded, and computes the run. The controls then say what runs. */
export async function computeLinkRun(app: App, source: ModelSource | null): Promise<void> {
  const { linkRun, live } = app;
  if (!linkRun || live.busy || app.generation.running) return;
  if (!hasModel(app, linkRun)) {
    if (linkRun.weights !== null && linkRun.weights !== live.weights) {
      // What was loaded is not loaded again in the other format for nothing.
      live.close();
      await live.use(live.preference, linkRun.weights, linkRun.weights === 'f32' ? live.kernels : 'fused');
    }
    if (!source || !(await live.load(source))) return;
  }
  if (!linkRun.asks(app.prompt, app.options)) app.borrow('the link you opened', linkRun.prompt, linkRun.options);
  await app.generate();
}
