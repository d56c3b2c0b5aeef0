// A home of its own for every browser: nothing of the machine's user is read, and what is saved can be found.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Home {
  private constructor(
    readonly path: string,
    readonly downloads: string,
  ) {}

  static async make(): Promise<Home> {
    const path = await mkdtemp(join(tmpdir(), 'tempo-engine-'));
    const downloads = join(path, 'downloads');
    await mkdir(downloads);
    await mkdir(join(path, 'config'));
    await writeFile(join(path, 'config/user-dirs.dirs'), `XDG_DOWNLOAD_DIR="${downloads}"\n`);
    return new Home(path, downloads);
  }

  /** Of the process that is to live in it. */
  environment(): Record<string, string> {
    const kept = Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined);
    return {
      ...Object.fromEntries(kept),
      HOME: this.path,
      XDG_CONFIG_HOME: join(this.path, 'config'),
      XDG_CACHE_HOME: join(this.path, 'cache'),
      XDG_DATA_HOME: join(this.path, 'data'),
      XDG_DOWNLOAD_DIR: this.downloads,
    };
  }

  /** Whole files; a browser gives one that is still coming another name beside it, or no content yet. */
  async saved(): Promise<Map<string, string>> {
    const names = await readdir(this.downloads);
    const isComing = (name: string): boolean => names.some((other) => other !== name && other.startsWith(name));
    const whole = names.filter((name) => !/\.(part|wkdownload)$/.test(name) && !isComing(name));
    const files = await Promise.all(
      whole.map(async (name) => [name, await readFile(join(this.downloads, name), 'utf8')] as const),
    );
    return new Map(files.filter(([, content]) => content !== ''));
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
