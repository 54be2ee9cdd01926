/**
 * What is to be told to one reader, taken when the reader has room for it. graphql-js accepts only async iterables as sources of
 * subscriptions, so a feed looks like one; it is read by `take`, many feeds in one turn of the event loop and without a promise for each item.
 */
export interface Feed<T> extends AsyncIterable<T> {
  /** What waits, the oldest first, at most so much. To be called only when all that it gave before is done with. */
  take(most: number): readonly T[];
  /** Set when nothing will be added any more; `error` where that is a failure. What waits is still to be taken. */
  readonly end: FeedEnd | null;
  /** All that it gave is done with; for feeds that go on only then. */
  done?(): void;
  /** Whom to call each time when something may wait where nothing did, or the end has come. One listener. */
  onReady(listener: () => void): void;
  /** The reader has gone: what waits is dropped. */
  close(): void;
}

/** How a feed has ended. */
export interface FeedEnd {
  readonly error?: unknown;
}

/** The part of a feed that makes it look like an async iterable. */
export const unread = {
  [Symbol.asyncIterator](): never {
    throw new TypeError('a feed is read by take()');
  },
} as const;

/** Whether something is a feed. */
export function isFeed(value: object): value is Feed<unknown> {
  return 'take' in value && 'onReady' in value && Symbol.asyncIterator in value;
}

/** Maps what a feed gives. */
export function mapFeed<T, U>(feed: Feed<T>, map: (item: T) => U): Feed<U> {
  return {
    ...unread,
    take(most) {
      const items = feed.take(most);
      return items.length === 0 ? [] : items.map(map);
    },
    get end() {
      return feed.end;
    },
    done: () => feed.done?.(),
    onReady: feed.onReady,
    close: feed.close,
  };
}

/** A feed of what an iteration gives, one at a time: the next item is asked for when the one before is done with. */
export function feedOf<T>(source: AsyncIterator<T>): Feed<T> {
  let item: readonly T[] = [];
  let end: FeedEnd | null = null;
  let asked = false;
  let ready: () => void = () => {};

  const ask = async () => {
    asked = true;
    try {
      const result = await source.next();
      if (result.done) end = {};
      else item = [result.value];
    } catch (error) {
      end = { error };
    }
    asked = false;
    ready();
  };

  const begin = () => {
    if (!asked && !end) void ask();
  };

  return {
    ...unread,
    take() {
      const taken = item;
      item = [];
      if (taken.length === 0) begin();
      return taken;
    },
    done: () => begin(),
    get end() {
      return end;
    },
    onReady(listener) {
      ready = listener;
    },
    close() {
      item = [];
      end ??= {};
      // Not awaited: it may return only when what was asked for comes.
      Promise.resolve(source.return?.()).catch(() => {});
    },
  };
}
