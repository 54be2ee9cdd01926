import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, badInput } from '../../kernel/errors.ts';
import { type Feed, type FeedEnd, Outbox } from '../../kernel/feed.ts';
import type { Gate } from '../../kernel/gate.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Database, Tx } from '../../platform/database.ts';
import type { EntryRow } from '../log/log.service.ts';
import type { Hub } from './hub.service.ts';
import { readMemberships } from './replay.service.ts';

/** The place of a message in a conversation, and the rev at which it was found. */
export interface MessagePlace {
  readonly conversationId: number;
  readonly seq: number;
  readonly rev: number;
  /** The entry that told of it, where the hub gave it; null where it was found in the table. */
  readonly entry: EntryRow | null;
}

/** What these streams are made of. */
export interface MessageStreamParts {
  readonly database: Database;
  readonly hub: Hub;
  /** How many reads for replays may run at once on this node. */
  readonly gate: Gate;
  readonly replayLimit: number;
  /** So many messages wait for one slow reader; beyond that it catches up from the table. */
  readonly queueLimit: number;
}

const pageSize = 100;

/**
 * The messages of one conversation that were sent or changed after a rev, each once, in order of rev; then live. The feed ends when the
 * viewer stops being a member. Throws `NOT_FOUND` to whoever is none, and `BAD_USER_INPUT` where `afterRev` is ahead of the
 * conversation or more than `replayLimit` changes behind. `show` makes what the feed gives.
 */
export async function openMessageStream<T>(
  { database, hub, gate, replayLimit, queueLimit }: MessageStreamParts,
  viewer: Viewer,
  conversationId: number,
  afterRev: number | null,
  show: (place: MessagePlace) => T,
): Promise<Feed<T>> {
  const { userId } = viewer;
  let phase: 'CATCHING_UP' | 'LIVE' | 'CLOSED' = 'CATCHING_UP';
  let position = 0;
  let queue: EntryRow[] = [];
  const isClosed = () => phase === 'CLOSED';

  const close = (how: FeedEnd) => {
    if (isClosed()) return;
    phase = 'CLOSED';
    hub.detach(listener);
    outbox.finish(how);
  };
  const outbox = new Outbox<T>(queueLimit, () => close({}));

  const emit = (place: MessagePlace) => {
    position = place.rev;
    outbox.put(show(place));
  };

  const give = (entry: EntryRow) => {
    const place = placeOf(entry);
    if (place && entry.rev > position) emit(place);
  };

  const listener = {
    userId,
    entry(entry: EntryRow) {
      // Of one's own log only the word about this conversation matters: that one has left it.
      const isOver = entry.logId === conversationId ? entry.kind === 'DISSOLVED' : entry.kind === 'LEFT' && entry.aboutId === conversationId;
      if (entry.logId !== conversationId && !isOver) return;
      if (phase === 'LIVE' && !isOver && !outbox.isFull()) return give(entry);
      if (phase === 'LIVE') void catchUp();
      // What does not fit is read from the table: its position has not been passed.
      else if (queue.length <= queueLimit) queue.push(entry);
    },
  };

  const catchUp = async (): Promise<void> => {
    phase = 'CATCHING_UP';
    while (!isClosed()) {
      try {
        if (await attempt()) return;
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'UNAVAILABLE')) return close({ error });
        await sleep(250);
      }
    }
  };

  /** One round of catching up; false where another is needed. */
  const attempt = async (): Promise<boolean> => {
    await outbox.room();
    queue = [];
    const places = await gate.run(() =>
      database.read(async (tx) => {
        const state = await readState(tx, viewer, conversationId);
        return state ? await readPlaces(tx, conversationId, position, state.fromSeq) : null;
      }),
    );
    if (isClosed()) return true;
    if (!places) {
      close({});
      return true;
    }
    for (const place of places) emit({ ...place, entry: null });
    if (places.length === pageSize || queue.length > queueLimit) return false;
    const pending = queue;
    queue = [];
    phase = 'LIVE';
    for (const entry of pending) listener.entry(entry);
    return true;
  };

  try {
    await hub.attach(listener);
    const { memberships, state } = await database.snapshot(async (tx) => ({
      memberships: await readMemberships(tx, userId),
      state: await readState(tx, viewer, conversationId),
    }));
    hub.load(userId, memberships);
    if (!state) throw new AppError('NOT_FOUND');
    if (afterRev !== null && (afterRev < 0 || afterRev > state.lastRev || state.lastRev - afterRev > replayLimit))
      throw badInput('afterRev', {
        zh: '无法从这里继续，请重新读取历史消息后再订阅',
        en: 'The stream cannot go on from here: read the history anew, then subscribe with its rev',
      });
    position = afterRev ?? state.lastRev;
  } catch (error) {
    close({ error });
    throw error;
  }
  // Read after the node knows the membership: what commits later than this reading comes from the hub.
  void catchUp();

  return outbox;
}

/** The message that an entry is about; the same object for everybody to whom the hub gives the entry, one after the other. */
function placeOf(entry: EntryRow): MessagePlace | null {
  if (newest?.entry !== entry) newest = entry.seq === null ? null : { conversationId: entry.logId, seq: entry.seq, rev: entry.rev, entry };
  return newest;
}

let newest: MessagePlace | null = null;

async function readState(tx: Tx, viewer: Viewer, conversationId: number) {
  return await tx.db
    .selectFrom('Member as m')
    .innerJoin('Log as l', 'l.id', 'm.logId')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .select(['l.lastRev', 'm.fromSeq'])
    .where('c.dissolvedAt', 'is', null)
    .where('m.userId', '=', viewer.userId)
    .where('m.logId', '=', conversationId)
    .where('m.active', '=', 1)
    .executeTakeFirst();
}

async function readPlaces(tx: Tx, conversationId: number, afterRev: number, fromSeq: number): Promise<Omit<MessagePlace, 'entry'>[]> {
  return await tx.db
    .selectFrom('Message')
    .select(['conversationId', 'seq', 'rev'])
    .where('conversationId', '=', conversationId)
    .where('rev', '>', afterRev)
    .where('seq', '>=', fromSeq)
    .orderBy('rev')
    .limit(pageSize)
    .execute();
}
