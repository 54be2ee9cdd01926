/**
 * What a reader still has to be told, without repeats: something that is put again before it was taken waits only once, in its first place.
 * So a slow reader costs no more memory than there are different things, and gets each as it is when it is taken. One reader at a time.
 */
export interface MergedQueue<T> extends AsyncIterableIterator<T, undefined> {
  put(item: T): void;
  /** Ends the iteration at once; what waits is dropped. Does nothing the second time. */
  end(): void;
  return(): Promise<IteratorReturnResult<undefined>>;
}

/** Makes an empty queue; `onEnd` is called once, however it ends. */
export function createMergedQueue<T>(onEnd: () => void): MergedQueue<T> {
  const items = new Set<T>();
  const done = { done: true, value: undefined } as const;
  let wake: (() => void) | null = null;
  let ended = false;
  const queue: MergedQueue<T> = {
    put(item) {
      if (ended) return;
      items.add(item);
      wake?.();
    },
    end() {
      if (ended) return;
      ended = true;
      items.clear();
      wake?.();
      onEnd();
    },
    async next() {
      for (;;) {
        if (ended) return done;
        for (const value of items) {
          items.delete(value);
          return { done: false, value };
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = null;
      }
    },
    async return() {
      queue.end();
      return done;
    },
    [Symbol.asyncIterator]: () => queue,
  };
  return queue;
}
