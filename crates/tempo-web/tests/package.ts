// Type-checked against the packed npm package (scripts/release.sh npm): what its README shows compiles for who installs it.

import init, { Tempo, type WeightSource } from 'tempo-web';
import { DEFAULTS, type Event, type GenerationOptions } from 'tempo-web/contract';

export async function run(source: WeightSource, config: Uint8Array, tokenizer: Uint8Array): Promise<Event[]> {
  await init();
  const tempo = await Tempo.open('auto', 'f32');
  await tempo.load({ id: 'model', config, tokenizer }, source, () => {});
  const options: GenerationOptions = { ...DEFAULTS, selection_threshold: 0.1, removal: 'mask' };
  tempo.begin('Once upon a time', options);
  const events: Event[] = [];
  for (let event: Event | undefined; (event = await tempo.step()); ) events.push(event);
  return events;
}
