// The notices on the screen, and what the live region says.

import { EngineError } from '../engine/errors';
import { noticeFor, type Notice, type NoticeCode } from '../notices';

export interface NoticeItem extends Notice {
  id: number;
}

/** How long a quiet notice stays. Nothing in it is needed later. */
const INFO_MS = 9000;
const MOST = 3;

export class Notices {
  items: NoticeItem[] = $state.raw([]);
  /** The latest sentence for the live region; the number makes a repeated one new. */
  speech = $state.raw({ number: 0, text: '' });
  private count = 0;

  post(notice: Notice): void {
    const id = ++this.count;
    // The same trouble twice is one notice.
    const others = this.items.filter((item) => item.code !== notice.code);
    this.items = [...others, { ...notice, id }].slice(-MOST);
    this.say(`${notice.title}. ${notice.text}`);
    if (notice.weight === 'info') setTimeout(() => this.dismiss(id), INFO_MS);
  }

  say(text: string): void {
    this.speech = { number: this.speech.number + 1, text };
  }

  notify(code: NoticeCode, message?: string): void {
    this.post(noticeFor(code, message === undefined ? {} : { message }));
  }

  /** Anything that was thrown, once. */
  report(error: unknown): NoticeCode {
    if (error instanceof EngineError) {
      this.post(noticeFor(error.code, error));
      return error.code;
    }
    const message = error instanceof Error ? error.message : String(error);
    this.post(noticeFor('unexpected', { message }));
    return 'unexpected';
  }

  dismiss(id: number): void {
    this.items = this.items.filter((item) => item.id !== id);
  }

  clear(...codes: NoticeCode[]): void {
    this.items = this.items.filter((item) => !codes.includes(item.code));
  }
}
