// What the box over the lattice is for: a text that is continued, or a message of a conversation.

import type { App } from '../app.svelte';
import type { Chat } from './chat.svelte';
import type { Run } from './run.svelte';

export type Mode = 'text' | 'chat';

export class Writing {
  mode: Mode = $state('text');
  /** The visitor has gone to the box. */
  begun = $state(false);
  /** Conversations, once somebody asked for them. */
  chat: Chat | null = $state.raw(null);
  /** The conversation that the box is for. */
  readonly chatting: Chat | null = $derived(this.mode === 'chat' ? this.chat : null);

  private beginning: Promise<Chat> | null = null;

  constructor(private readonly app: App) {}

  get text(): string {
    return this.chatting ? this.chatting.draft : this.app.prompt;
  }

  set text(text: string) {
    if (this.chatting) this.chatting.draft = text;
    else this.app.prompt = text;
  }

  /** Conversations, whose code is fetched now. */
  async load(): Promise<Chat> {
    this.beginning ??= import('../chats').then(({ Chat }) => Chat.begin(this.app));
    return (this.chat ??= await this.beginning);
  }

  /** Goes over to conversations or back to texts. */
  async set(mode: Mode): Promise<void> {
    if (mode === this.mode) return;
    try {
      if (mode === 'chat') await this.load();
      this.mode = mode;
      if (mode === 'chat') await this.chat?.enter();
      else this.chat?.leave();
    } catch (error) {
      this.beginning = null;
      this.app.notices.report(error);
    }
  }

  /** A run has begun: true where it is an answer. */
  takes(run: Run): boolean {
    return this.chatting?.takes(run) ?? false;
  }

  /** This run is looked at now; whatever is no answer, in Text. */
  looks(run: Run | null): void {
    if (!run || !this.chatting || this.chatting.owns(run)) return;
    this.chatting.left();
    this.mode = 'text';
  }
}
