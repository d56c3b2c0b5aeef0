// The words of the live engine's card: what runs, and what is asked before anything is fetched.

export const LIVE = {
  label: 'Live engine',
  ready: 'Ready',
  change: 'Change model',
  lost: 'The live engine is not running',
  recorded: 'You are looking at a recorded run',
  none: 'No model is loaded yet',
  kept: 'The story model is on this device already; nothing is fetched from elsewhere.',
  recover: 'Recover',
  others: 'Other models',
} as const;

export function runningWords(step: number): string {
  return step < 0 ? 'Running, reading the prompt' : `Running, step ${step}`;
}

/** The model, what computes it, and what is not as it should be. */
export function modelWords(model: string, where: string, isPlayed: boolean, isInMemory: boolean): string {
  return `${model}, ${where}${isPlayed ? ' (software adapter)' : ''}${isInMemory ? ', held in memory' : ''}`;
}

export function runLiveWords(size: string | null): string {
  return size === null ? 'Run it live' : `Run it live: ${size}`;
}

/** Said before the story model is fetched. Over http it cannot be kept. */
export function consentWords(size: string | null, hasWebGpu: boolean, isSecure: boolean): string {
  const where = hasWebGpu ? 'on your own graphics device or processor' : 'on the processor of your own device';
  if (!isSecure) {
    const fetched = size === null ? '' : ` (${size})`;
    return `The story model runs ${where}. This page came over http, so it is not kept: the next visit fetches it again${fetched}.`;
  }
  const fetched = size === null ? '' : `: ${size}, once`;
  return `The story model runs ${where}${fetched}. It is kept on this device, and you can remove it at any time.`;
}
