// Conversations in IndexedDB: each under its key, and the lattices of its answers under key and number.

import { answer, atMost, done } from '../keep/idb';
import type { Conversation } from './record';

const NAME = 'tempo-chats';
const CHATS = 'chats';
const LATTICES = 'lattices';
const PATIENCE_MS = 5000;

export interface ChatStore {
  /** Every conversation, as it lies there. */
  all(): Promise<unknown[]>;
  write(conversation: Conversation): Promise<void>;
  lattice(key: string, id: number): Promise<unknown>;
  writeLattice(key: string, id: number, lines: string): Promise<void>;
  remove(key: string): Promise<void>;
  removeAll(): Promise<void>;
}

class IdbChats implements ChatStore {
  constructor(private readonly database: IDBDatabase) {
    database.onversionchange = () => database.close();
  }

  private async act<T>(
    mode: IDBTransactionMode,
    store: string,
    ask: (of: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> {
    const transaction = this.database.transaction(store, mode);
    const finished = done(transaction);
    finished.catch(() => undefined);
    const found = await answer(ask(transaction.objectStore(store)));
    await finished;
    return found;
  }

  all(): Promise<unknown[]> {
    return this.act<unknown[]>('readonly', CHATS, (chats) => chats.getAll());
  }

  async write(conversation: Conversation): Promise<void> {
    await this.act('readwrite', CHATS, (chats) => chats.put(conversation));
  }

  lattice(key: string, id: number): Promise<unknown> {
    return this.act('readonly', LATTICES, (lattices) => lattices.get([key, id]));
  }

  async writeLattice(key: string, id: number, lines: string): Promise<void> {
    await this.act('readwrite', LATTICES, (lattices) => lattices.put(lines, [key, id]));
  }

  async remove(key: string): Promise<void> {
    await this.act('readwrite', CHATS, (chats) => chats.delete(key));
    await this.act('readwrite', LATTICES, (lattices) => lattices.delete(IDBKeyRange.bound([key, 0], [key, Infinity])));
  }

  /** What is damaged goes too. */
  async removeAll(): Promise<void> {
    for (const store of [CHATS, LATTICES]) await this.act('readwrite', store, (all) => all.clear());
  }
}

/** Rejects where the browser keeps nothing. */
export async function openChats(): Promise<ChatStore> {
  const factory = (globalThis as { indexedDB?: IDBFactory }).indexedDB;
  if (!factory) throw new Error('this browser keeps nothing here');
  const request = factory.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(CHATS, { keyPath: 'key' });
    request.result.createObjectStore(LATTICES);
  };
  return new IdbChats(await atMost(answer(request), PATIENCE_MS));
}
