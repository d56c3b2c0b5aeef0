// What the tests do with a browser, whatever drives it.

export interface Tab {
  /** The browser's name and version, as it tells them. */
  readonly version: string;
  open(address: string): Promise<void>;
  /** What a function gives when it runs in the page. It sees nothing of the test but its arguments. */
  evaluate<Given extends unknown[], T>(work: (...given: Given) => T | Promise<T>, ...given: Given): Promise<T>;
  /** Presses the middle of an element, as a pointer does. */
  click(selector: string): Promise<void>;
  press(key: Key): Promise<void>;
  /** The files that the browser has saved, by their names. */
  saved(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

export type Key = 'ArrowLeft' | 'ArrowRight' | 'ArrowDown' | 'Space' | 'Enter' | 'Escape';
