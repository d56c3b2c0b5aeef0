// Conversations: what is said, which reading of an answer counts, and what is kept of it. Every answer is a run of its own;
// the lattice view shows the one that is open. Fetched when somebody asks for Chat.

import { untrack } from 'svelte';
import type { App } from '../app.svelte';
import type { ChatReport } from '../contract';
import {
  found,
  messagesOf,
  nameOf,
  newConversation,
  readConversation,
  type Conversation,
  type Turn,
} from '../chat/record';
import { openChats, type ChatStore } from '../chat/store';
import { openingOf, partsOf } from '../chat/thinking';
import { readingText } from '../describe/reading';
import type { Talk } from '../engine';
import { linesFrom } from '../keep/record';
import { parseTrace } from '../trace';
import { answerSteps } from '../settings/values';
import { answered, CHAT, noTemplate } from '../words/en/chat';
import { CHATTING } from '../keep/had-open';
import { civil } from './generation.svelte';
import { FIRST } from './library.svelte';
import type { LinkedRun } from './linked';
import { Run } from './run.svelte';

const CHANNEL = 'tempo-chats';

function fresh(): Conversation {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  const at = new Date();
  return newConversation(at, civil(at), (random ?? 0).toString(36));
}

function linesOf(run: Run): string {
  return new TextDecoder().decode(linesFrom(run.trace, 0));
}

export class Chat {
  /** All that are kept, in no order. */
  all: readonly Conversation[] = $state.raw([]);
  current: Conversation = $state.raw(fresh());
  /** The message that is being written. */
  draft = $state('');
  /** The turn whose lattice is open. */
  open: number | null = $state(null);
  /** The turn that is being answered. */
  pending: number | null = $state(null);
  /** False where the browser keeps nothing. */
  works = $state(true);
  private store: ChatStore | null = null;
  /** Tells other tabs that something was said or deleted. */
  private readonly channel = 'BroadcastChannel' in window ? new BroadcastChannel(CHANNEL) : null;
  private readonly runs = new Map<string, Run>();
  /** What was on the screen before. */
  private before: { run: Run | null; step: number; link: LinkedRun | null } | null = null;

  readonly report: ChatReport | null = $derived.by(() => this.app.live.loaded?.chat ?? null);
  /** Why nothing can be said to the model; null where it can. */
  readonly why: string | null = $derived.by(() => {
    const { loaded } = this.app.live;
    if (!loaded) return CHAT.noModel;
    return this.report?.usable ? null : noTemplate(loaded.model.id, this.report?.reason ?? null);
  });

  private constructor(private readonly app: App) {}

  static async begin(app: App): Promise<Chat> {
    const chat = new Chat(app);
    await chat.read();
    $effect.root(() => {
      $effect(() => chat.followChoice());
      $effect(() => chat.remember());
    });
    return chat;
  }

  private async read(): Promise<void> {
    try {
      this.store = await openChats();
      this.all = await this.kept(this.store);
    } catch {
      this.works = false;
    }
    this.channel?.addEventListener('message', () => void this.readAgain().catch(() => undefined));
    const { key, draft } = readLast();
    const last = this.all.find((each) => each.key === key) ?? found(this.all, '')[0];
    if (last) this.current = last;
    this.draft = draft;
  }

  private async kept(store: ChatStore): Promise<Conversation[]> {
    return (await store.all()).flatMap((value) => {
      try {
        return [readConversation(value)];
      } catch {
        // Of another version, or damaged: it stays where it is.
        return [];
      }
    });
  }

  /** Another tab has said or deleted something. What is being answered here is not taken from there. */
  private async readAgain(): Promise<void> {
    if (!this.store) return;
    const kept = await this.kept(this.store);
    const { current } = this;
    if (this.pending !== null) {
      this.all = [...kept.filter(({ key }) => key !== current.key), current];
      return;
    }
    this.all = kept;
    const same = kept.find(({ key }) => key === current.key);
    if (same) this.current = same;
    else if (current.turns.length > 0) await this.start();
  }

  /** What is being written, and where, survives a reload of this tab. */
  private remember(): void {
    const last = this.app.writing.mode === 'chat' ? JSON.stringify({ key: this.current.key, draft: this.draft }) : null;
    try {
      if (last === null) sessionStorage.removeItem(CHATTING);
      else sessionStorage.setItem(CHATTING, last);
    } catch {
      // No room, or not allowed.
    }
  }

