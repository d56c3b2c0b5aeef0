// What went wrong, in words a visitor understands, and the way out. Pure: codes in, sentences out.

import type { DeviceReport } from './contract';
import type { EngineErrorCode } from './engine/errors';
import { ENGINE_KINDS, PAGE_KINDS, type Kind, type PageNoticeCode, type Way, type Weight } from './notices/kinds';
import { ENGINE_WORDS, PAGE_WORDS, statusWords, type NoticeWords } from './words/en/notices';

export type { PageNoticeCode, Way } from './notices/kinds';
export { WAY_LABELS } from './words/en/notices';

export type NoticeCode = EngineErrorCode | PageNoticeCode;

export interface Notice extends NoticeWords {
  code: NoticeCode;
  weight: Weight;
  ways: readonly Way[];
  /** What the machine said, for whoever wants to know. */
  detail: string | null;
}

const KINDS: Readonly<Record<NoticeCode, Kind>> = { ...ENGINE_KINDS, ...PAGE_KINDS };
const WORDS: Readonly<Record<NoticeCode, NoticeWords>> = { ...ENGINE_WORDS, ...PAGE_WORDS };

/** The notice for a failure. An unknown code still gives words. */
export function noticeFor(
  code: NoticeCode,
  facts: { message?: string; file?: string | null; status?: number | null } = {},
): Notice {
  const [weight, ...ways] = KINDS[code] ?? PAGE_KINDS.unexpected;
  const words = WORDS[code] ?? PAGE_WORDS.unexpected;
  const special = code === 'http' ? statusWords(facts.status ?? null) : {};
  const { message = '', file } = facts;
  const prefix = file && !message.startsWith(file) ? `${file}: ` : '';
  return { code, weight, ways, ...words, ...special, detail: message === '' ? null : prefix + message };
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
