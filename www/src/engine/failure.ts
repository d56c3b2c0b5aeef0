// What goes wrong in the worker, in the form that crosses to the page.

import type { ErrorCode } from '../contract';
import { EngineError } from './errors';

/** The codes that the wasm package throws; `satisfies` keeps the list complete. */
const CODES = {
  'no-adapter': true,
  device: true,
  'device-limit': true,
  'device-lost': true,
  'model-config': true,
  'model-unsupported': true,
  'model-weights': true,
  'model-tokenizer': true,
  'model-gguf': true,
  source: true,
  options: true,
  prompt: true,
  chat: true,
  'context-full': true,
  forward: true,
  'attention-gone': true,
  'no-model': true,
  'no-run': true,
  panic: true,
} satisfies Record<ErrorCode, true>;

export function toEngineError(error: unknown, panicText: string | null = null): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof WebAssembly.RuntimeError) return panic(panicText ?? error.message, error);
  if (!(error instanceof Error)) return new EngineError('internal', `something failed without words: ${String(error)}`);
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && code in CODES) {
    return code === 'panic'
      ? panic(panicText ?? error.message, error)
      : new EngineError(code as ErrorCode, error.message);
  }
  if (error.name === 'AbortError') return new EngineError('aborted', 'stopped');
  if (error.name === 'QuotaExceededError') {
    return new EngineError('storage-quota', 'the disk space of this site is full; delete a stored model', {
      cause: error,
    });
  }
  if (error instanceof DOMException) {
    return new EngineError('storage', `the browser's storage failed: ${error.message}; load again`, { cause: error });
  }
  return new EngineError('internal', `${error.name}: ${error.message}`, { cause: error });
}

/** After a panic the wasm instance is in an unknown state, and so is the device after a loss. */
export function isFatal(error: EngineError): boolean {
  return error.code === 'panic' || error.code === 'device-lost';
}

export function panic(text: string, cause?: unknown): EngineError {
  return new EngineError(
    'panic',
    `the engine broke down (${text}); start it again, the stored model need not be fetched anew`,
    {
      cause,
    },
  );
}
