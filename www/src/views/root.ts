// What the page's root says about how to look at things (data-* on <html>), as state that views can depend on.

import { createSubscriber } from 'svelte/reactivity';

class RootFlag {
  readonly #name: string;
  readonly #subscribe: () => void;

  /** `name` as in dataset: `removed` is data-removed. */
  constructor(name: string) {
    this.#name = name;
    this.#subscribe = createSubscriber((update) => {
      const watcher = new MutationObserver(update);
      watcher.observe(document.documentElement, { attributeFilter: [`data-${name}`] });
      return () => watcher.disconnect();
    });
  }

  get current(): string | undefined {
    this.#subscribe();
    return document.documentElement.dataset[this.#name];
  }
}

/** "hidden" while the visitor does not want to see removed members. */
export const removedFlag = new RootFlag('removed');
