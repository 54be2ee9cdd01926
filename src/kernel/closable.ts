/** Something that can be waited for and woken, again and again; a ring before the wait is not lost. */
export interface Doorbell {
  ring(): void;
  /** Resolves when it has rung since the last wait. One waits at a time. */
  wait(): Promise<void>;
}

/** Makes a doorbell that has not rung. */
export function createDoorbell(): Doorbell {
  let rung = false;
  let open: () => void = () => {};
  return {
    ring() {
      rung = true;
      open();
    },
    async wait() {
      while (!rung) {
        await new Promise<void>((resolve) => {
          open = resolve;
        });
      }
      rung = false;
    },
  };
}

/**
 * An iteration that ends at once when its reader leaves: a plain async generator that waits for something would end only when that comes,
 * which may be never. `onClose` wakes it; it must then look whether it is over.
 */
export function closable<T>(generator: AsyncGenerator<T, void, void>, onClose: () => void): AsyncIterableIterator<T> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => generator.next(),
    return() {
      onClose();
      return generator.return();
    },
  };
}

/** Maps what an iteration gives, and ends it together with the mapped one: at once, even while the next item is awaited. */
export function mapIterator<T, U>(source: AsyncIterableIterator<T>, map: (item: T) => U): AsyncIterableIterator<U> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const result = await source.next();
      return result.done ? { done: true, value: undefined } : { done: false, value: map(result.value) };
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
}
