// Values of one moment, each watched for itself: who reads one is not told of the others.

class Part<V> {
  value: V = $state.raw()!;
}

export class Held<T extends object> {
  /** The same object for good; its fields are those taken last. */
  readonly shown: T;
  private readonly parts = new Map<keyof T, Part<T[keyof T]>>();

  constructor(values: T) {
    const shown = {} as T;
    for (const key of Object.keys(values) as (keyof T)[]) {
      const part = new Part<T[keyof T]>();
      part.value = values[key];
      this.parts.set(key, part);
      Object.defineProperty(shown, key, { enumerable: true, get: () => part.value });
    }
    this.shown = shown;
  }

  take(values: T): void {
    for (const [key, part] of this.parts) part.value = values[key];
  }
}
