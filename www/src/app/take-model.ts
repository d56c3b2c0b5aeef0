// One press: a model of the shelf is fetched and loaded, or loaded from this device.

import type { App } from '../app.svelte';
import { isAsTold, shelfModel, type ShelfModel } from '../models/shelf';
import type { StoredModel } from '../models/source';

/** The model as it lies on this device, whole or begun. */
export function storedOf(app: App, model: ShelfModel): StoredModel | undefined {
  return app.chooser.stored.find(({ source }) => shelfModel(source) === model);
}

/** True when it is loaded. What asks for more than was said is shown by the model dialog, and asked about once more. */
export async function takeModel(app: App, model: ShelfModel): Promise<boolean> {
  const { chooser, live } = app;
  const stored = storedOf(app, model);
  chooser.changed();
  if (stored) return live.load({ kind: 'stored', key: stored.key });
  chooser.kind = model.spelling === null ? 'embedded' : 'hub';
  chooser.repo = model.spelling ?? chooser.repo;
  chooser.revision = 'main';
  await chooser.check();
  return chooser.need !== null && isAsTold(model, chooser.need) && chooser.load();
}
