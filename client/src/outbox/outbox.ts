import type { Core } from '../core.ts';
import { ParleyError } from '../errors.ts';
import { type MessageFragment, SendMessageDocument } from '../generated/graphql.ts';
import { once } from '../load-later.ts';
import { createState, type State } from '../observable.ts';
import { randomId } from '../random-id.ts';
import { overCodeOf } from '../session/session.ts';
import type { Message, Upload } from '../types.ts';
import { createUploads, sourceOf } from '../uploads/uploads.ts';
import { errorOf, inputOf, ownMessage } from './content.ts';
import type { Outbox, OutboxEntry } from './contract.ts';
import type { Keeper } from './keeper.ts';

export interface OutboxOptions {
  /** Keeps what waits in IndexedDB. */
  readonly isKept: boolean;
  /** The conversation with a person, where it is known: it has two names, and one order. */
  conversationIdWith(userId: string): string | null;
}

/** A message on its way. */
interface Item {
  entry: OutboxEntry;
  /** Who sends it; null where nobody was signed in yet. */
  userId: string | null;
  /** Of two to the same place the one with the lower number goes first. */
  order: number;
  /** Uploads, or ids of those that somebody else has made. */
  files: (Upload | string)[];
  isActive: boolean;
  /** Discarded, or the page closes. */
  readonly stop: AbortController;
  /** Ends a pause. */
  hurry: AbortController;
  /** Follows its uploads no more. */
  unfollow: () => void;
  readonly promise: Promise<Message>;
  readonly resolve: (message: Message) => void;
  readonly reject: (reason: unknown) => void;
}

const nothing: readonly OutboxEntry[] = [];

