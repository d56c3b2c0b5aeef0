// Models as they lie in the repository: the story model, and the tiny ones of every architecture. Those have no tokenizer;
// here they get one that names each entry of their vocabulary.

import { existsSync, readFileSync } from 'node:fs';

export type ModelFiles = Map<string, Buffer>;

const STORY = new URL('../../../www/public/models/storyteller/', import.meta.url);
const TINY = new URL('../../fixtures/models/', import.meta.url);

export function storyModel(): ModelFiles {
  return files(STORY);
}

/** The story model with a template: it answers as it goes on with a text. */
export function chatModel(): ModelFiles {
  const template = `{{ bos_token }}{% for message in messages %}{{ message.role }}: {{ message.content }}
{% endfor %}{% if add_generation_prompt %}assistant:{% if enable_thinking %}<think>{% endif %}{% endif %}{# </think> #}`;
  const config = { bos_token: '<|endoftext|>', chat_template: template };
  return storyModel().set('tokenizer_config.json', Buffer.from(JSON.stringify(config)));
}

/** A model of tests/fixtures/models. */
export function fixtureModel(name: string): ModelFiles {
  const found = files(new URL(`${name}/`, TINY));
  const { vocab_size: size } = JSON.parse(found.get('config.json')!.toString()) as { vocab_size: number };
  found.set('tokenizer.json', Buffer.from(JSON.stringify(words(size))));
  return found;
}

function files(folder: URL): ModelFiles {
  const names = ['config.json', 'generation_config.json', 'tokenizer.json', 'model.safetensors'];
  const there = names.map((name) => [name, new URL(name, folder)] as const).filter(([, at]) => existsSync(at));
  return new Map(there.map(([name, at]) => [name, readFileSync(at)]));
}

/** A tokenizer.json of whole words; whatever it does not know is the word 2. */
function words(size: number): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(Array.from({ length: size }, (_, id) => [`w${id}`, id])),
      unk_token: 'w2',
    },
  };
}
