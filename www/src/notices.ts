// What went wrong, in words a visitor understands, and the way out. Pure: codes in, sentences out.

import type { DeviceReport } from './contract';
import type { EngineErrorCode } from './engine/errors';
import { ENGINE_TEXTS, type NoticeText } from './notices/engine-texts';
import { PAGE_TEXTS, type PageNoticeCode } from './notices/page-texts';

export type { NoticeText, Way } from './notices/engine-texts';
export type { PageNoticeCode } from './notices/page-texts';

export type NoticeCode = EngineErrorCode | PageNoticeCode;

export interface Notice extends NoticeText {
  code: NoticeCode;
  /** What the machine said, for whoever wants to know. */
  detail: string | null;
}

export const WAY_LABELS = {
  retry: 'Try again',
  recover: 'Recover',
  continue: 'Continue the run',
  models: 'Choose another model',
  storage: 'See kept models',
  check: 'Test this machine',
  cpu: 'Run on the CPU',
  options: 'Reset the options',
  prompt: 'Go to the prompt',
  reload: 'Reload the page',
} as const;

const TEXTS: Readonly<Record<NoticeCode, NoticeText>> = { ...ENGINE_TEXTS, ...PAGE_TEXTS };

/** HTTP statuses that mean something particular to a visitor. */
function httpText(status: number | null): Partial<NoticeText> {
  if (status === 401 || status === 403) {
    return {
      title: 'This model is not public',
      text: 'Its owner asks visitors to sign in or to accept terms first. This page cannot do that; choose a model without a gate, or download the files yourself and open them here.',
    };
  }
  if (status === 404) {
    return {
      title: 'There is no such model',
      text: 'The server knows no file under this name. Check the spelling and the revision. The model also has to hold config.json, tokenizer.json and safetensors weights, or a GGUF file.',
    };
  }
  if (status === 429) {
    return {
      title: 'The server asks for a pause',
      text: 'Too many requests came from here. Wait a few minutes; what has arrived is kept.',
    };
  }
  if (status !== null && status >= 500) {
    return {
      title: 'The server has a problem',
      text: `It answered with status ${status}. Try again later; what has arrived is kept.`,
    };
  }
  return status === null ? {} : { text: `The server answered with status ${status}.` };
}

/** The notice for a failure. An unknown code still gives words. */
export function noticeFor(
  code: NoticeCode,
  facts: { message?: string; file?: string | null; status?: number | null } = {},
): Notice {
  const text = TEXTS[code] ?? PAGE_TEXTS.unexpected;
  const special = code === 'http' ? httpText(facts.status ?? null) : {};
  const { message = '', file } = facts;
  const prefix = file && !message.startsWith(file) ? `${file}: ` : '';
  return { code, ...text, ...special, detail: message === '' ? null : prefix + message };
}

/** What a visitor should know about the device before the first step; null when all is well. */
export function deviceNotice(report: DeviceReport, browserHasWebGpu: boolean): Notice | null {
  if (report.kind === 'cpu') {
    if (report.chosen_for === 'asked') return null;
    const code = !browserHasWebGpu
      ? 'no-webgpu'
      : report.chosen_for === 'software-adapter'
        ? 'imitated-adapter'
        : 'null-adapter';
    return noticeFor(code, { message: report.reason });
  }
  return report.software ? noticeFor('software-adapter', { message: `${report.name}. ${report.reason}` }) : null;
}