  /** A run of this conversation. */
  owns(run: Run): boolean {
    return [...this.runs.values()].includes(run);
  }

  async enter(): Promise<void> {
    this.before ??= { run: this.app.run, step: this.app.moment.step, link: this.app.linkRun };
    await this.openTurn(this.current.turns.at(-1)?.id ?? null);
  }

  /** What was on the screen before Chat is there again. */
  leave(): void {
    const { before } = this;
    this.before = null;
    if (before?.run) {
      this.app.show(before.run);
      this.app.seek(before.step);
    } else if (before?.link) this.app.expect(before.link);
    else void this.app.showRecorded(FIRST);
  }

  /** Something else is looked at. */
  left(): void {
    this.before = null;
  }

  async openTurn(id: number | null): Promise<void> {
    const { key, turns } = this.current;
    const turn = turns.find((each) => each.id === id);
    const run = turn && (await this.runOf(key, turn));
    if (key !== this.current.key || this.app.writing.mode !== 'chat') return;
    this.open = run ? turn.id : null;
    if (!run) {
      if (turn && turn.answer !== null) this.app.notices.say(CHAT.lost);
      this.app.expect(null);
      return;
    }
    this.app.show(run);
    if (turn.path === null) this.app.chained.kind = 'viterbi';
    else this.app.chained.restore(turn.path);
  }

  private async runOf(key: string, turn: Turn): Promise<Run | null> {
    const known = this.runs.get(`${key}/${turn.id}`);
    if (known || !this.store) return known ?? null;
    try {
      const lines = await this.store.lattice(key, turn.id);
      if (typeof lines !== 'string') return null;
      const run = new Run({ title: nameOf(turn.said), origin: 'live', trace: parseTrace(lines) });
      this.runs.set(`${key}/${turn.id}`, run);
      return run;
    } catch {
      return null;
    }
  }

  /** What the engine is given: the conversation with this message. */
  talk(said = this.draft): Talk {
    const { current } = this;
    const turns = [...current.turns, { id: 0, said, answer: null, path: null, cut: false }];
    const thinking = this.report?.thinking ? current.thinking : null;
    return { messages: messagesOf({ ...current, turns }), thinking, now: current.now };
  }

  get canSend(): boolean {
    const { generation, live } = this.app;
    return this.why === null && !generation.running && !live.busy && this.draft.trim() !== '';
  }

  async send(): Promise<void> {
    if (!this.canSend) return;
    const said = this.draft;
    const talk = this.talk(said);
    const { turns, name } = this.current;
    const id = 1 + Math.max(-1, ...turns.map((turn) => turn.id));
    const turn: Turn = { id, said, answer: null, path: null, cut: false };
    this.draft = '';
    this.pending = id;
    this.change({ name: name || nameOf(said), turns: [...turns, turn] }, true);
    const { key } = this.current;
    const { options } = this.app;
    const run = await this.app.generation.answer(talk, { ...options, max_steps: answerSteps(options) });
    if (this.pending === id) this.pending = null;
    if (run && run.last >= 0) {
      // A device that was lost leaves what it had said.
      if (!run.trace.end) this.settle(key, id, run);
      return;
    }
    this.runs.delete(`${key}/${id}`);
    const one = this.all.find((each) => each.key === key);
    if (one) this.put({ ...one, turns: one.turns.filter((other) => other.id !== id) });
    this.draft ||= said;
  }

  /** A run has begun: true where it is an answer here, or the newest one once more. */
  takes(run: Run): boolean {
    const last = this.current.turns.at(-1)?.id ?? null;
    const id = this.pending ?? (run.branch && this.open === last ? last : null);
    if (this.app.writing.mode !== 'chat' || id === null || !run.trace.run.chat) return false;
    this.runs.set(`${this.current.key}/${id}`, run);
    this.open = id;
    this.app.chained.kind = 'viterbi';
    const { tags } = this.report ?? { tags: null };
    this.change({ model: run.trace.run.model.id, tags });
    return true;
  }

  /** A run has come to its end. */
  arrived(run: Run): void {
    const [place] = [...this.runs].find(([, other]) => other === run) ?? [];
    const [key, id] = place?.split('/') ?? [];
    if (run.trace.end && key !== undefined) this.settle(key, Number(id), run);
  }

