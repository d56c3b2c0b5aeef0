// A model on its way, in words: what is done now, how far it is, and what there is to say beside.

import type { Progress } from '../models/source';
import { rate } from '../format';
import { words } from '../words/en/loading';

export interface LoadingWords {
  title: string;
  /** Of the bar, between 0 and 1; null while nobody knows how much there is to do. */
  share: number | null;
  lines: string[];
}

/** Nothing is left to fetch, and the device still compiles: programs are what the load waits for. */
export function preparing(progress: Progress): boolean {
  const { programs, total_bytes: total, done_bytes: done, phase } = progress;
  return programs !== null && (phase === 'list' || phase === 'device' || (total !== null && done >= total));
}

export function loadingWords(progress: Progress | null, opening: boolean): LoadingWords {
  if (opening || !progress) return { title: opening ? words.starting : words.preparing, share: null, lines: [] };
  if (progress.programs && preparing(progress)) {
    // While bytes arrive this goes on beside them and is not worth a word.
    const { done, total } = progress.programs;
    return { title: words.preparingDevice, share: done / total, lines: [words.programs(done, total)] };
  }
  const { phase, done_bytes: done, total_bytes: total } = progress;
  const lines: string[] = [];
  if (phase !== 'list') lines.push(words.bytes(done, total));
  if (phase === 'download' && done !== total) lines.push(pace(progress));
  if (phase !== 'device') lines.push(file(progress));
  return {
    title: words.titles[phase],
    share: total ? Math.min(1, done / total) : null,
    lines: lines.filter((line) => line !== ''),
  };
}

/** How fast bytes come, and how long it takes; less than a second is not worth reading. */
function pace({ rate: now, seconds_left: left }: Progress): string {
  const parts = [now === null ? '' : rate(now), left === null || left < 1 ? '' : words.left(left)];
  return parts.filter((part) => part !== '').join(' · ');
}

function file({ file: name, file_index: index, file_count: count, resumed_bytes: resumed }: Progress): string {
  const parts = [
    name === null ? '' : words.file(name, index + 1, count),
    resumed > 0 ? words.goesOnAfter(resumed) : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