/** See `Outbox`. What waits is sent in order within a conversation, and independently of all others. */
export function createOutbox(core: Core, { isKept, conversationIdWith }: OutboxOptions): Outbox {
  const uploads = createUploads(core);
  const waiting = createState(0);
  const lists = new Map<string, State<readonly OutboxEntry[]>>();
  let items: Item[] = [];
  let lastOrder = 0;
  let lastUser: string | null = null;
  let isClosed = false;
  /** What this tab had before a reload is looked for: nothing that was written since goes out before that. */
  let adopting = 0;

  const open = once(() => import('./keeper.ts').then(({ openKeeper }) => openKeeper(core.url, randomId())));
  /** What the browser cannot keep is in memory all the same. */
  const keep = async <T>(use: (keeper: Keeper) => Promise<T>): Promise<T | null> => {
    if (!isKept || isClosed) return null;
    try {
      return await use(await open());
    } catch {
      return null;
    }
  };

  const viewer = () => {
    const session = core.session.get();
    return session.status === 'signedIn' ? session.user.id : null;
  };
  /** Whoever was signed out by the server comes back, and nobody else sends what they wrote. */
  const isMine = ({ userId }: Item) => userId === null || userId === viewer();

  const listOf = (to: string) => {
    const list = lists.get(to) ?? createState(nothing);
    lists.set(to, list);
    return list;
  };
  const show = (to: string) => {
    const shown = items.filter((item) => item.entry.to === to && isMine(item)).map(({ entry }) => entry);
    const list = listOf(to);
    const known = list.get();
    if (shown.length !== known.length || shown.some((entry, place) => entry !== known[place])) list.set(shown.length > 0 ? shown : nothing);
    waiting.set(items.filter(isMine).length);
  };

  const put = (item: Item) =>
    void keep((keeper) => keeper.put({ ...item, files: item.files.flatMap((file) => (typeof file === 'string' ? file : (uploads.sourceOf(file) ?? []))) }));
  const change = (item: Item, next: Partial<OutboxEntry>) => {
    item.entry = { ...item.entry, ...next };
    show(item.entry.to);
  };
  const forget = (item: Item) => {
    item.unfollow();
    items = items.filter((other) => other !== item);
    show(item.entry.to);
    void keep((keeper) => keeper.remove(item.entry.clientId));
  };

  const placeOf = (to: string) => conversationIdWith(to) ?? to;
  /** Sends the first one of each place. */
  const pump = () => {
    if (adopting) return;
    const busy = new Set(items.filter(({ isActive }) => isActive).map(({ entry }) => placeOf(entry.to)));
    for (const item of items) {
      const place = placeOf(item.entry.to);
      if (item.entry.state !== 'sending' || busy.has(place) || !isMine(item) || isClosed) continue;
      busy.add(place);
      void attempt(item);
    }
  };

  const attempt = async (item: Item) => {
    const { signal } = item.stop;
    item.isActive = true;
    // The session ended in the middle of it.
    restart(item, (file) => overCodeOf(file.get().error?.code) !== undefined);
    for (let failures = 0; !signal.aborted && isMine(item); failures++) {
      try {
        if (item.userId === null) {
          item.userId = (await core.ensureSession()).id;
          // Discarded meanwhile, it is to be found nowhere.
          if (!signal.aborted) put(item);
        } else arrived(item, await deliver(item));
        // Whoever is named now waits in line behind what they had written before.
        break;
      } catch (error) {
        if (signal.aborted || !isMine(item)) break;
        const why = errorOf(error);
        // Where the session is over, whoever wrote it has to come back first.
        const passes = why.retryable || (item.userId !== null && overCodeOf(why.code));
        // An upload has tried for as long as it could help.
        if (!passes || (why.code === 'INTERNAL' && failures === 4) || item.files.some(hasFailed)) {
          failed(item, why);
          break;
        }
        change(item, { error: why });
        item.hurry = new AbortController();
        await core.pause(why, failures, item.hurry.signal).catch(() => {});
      }
    }
    item.isActive = false;
    pump();
  };

  const deliver = async (item: Item): Promise<MessageFragment> => {
    const uploadIds = await Promise.all(item.files.map((file) => (typeof file === 'string' ? file : file.ready)));
    // Nobody else sends it: who is signed in may have changed while its files were on their way.
    if (!isMine(item)) throw discarded();
    const { clientId, to, content, options } = item.entry;
    const { replyTo, mentions, mentionsEveryone } = options;
    const input = { clientId, to, content: inputOf(content, uploadIds), replyTo, mentions: mentions && [...mentions], mentionsEveryone };
    // What the server asks to wait shows at the message, so nobody waits unseen.
    const { sendMessage } = await core.request(SendMessageDocument, { input }, { signal: item.stop.signal, patience: 0 });
    if (!sendMessage) throw new ParleyError('INTERNAL', 'No message came back');
    return sendMessage;
  };

  const arrived = (item: Item, message: MessageFragment) => {
    forget(item);
    item.resolve({ ...message, ...ownMessage });
  };
  const failed = (item: Item, error: ParleyError) => {
    change(item, { state: 'failed', error });
    put(item);
    item.reject(error);
  };

  /** Puts a message where its number says. */
  const add = (entry: Omit<OutboxEntry, 'uploads'>, userId: string | null, order: number, files: readonly (Upload | string)[]) => {
    let resolve: Item['resolve'] = () => {};
    let reject: Item['reject'] = () => {};
    const promise = new Promise<Message>((...settle) => {
      [resolve, reject] = settle;
    });
    // It shows at the message too: nobody has to wait for this.
    promise.catch(() => {});
    const item: Item = {
      entry: { ...entry, uploads: [] },
      userId,
      order,
      files: [...files],
      isActive: false,
      stop: new AbortController(),
      hurry: new AbortController(),
      unfollow: () => {},
      promise,
      resolve,
      reject,
    };
    lastOrder = Math.max(lastOrder, order);
    items = [...items, item].sort((one, other) => one.order - other.order);
    follow(item);
    return item;
  };
  /** Shows how its uploads go on. */
  const follow = (item: Item) => {
    item.unfollow();
    const made = item.files.filter((file) => typeof file !== 'string');
    const tell = () => change(item, { uploads: made.map((file) => file.get()) });
    const ends = made.map((file) => file.subscribe(tell));
    item.unfollow = () => {
      for (const end of ends) end();
    };
    tell();
  };
  /** Begins anew those of its uploads that are over so. */
  const restart = (item: Item, isOver: (file: Upload) => boolean) => {
    const isMeant = (file: Upload | string): file is Upload => typeof file !== 'string' && isOver(file);
    if (!item.files.some(isMeant)) return;
    item.files = item.files.map((file) => (isMeant(file) ? again(file) : file));
    follow(item);
    put(item);
  };
  const halt = (item: Item) => {
    item.unfollow();
    item.stop.abort();
    item.hurry.abort();
  };
  const nextOrder = () => {
    lastOrder = Math.max(lastOrder + 1, Date.now());
    return lastOrder;
  };

  const adopt = async (userId: string) => {
    adopting += 1;
    await keep((keeper) =>
      keeper.adopt(userId, (messages) => {
        for (const { entry, userId: writer, order, files } of messages) {
          if (isClosed || items.some((item) => item.entry.clientId === entry.clientId)) continue;
          const error = entry.error && new ParleyError(entry.error.code, entry.error.message);
          // Those of a message that has failed begin anew with it.
          const made = files.map((file) => (typeof file === 'string' ? file : uploads.start(file, error ?? undefined)));
          const item = add({ ...entry, error }, writer ?? userId, order, made);
          if (writer === null) put(item);
        }
        pump();
      }),
    );
    adopting -= 1;
    pump();
  };
  const drop = async () => {
    const userId = viewer() ?? lastUser;
    const dropped = items.filter((item) => item.userId === null || item.userId === userId);
    items = items.filter((item) => !dropped.includes(item));
    for (const item of dropped) {
      halt(item);
      item.reject(discarded());
      show(item.entry.to);
    }
    await keep((keeper) => keeper.removeAll(userId));
  };

  const unsubscribe = core.session.subscribe(changed);
  function changed() {
    const session = core.session.get();
    if (session.status === 'signedIn' && session.user.id !== lastUser) {
      lastUser = session.user.id;
      void adopt(session.user.id);
    }
    // Another tab has asked how many wait.
    else if (session.status === 'signedOut' && session.reason === 'SIGNED_OUT') void drop();
    for (const to of lists.keys()) show(to);
    pump();
  }
  changed();

  return {
    waiting,
    async count() {
      const userId = viewer() ?? lastUser;
      const others = userId === null ? 0 : await keep((keeper) => keeper.countOthers(userId));
      return items.filter(isMine).length + (others ?? 0);
    },
    entries: listOf,
    send(to, content, options = {}) {
      const files = typeof content !== 'string' && 'attachments' in content ? content.attachments.map((file) => fileOf(file)) : [];
      const entry = { clientId: randomId(), to, createdAt: new Date().toISOString(), state: 'sending', error: null, content, options } as const;
      const item = add(entry, viewer(), nextOrder(), files);
      // While nobody knows yet whose it is, nobody may find it.
      if (core.session.get().status !== 'restoring') put(item);
      pump();
      return item.promise;
    },
    retry(clientId) {
      const item = items.find(({ entry }) => entry.clientId === clientId);
      if (item?.entry.state === 'sending') item.hurry.abort();
      if (item?.entry.state !== 'failed') return;
      item.order = nextOrder();
      items = [...items].sort((one, other) => one.order - other.order);
      // What is ready may be gone again, after a day.
      const isGone = item.entry.error?.code === 'NOT_FOUND';
      change(item, { state: 'sending', error: null, createdAt: new Date().toISOString() });
      restart(item, (file) => isGone || hasFailed(file));
      put(item);
      pump();
    },
    discard(clientId) {
      const item = items.find(({ entry }) => entry.clientId === clientId);
      if (!item) return;
      halt(item);
      for (const file of item.files) if (typeof file !== 'string') void file.cancel().catch(() => {});
      forget(item);
      item.reject(discarded());
      pump();
    },
    upload: (file, options) => uploads.start(sourceOf(file, options)),
    apply: uploads.apply,
    drop,
    async close() {
      unsubscribe();
      for (const item of items) halt(item);
      uploads.close();
      const closed = keep((keeper) => keeper.close());
      isClosed = true;
      await closed;
    },
  };

  function fileOf(file: Blob | Upload | string): Upload | string {
    return file instanceof Blob ? uploads.start(sourceOf(file)) : file;
  }
  /** An upload is over once it has failed: another one goes on where it stood. */
  function again(file: Upload): Upload {
    const source = uploads.sourceOf(file);
    return source ? uploads.start(source) : file;
  }
}

function hasFailed(file: Upload | string): file is Upload {
  return typeof file !== 'string' && file.get().status === 'failed';
}

function discarded(): DOMException {
  return new DOMException('Discarded', 'AbortError');
}
