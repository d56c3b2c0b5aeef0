// A wasm panic reaches JavaScript as "unreachable"; its sentence goes to console.error through the panic hook, and is
// caught there on its way.

export interface PanicListener {
  last: string | null;
}

export function panicListener(target: Pick<Console, 'error'> = console): PanicListener {
  const listener: PanicListener = { last: null };
  const write = target.error.bind(target);
  target.error = (...words: unknown[]): void => {
    const text = words.map(String).join(' ');
    // The stack trace below the first lines is for developers, and stays in the console.
    if (/\bpanicked at\b/.test(text))
      listener.last =
        text
          .split(/\n\s*(?:Stack|note:|at )/)[0]
          ?.trim()
          .replace(/\s*\n\s*/g, ' ') ?? null;
    write(...words);
  };
  return listener;
}