  private settle(key: string, id: number, run: Run): void {
    const one = this.all.find((each) => each.key === key);
    if (!one || run.last < 0) return;
    const end = run.trace.end;
    const written = end?.text ?? (run === this.app.run ? readingText(this.app.chained.reading) : '');
    const answer = openingOf(run.trace.run.prompt.text, one.tags) + written;
    const turns = one.turns.map((turn): Turn =>
      turn.id === id ? { ...turn, answer, path: null, cut: end?.reason === 'max-steps' } : turn,
    );
    this.put({ ...one, turns, changed: Date.now() });
    this.keep((store) => store.writeLattice(key, id, linesOf(run)));
    this.app.notices.say(answered(run.trace.run.model.id, partsOf(answer, one.tags).text));
  }

  /** The answer is the reading that is picked in its lattice, once that is whole and at its end. */
  private followChoice(): void {
    const { run, moment, chained } = this.app;
    if (this.app.writing.mode !== 'chat' || !run?.trace.end || moment.step !== run.last) return;
    const path = chained.code ?? null;
    const picked = readingText(chained.reading);
    untrack(() => {
      const turn = this.current.turns.find((each) => each.id === this.open);
      if (!turn || turn.path === path || this.runs.get(`${this.current.key}/${turn.id}`) !== run) return;
      const written = path === null ? (run.trace.end?.text ?? picked) : picked;
      const answer = openingOf(run.trace.run.prompt.text, this.current.tags) + written;
      this.change({ turns: this.current.turns.map((each) => (each === turn ? { ...turn, path, answer } : each)) });
    });
  }

  /** What is shown of an answer while it comes. */
  coming(turn: Turn): string {
    const run = this.runs.get(`${this.current.key}/${turn.id}`);
    if (turn.answer !== null || !run || run !== this.app.run) return turn.answer ?? '';
    return openingOf(run.trace.run.prompt.text, this.current.tags) + readingText(this.app.chained.reading);
  }

  change(to: Partial<Conversation>, isSaid = false): void {
    const changed = isSaid ? Date.now() : this.current.changed;
    this.put({ ...this.current, ...to, changed });
  }

  rename(conversation: Conversation, name: string): void {
    if (name.trim() !== '') this.put({ ...conversation, name: name.trim().slice(0, 200) });
  }

  private put(conversation: Conversation): void {
    if (conversation.key === this.current.key) this.current = conversation;
    // One in which nothing was said is none yet.
    if (conversation.turns.length === 0 && !this.all.some(({ key }) => key === conversation.key)) return;
    this.all = [...this.all.filter(({ key }) => key !== conversation.key), conversation];
    this.keep((store) => store.write(conversation));
  }

  private keep(work: (store: ChatStore) => Promise<void>): void {
    if (!this.store) return;
    work(this.store).then(
      () => this.channel?.postMessage(null),
      () => {
        if (this.works) this.app.notices.notify('chat-not-kept');
        this.works = false;
      },
    );
  }

  async start(): Promise<void> {
    await this.goTo(fresh());
  }

  async goTo(conversation: Conversation): Promise<void> {
    if (this.app.generation.running) return;
    this.current = conversation;
    await this.openTurn(conversation.turns.at(-1)?.id ?? null);
  }

  async remove({ key }: Conversation): Promise<void> {
    this.all = this.all.filter((each) => each.key !== key);
    for (const place of this.runs.keys()) if (place.startsWith(`${key}/`)) this.runs.delete(place);
    this.keep((store) => store.remove(key));
    if (this.current.key === key) await this.start();
  }

  /** Deletes every conversation, with its lattices and what is being written. */
  async removeAll(): Promise<void> {
    this.all = [];
    this.runs.clear();
    this.draft = '';
    this.keep((store) => store.removeAll());
    await this.start();
  }

  /** The traces of all answers of a conversation, in their order. */
  async lattices({ key, turns }: Conversation): Promise<string[]> {
    const runs = await Promise.all(turns.map((turn) => this.runOf(key, turn)));
    return runs.flatMap((run) => (run ? [linesOf(run)] : []));
  }
}

function readLast(): { key: string; draft: string } {
  try {
    const last: unknown = JSON.parse(sessionStorage.getItem(CHATTING) ?? '{}');
    const { key, draft } = last as { key?: unknown; draft?: unknown };
    return { key: String(key ?? ''), draft: typeof draft === 'string' ? draft.slice(0, 100_000) : '' };
  } catch {
    return { key: '', draft: '' };
  }
}
