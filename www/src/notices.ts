// What went wrong, in words a visitor understands, and the way out. Pure: codes in, sentences out.

import type { DeviceReport } from './contract';
import type { EngineErrorCode } from './engine/errors';
import { ENGINE_KINDS, PAGE_KINDS, type Kind, type PageNoticeCode, type Way, type Weight } from './notices/kinds';
import type { NoticeWords } from './words/en/notices';

export type { PageNoticeCode, Way } from './notices/kinds';

export type NoticeCode = EngineErrorCode | PageNoticeCode;

export interface Notice extends NoticeWords {
  code: NoticeCode;
  weight: Weight;
  ways: readonly Way[];
  /** Of a server that refused. */
  status: number | null;
  /** What the machine said, for whoever wants to know. */
  detail: string | null;
}

const KINDS: Readonly<Record<NoticeCode, Kind>> = { ...ENGINE_KINDS, ...PAGE_KINDS };

/** The words are fetched when the first picture stands, or when the first notice needs them. */
let allWords: typeof import('./words/en/notices') | null = null;

export async function loadNoticeWords(): Promise<void> {
  allWords ??= await import('./words/en/notices');
}

/** Empty until the words have been loaded. An unknown code still gives words. */
export function wordsOf({ code, status }: Pick<Notice, 'code' | 'status'>): NoticeWords {
  if (!allWords) return { title: '', text: '' };
  const { ENGINE_WORDS, PAGE_WORDS, statusWords } = allWords;
  const all: Readonly<Record<NoticeCode, NoticeWords>> = { ...ENGINE_WORDS, ...PAGE_WORDS };
  return { ...(all[code] ?? PAGE_WORDS.unexpected), ...(code === 'http' ? statusWords(status) : {}) };
}

/** The notice for a failure. */
export function noticeFor(
  code: NoticeCode,
  facts: { message?: string; file?: string | null; status?: number | null } = {},
): Notice {
  const [weight, ...ways] = KINDS[code] ?? PAGE_KINDS.unexpected;
  const { message = '', file, status = null } = facts;
  const prefix = file && !message.startsWith(file) ? `${file}: ` : '';
  const detail = message === '' ? null : prefix + message;
  return { code, weight, ways, status, ...wordsOf({ code, status }), detail };
}

/** What the browser gives the page at all. Over http, but for this computer itself, it hides more than WebGPU. */
export interface Browser {
  secure: boolean;
  webgpu: boolean;
}

/** What a visitor should know about the device before the first step; null when all is well. */
export function deviceNotice(report: DeviceReport, browser: Browser): Notice | null {
  if (report.kind === 'cpu') {
    if (report.chosen_for === 'asked') return null;
    return noticeFor(cpuCode(report, browser), { message: report.reason });
  }
  return report.software ? noticeFor('software-adapter', { message: `${report.name}. ${report.reason}` }) : null;
}

function cpuCode(report: DeviceReport, { secure, webgpu }: Browser): PageNoticeCode {
  if (!webgpu) return secure ? 'no-webgpu' : 'insecure';
  return report.chosen_for === 'software-adapter' ? 'imitated-adapter' : 'null-adapter';
}

/** A notice of the engine. That nothing is kept has its own cause over http. */
export function engineNotice(
  notice: { code: NoticeCode; message: string; file?: string },
  { secure }: Pick<Browser, 'secure'>,
): Notice {
  return noticeFor(notice.code === 'storage-memory' && !secure ? 'insecure' : notice.code, notice);
}
