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

/** What waits for one reader of a stream, so much and no more. */
export interface Outbox<T> {
  readonly feed: Feed<T>;
  put(item: T): void;
  /** Whether as much waits as may. Whoever puts all the same is to have a reason. */
  isFull(): boolean;
  /** Resolves when the reader has taken so much that half of the room is free, or the feed has ended. */
  room(): Promise<void>;
  /** Nothing will be put any more. */
  end(how: FeedEnd): void;
}

/** An empty outbox; `onClose` is told when the reader has gone, and is to end it. */
export function createOutbox<T>(limit: number, onClose: () => void): Outbox<T> {
  let items: T[] = [];
  let end: FeedEnd | null = null;
  let ready: () => void = () => {};
  let makeRoom: () => void = () => {};
  const hasRoom = () => items.length * 2 <= limit || end !== null;
  return {
    feed: {
      ...unread,
      take(most) {
        if (items.length === 0) return [];
        const taken = items.length <= most ? items : items.slice(0, most);
        items = items.length <= most ? [] : items.slice(most);
        if (hasRoom()) makeRoom();
        return taken;
      },
      get end() {
        return end;
      },
      onReady(listener) {
        ready = listener;
      },
      close() {
        items = [];
        onClose();
      },
    },
    put(item) {
      items.push(item);
      if (items.length === 1) ready();
    },
    isFull: () => items.length >= limit,
    async room() {
      while (!hasRoom()) {
        await new Promise<void>((resolve) => {
          makeRoom = resolve;
        });
      }
    },
    end(how) {
      end ??= how;
      makeRoom();
      ready();
    },
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
