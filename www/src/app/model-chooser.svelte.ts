// Choosing a model: where it comes from, what it asks for before anything large is fetched, what is kept here.

import { EngineError } from '../engine/errors';
import type { ModelSource, Need, StorageReport, StoredModel } from '../models/source';
import { noticeFor, type Notice } from '../notices';
import { EMBEDDED, type Live } from './live.svelte';

export type SourceKind = 'embedded' | 'hub' | 'url' | 'files';

const EMBEDDED_LIST = 'models/storyteller/model.json';

export class ModelChooser {
  kind: SourceKind = $state('embedded');
  repo = $state('');
  revision = $state('main');
  base = $state('');
  files: File[] = $state.raw([]);
  keepFiles = $state(true);
  /** The form is open: what the shelf does not have. */
  more = $state(false);
  /** The model that is asked about, answered or not. */
  asked: ModelSource | null = $state.raw(null);
  /** The model that was asked about, and the answer. */
  subject: ModelSource | null = $state.raw(null);
  need: Need | null = $state.raw(null);
  checking = $state(false);
  /** Why asking failed; stands in the panel, beside what was typed. */
  failure: Notice | null = $state.raw(null);
  stored: StoredModel[] = $state.raw([]);
  storage: StorageReport | null = $state.raw(null);
  /** Bytes of the embedded model; null while nobody knows. */
  embeddedBytes: number | null = $state(null);
  private refreshes = 0;

  constructor(private readonly live: Live) {}

  /** The embedded model is here already, so going live fetches no weights. */
  get hasEmbedded(): boolean {
    return this.stored.some((model) => model.complete && model.source.kind === 'embedded');
  }

  source(): ModelSource {
    switch (this.kind) {
      case 'hub':
        return { kind: 'hub', repo: this.repo.trim(), revision: this.revision.trim() || 'main' };
      case 'url':
        return { kind: 'url', base: this.base.trim() };
      case 'files':
        return { kind: 'files', files: this.files, keep: this.keepFiles };
      case 'embedded':
        return EMBEDDED;
    }
  }

  /** A model that a link names: the form is filled in, nothing is fetched. */
  fillIn(model: string): void {
    this.changed();
    if (/^https?:/i.test(model) && !/^https?:\/\/(?:www\.)?(?:huggingface|hf)\.co\//i.test(model)) {
      this.kind = 'url';
      this.base = model;
    } else if (/^(?:https:\/\/)?[\w.-]+\/[\w./-]+(?::[\w.-]+)?$/i.test(model)) {
      this.kind = 'hub';
      this.repo = model;
    }
  }

  /** Forgets an answer that belongs to other words. */
  changed(): void {
    this.need = null;
    this.asked = null;
    this.subject = null;
    this.failure = null;
  }

  /** Asks what the model needs: its configuration and sizes, no weights. Opens the engine if it is closed. */
  async check(source: ModelSource = this.source()): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    this.changed();
    this.asked = source;
    try {
      this.need = await this.live.need(source);
      this.subject = source;
    } catch (error) {
      this.failure =
        error instanceof EngineError
          ? noticeFor(error.code, error)
          : noticeFor('unexpected', { message: error instanceof Error ? error.message : String(error) });
    } finally {
      this.checking = false;
    }
  }

  /** Loads the subject. */
  async load(): Promise<boolean> {
    if (!this.subject) return false;
    const loaded = await this.live.load(this.subject);
    if (loaded) this.changed();
    // Whoever waits for the model does not wait for the list.
    void this.refresh();
    return loaded;
  }

  /** Reads what is kept. Of two that overlap the later one counts: it has seen more. */
  async refresh(): Promise<void> {
    const turn = ++this.refreshes;
    const { listModels, storageReport } = await import('../frame/later');
    const [stored, storage] = await Promise.all([listModels().catch(() => []), storageReport().catch(() => null)]);
    if (turn === this.refreshes) [this.stored, this.storage] = [stored, storage];
  }

  async remove(key: string): Promise<void> {
    const { deleteModel } = await import('../frame/later');
    await deleteModel(key);
    await this.refresh();
  }

  /** The size of the embedded model, from the list that the build writes. Same origin, a few hundred bytes. */
  async measureEmbedded(): Promise<void> {
    try {
      const list: unknown = await (await fetch(EMBEDDED_LIST)).json();
      const files = typeof list === 'object' && list !== null && 'files' in list ? list.files : null;
      if (!Array.isArray(files)) return;
      const sizes = files.map((file: unknown) =>
        typeof file === 'object' && file !== null && 'bytes' in file && typeof file.bytes === 'number' ? file.bytes : 0,
      );
      this.embeddedBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
    } catch {
      // The card then says nothing about the size; the load itself will tell what is wrong.
    }
  }
}
