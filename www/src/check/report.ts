// The findings as plain text, for a message to whoever looks after the machines.

import { REPORT } from '../words/en/check';
import { gradeWords, type Finding, type Verdict } from './findings';

/** Where and when it was asked. */
export interface Occasion {
  address: string;
  browser: string;
  time: string;
}

export function report(
  { title, text }: Verdict,
  list: readonly Finding[],
  { address, browser, time }: Occasion,
): string {
  const lines = list.map(
    ({ name, grade, found, advice }) => `${name}: ${found} [${gradeWords(grade)}]${advice ? `\n  ${advice}` : ''}`,
  );
  return [
    REPORT.title,
    '',
    title,
    text,
    '',
    ...lines,
    '',
    `${REPORT.address}: ${address}`,
    `${REPORT.browser}: ${browser}`,
    `${REPORT.time}: ${time}`,
    '',
  ].join('\n');
}
