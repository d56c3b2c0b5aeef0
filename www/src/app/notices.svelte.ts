// The notices on the screen, and what the live region says.

import { EngineError } from '../engine/errors';
import { loadNoticeWords, noticeFor, wordsOf, type Notice, type NoticeCode } from '../notices';

export interface NoticeItem extends Notice {
  id: number;
}

/** How long a notice stays that needs no answer. Nothing in it is needed later; an error stays. */
const STAY_MS = { info: 9000, warning: 20_000 } as const;
const MOST = 3;

/** What offers a way out matters more than what only tells. */
const rank = ({ weight, ways }: Notice): number =>
  2 * ['info', 'warning', 'error'].indexOf(weight) + (ways.length > 0 ? 1 : 0);

export class Notices {
  items: NoticeItem[] = $state.raw([]);
  /** The latest sentence for the live region; the number makes a repeated one new. */
  speech = $state.raw({ number: 0, text: '' });
  /** The one that somebody has opened, to read all of it: it does not go by itself. */
  held: number | null = $state(null);
  private count = 0;
  private turned: number | null = $state(null);

  post(notice: Notice): void {
    const id = ++this.count;
    this.turned = null;
    // The same trouble twice is one notice.
    const others = this.items.filter((item) => item.code !== notice.code);
    this.items = [...others, { ...notice, id }].slice(-MOST);
    if (notice.title === '') void this.fillIn(id, notice);
    else this.say(`${notice.title}. ${notice.text}`);
  }

  /** One at a time: the one that was turned to, else the newest of those that matter most. */
  get shown(): NoticeItem | undefined {
    const turned = this.items.find(({ id }) => id === this.turned);
    return turned ?? this.items.toSorted((one, other) => rank(one) - rank(other)).at(-1);
  }

  /** It is on the screen, until what is returned is called: so long runs the time that it takes to read it. */
  seen({ id, weight }: NoticeItem): (() => void) | undefined {
    if (weight === 'error') return;
    const timer = setTimeout(() => {
      if (this.held !== id) this.dismiss(id);
    }, STAY_MS[weight]);
    return () => clearTimeout(timer);
  }

  /** To the one before. */
  next(): void {
    const { shown } = this;
    if (shown) this.turned = this.items.at(this.items.indexOf(shown) - 1)!.id;
  }

  /** A notice that came before the words of notices. */
  private async fillIn(id: number, notice: Notice): Promise<void> {
    await loadNoticeWords();
    const { title, text } = wordsOf(notice);
    const words = { title, text: notice.text || text };
    this.items = this.items.map((item) => (item.id === id ? { ...item, ...words } : item));
    this.say(`${words.title}. ${words.text}`);
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
