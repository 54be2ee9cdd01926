/**
 * What is to be told to one reader. graphql-js accepts only async iterables as sources of subscriptions, so a feed looks like one; what waits
 * in it is looked at where it stands, of many feeds in one turn of the event loop and without a promise for each item.
 */
export interface Feed<T> extends AsyncIterable<T> {
  /** What waits, the oldest first. */
  readonly waiting: readonly T[];
  /** So many of what waits, the oldest, are done with: sent, or not for this reader any more. */
  drop(count: number): void;
  /** Set when nothing will be added any more; `error` where that is a failure. What waits is still to be told. */
  readonly end: FeedEnd | null;
  /** Whom to call each time when something was added, or the end has come. One listener. */
  onNews(listener: NewsListener): void;
  /** The reader has gone: what waits is dropped. */
  close(): void;
}

/** Whoever reads a feed. An object and not a function, so that what is kept of a reader can be it. */
export interface NewsListener {
  news(): void;
  /** Whether it could take all items of such a round at once: what they show was read ahead, and nothing else is to be told before. */
  ready?(round: object): boolean;
  /** Takes them, where it is ready; the position of each is the head and its tail. False where it cannot all the same. */
  take?(head: string, tails: readonly string[]): boolean;
}

/** How a feed has ended. */
export interface FeedEnd {
  readonly error?: unknown;
}

/** Whether something is a feed. */
export function isFeed(value: object): value is Feed<unknown> {
  return 'waiting' in value && 'onNews' in value && Symbol.asyncIterator in value;
}

/** Shared by all that are empty, so never changed. */
const nothing: never[] = [];
const nobody: NewsListener = { news() {} };
const noOneWaits = () => {};

/** What waits for one reader of a stream, so much and no more. A class, because there is one for each reader of a node. */
export class Outbox<T> implements Feed<T> {
  end: FeedEnd | null = null;
  private items: T[] = nothing;
  protected listener = nobody;
  private makeRoom = noOneWaits;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  get waiting(): readonly T[] {
    return this.items;
  }

  put(item: T): void {
    if (this.items.length === 0) this.items = [item];
    else this.items.push(item);
    this.listener.news();
  }

  drop(count: number): void {
    this.items = count >= this.items.length ? nothing : this.items.slice(count);
    if (this.hasRoom()) this.makeRoom();
  }

  onNews(listener: NewsListener): void {
    this.listener = listener;
  }

  close(): void {
    this.drop(this.items.length);
    this.finish({});
  }

  /** Whether as much waits as may. Whoever puts all the same is to have a reason. */
  isFull(): boolean {
    return this.items.length >= this.limit;
  }

  /** Resolves when the reader has been told so much that half of the room is free, or the feed has ended. */
  async room(): Promise<void> {
    while (!this.hasRoom()) {
      await new Promise<void>((resolve) => {
        this.makeRoom = resolve;
      });
    }
  }

  /** Nothing will be put any more. */
  finish(how: FeedEnd): void {
    this.end ??= how;
    this.makeRoom();
    this.listener.news();
  }

  private hasRoom(): boolean {
    return this.items.length * 2 <= this.limit || this.end !== null;
  }

  [Symbol.asyncIterator](): never {
    throw new TypeError('a feed is not iterated: what waits is in `waiting`');
  }
}

/** A feed of what an iteration gives, one at a time: the next item is asked for when the one before is done with. */
export function feedOf<T>(source: AsyncIterator<T>): Feed<T> {
  const feed = new Iterated(source);
  feed.pump().catch((error: unknown) => feed.finish({ error }));
  return feed;
}

class Iterated<T> extends Outbox<T> {
  private readonly source: AsyncIterator<T>;

  constructor(source: AsyncIterator<T>) {
    super(1);
    this.source = source;
  }

  async pump(): Promise<void> {
    for (;;) {
      const result = await this.source.next();
      if (this.end) return;
      if (result.done) return this.finish({});
      this.put(result.value);
      await this.room();
    }
  }

  override close(): void {
    super.close();
    // Not awaited: it may return only when what was asked for comes.
    Promise.resolve(this.source.return?.()).catch(() => {});
  }
}
