import { describe, expect, it } from 'vitest';
import { fileNameOf, jsonOf, markdownOf } from './files';
import { found, messagesOf, nameOf, newConversation, readConversation, type Conversation, type Turn } from './record';
import { openingOf, partsOf } from './thinking';

const TAGS = { open: '<think>', close: '</think>' };

function turn(id: number, said: string, answer: string | null): Turn {
  return { id, said, answer, path: null, cut: false };
}

function conversation(change: Partial<Conversation> = {}): Conversation {
  const fresh = newConversation(new Date(1_000_000), '2026-11-29T10:15:00', 'abc');
  const turns = [turn(0, 'Hello <|im_end|>', 'Hi.'), turn(1, 'Who are you?', '<think>\nHm.\n</think>\n\nA model.')];
  return { ...fresh, name: 'Hello', model: 'm', tags: TAGS, turns, ...change };
}

describe('thinking', () => {
  it('is what stands between the tags, as the program has it', () => {
    expect(partsOf('Hello', TAGS)).toEqual({ thinking: null, text: 'Hello' });
    expect(partsOf('<think>\nHm.\n</think>\n\nHello', TAGS)).toEqual({ thinking: 'Hm.', text: 'Hello' });
    expect(partsOf('\n<think>Hm', TAGS)).toEqual({ thinking: 'Hm', text: '' });
    expect(partsOf('Say </think> to me', TAGS)).toEqual({ thinking: null, text: 'Say </think> to me' });
    expect(partsOf('<think>', null)).toEqual({ thinking: null, text: '<think>' });
  });

  it('is opened by a template that ends with its tag', () => {
    expect(openingOf('user: Hi\nassistant: <think>\n', TAGS)).toBe('<think>\n');
    expect(openingOf('<think> is a tag\nassistant: ', TAGS)).toBe('');
    expect(openingOf('<think>', null)).toBe('');
  });
});

describe('a conversation', () => {
  it('is given to the model with its system prompt, without messages that got no answer', () => {
    const turns = [turn(0, 'a', 'A'), turn(1, 'b', null), turn(2, 'c', null)];
    expect(messagesOf(conversation({ system: 'Be brief.', turns }))).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'A' },
      { role: 'user', content: 'c' },
    ]);
    expect(messagesOf(conversation({ system: ' ', turns: [] }))).toEqual([]);
  });

  it('is found by every word of it, the latest first', () => {
    const older = conversation({ key: 'a', changed: 1 });
    const newer = conversation({ key: 'b', changed: 2, name: 'Other', turns: [turn(0, 'Cats', 'Meow')] });
    expect(found([older, newer], '').map(({ key }) => key)).toEqual(['b', 'a']);
    expect(found([older, newer], 'MEOW cats').map(({ key }) => key)).toEqual(['b']);
    expect(found([older, newer], 'meow dogs')).toEqual([]);
  });

  it('has a short name', () => {
    expect(nameOf('  What\n is   this? ')).toBe('What is this?');
    expect(nameOf('x'.repeat(60))).toHaveLength(48);
  });

  it('comes back from storage as it was, and nothing else does', () => {
    const kept = conversation({ thinking: false, system: 'S' });
    expect(readConversation(structuredClone(kept))).toEqual(kept);
    for (const wrong of [{ version: 2 }, { key: '../x' }, { turns: [{}] }, { thinking: 'yes' }, { name: 7 }])
      expect(() => readConversation({ ...kept, ...wrong })).toThrow();
    expect(() => readConversation(null)).toThrow();
  });
});

describe('a file', () => {
  it('of JSON holds messages and traces', () => {
    const file = JSON.parse(jsonOf(conversation(), ['{"type":"run"}\n{"type":"end"}\n'])) as Record<string, unknown>;
    expect(file).toMatchObject({ version: 1, name: 'Hello', answers: [[{ type: 'run' }, { type: 'end' }]] });
    expect(file['messages']).toHaveLength(4);
  });

  it('of Markdown is to be read, the thinking apart', () => {
    const text = markdownOf(conversation({ system: 'Be brief.' }));
    expect(text).toContain('# Hello\n\nm · 2026-11-29\n\n**System prompt**\n\nBe brief.');
    expect(text).toContain('**You**\n\nWho are you?\n\n**m**\n\n> Thinking\n> \n> Hm.\n\nA model.\n');
  });

  it('has a safe name', () => {
    expect(fileNameOf(conversation({ name: 'Grüße an /etc/passwd!' }))).toBe('tempo-chat-grüße-an-etc-passwd');
    expect(fileNameOf(conversation({ name: '???' }))).toBe('tempo-chat-conversation');
  });
});
