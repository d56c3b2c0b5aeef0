// The notices on the screen, and what the live region says.

import { EngineError } from '../engine/errors';
import { noticeFor, type Notice, type NoticeCode } from '../notices';

export interface Posted extends Notice {
  id: number;
}

/** How long a quiet notice stays. Nothing in it is needed later. */
const INFO_MS = 9000;
const MOST = 3;

export class Board {
  posted: Posted[] = $state.raw([]);
  /** The latest sentence for the live region; the number makes a repeated one new. */
  spoken = $state.raw({ number: 0, text: '' });
  #made = 0;

  post(notice: Notice): void {
    const id = ++this.#made;
    // The same trouble twice is one notice.
    const others = this.posted.filter((posted) => posted.code !== notice.code);
    this.posted = [...others, { ...notice, id }].slice(-MOST);
    this.say(`${notice.title}. ${notice.text}`);
    if (notice.weight === 'info') setTimeout(() => this.dismiss(id), INFO_MS);
  }

  say(text: string): void {
    this.spoken = { number: this.spoken.number + 1, text };
  }

  tell(code: NoticeCode, message?: string): void {
    this.post(noticeFor(code, message === undefined ? {} : { message }));
  }

  /** Anything that was thrown, once. */
  fail(error: unknown): NoticeCode {
    if (error instanceof EngineError) {
      this.post(noticeFor(error.code, error));
      return error.code;
    }
    const message = error instanceof Error ? error.message : String(error);
    this.post(noticeFor('unexpected', { message }));
    return 'unexpected';
  }

  dismiss(id: number): void {
    this.posted = this.posted.filter((posted) => posted.id !== id);
  }

  clear(...codes: NoticeCode[]): void {
    this.posted = this.posted.filter((posted) => !codes.includes(posted.code));
  }
}
