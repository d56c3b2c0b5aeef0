// The native program, to compare the page with.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DecoderEvent, Event, GenerationOptions } from '../../../www/src/contract.ts';
import { readTrace, type Trace } from './trace.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

export function program(): string {
  const places = [
    process.env['TEMPO'],
    join(homedir(), '.cache/tempo-target/release/tempo'),
    join(HERE, '../../../target/release/tempo'),
  ];
  const found = places.find((place) => place !== undefined && existsSync(place));
  if (!found)
    throw new Error('there is no native program to compare with; build it: cargo build --release -p tempo-cli');
  return found;
}

type NativeOptions = Partial<GenerationOptions> & {
  model?: string;
  weights?: string;
  threads?: number;
};

/** Runs `tempo generate --trace` and reads what it wrote. */
export async function native(
  prompt: string,
  options: NativeOptions,
  device: 'cpu' | 'gpu' = 'cpu',
  environment: Record<string, string> = {},
): Promise<Trace> {
  return readTrace(await written(prompt, options, device, environment));
}

/** Every event of the run, of whatever decoder. */
export async function nativeEvents(prompt: string, options: NativeOptions): Promise<(Event | DecoderEvent)[]> {
  const lines = (await written(prompt, options, 'cpu', {})).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Event | DecoderEvent);
}

async function written(
  prompt: string,
  options: NativeOptions,
  device: 'cpu' | 'gpu',
  environment: Record<string, string>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tempo-native-'));
  try {
    const trace = join(folder, 'trace.jsonl');
    const flags = Object.entries(options).flatMap(([key, value]) => [`--${key.replaceAll('_', '-')}`, String(value)]);
    const all = ['generate', '--prompt', prompt, '--device', device, '--trace', trace, ...flags];
    await promisify(execFile)(program(), all, {
      env: { ...process.env, ...environment },
      timeout: 180_000,
    });
    return await readFile(trace, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a Vulkan driver is installed that the native program could use. */
export function lavapipe(): string | null {
  const places = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
  const names = ['lvp_icd.json', `lvp_icd.${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.json`];
  const files = places.flatMap((place) => names.map((name) => join(place, name)));
  return files.find((file) => existsSync(file)) ?? null;
}
