// Type-checked against the packed npm package (scripts/release.sh npm): what its README shows compiles for who installs it.

import init, { Tempo, type ModelParts } from 'tempo-web';
import { DEFAULTS, type Event, type GenerationOptions } from 'tempo-web/contract';

export async function run({ id, config, tokenizer, weights }: Required<ModelParts>): Promise<Event[]> {
  await init();
  const tempo = await Tempo.open('auto', 'auto');
  await tempo.load({ id, config, tokenizer, weights }, () => {});
  const options: GenerationOptions = { ...DEFAULTS, selection_threshold: 0.1, removal: 'mask' };
  tempo.begin('Once upon a time', options);
  const events: Event[] = [];
  for (let event: Event | undefined; (event = await tempo.step()); ) events.push(event);
  return events;
}
