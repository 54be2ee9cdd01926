import { setTimeout as sleep } from 'node:timers/promises';
import { closable, createDoorbell, type Doorbell } from '../../kernel/closable.ts';
import { AppError, badInput } from '../../kernel/errors.ts';
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
}

/** What these streams are made of. */
export interface MessageStreamParts {
  readonly database: Database;
  readonly hub: Hub;
  readonly replayLimit: number;
}

const pageSize = 100;

/**
 * The messages of one conversation that were sent or changed after a rev, each once, in order of rev; then live. The iteration ends when the
 * viewer stops being a member. Throws `NOT_FOUND` to whoever is none, and `BAD_USER_INPUT` where `afterRev` is ahead of the
 * conversation or more than `replayLimit` changes behind.
 */
export async function openMessageStream(
  parts: MessageStreamParts,
  viewer: Viewer,
  conversationId: number,
  afterRev: number | null,
): Promise<AsyncIterableIterator<MessagePlace>> {
  const { database, hub, replayLimit } = parts;
  const doorbell = createDoorbell();
  let closed = false;
  const listener = {
    userId: viewer.userId,
    entry(entry: EntryRow) {
      // Of one's own log only the word about this conversation matters: that one has left it.
      if (entry.logId === conversationId || entry.aboutId === conversationId) doorbell.ring();
    },
  };
  const close = () => {
    closed = true;
    hub.detach(listener);
    doorbell.ring();
  };
  try {
    await hub.attach(listener);
    const { memberships, state } = await database.snapshot(async (tx) => ({
      memberships: await readMemberships(tx, viewer.userId),
      state: await readState(tx, viewer, conversationId),
    }));
    hub.load(viewer.userId, memberships);
    if (!state) throw new AppError('NOT_FOUND');
    if (afterRev !== null && (afterRev < 0 || afterRev > state.lastRev || state.lastRev - afterRev > replayLimit))
      throw badInput('afterRev', {
        zh: '无法从这里继续，请重新读取历史消息后再订阅',
        en: 'The stream cannot go on from here: read the history anew, then subscribe with its rev',
      });
    const places = streamPlaces(parts, viewer, conversationId, afterRev ?? state.lastRev, doorbell, () => closed);
    return closable(places, close);
  } catch (error) {
    close();
    throw error;
  }
}

async function* streamPlaces(
  { database }: MessageStreamParts,
  viewer: Viewer,
  conversationId: number,
  start: number,
  doorbell: Doorbell,
  isClosed: () => boolean,
): AsyncGenerator<MessagePlace, void, void> {
  let position = start;
  while (!isClosed()) {
    const places = await database
      .read(async (tx) => {
        const state = await readState(tx, viewer, conversationId);
        return state ? await readPlaces(tx, conversationId, position, state.fromSeq) : null;
      })
      .catch(async (error: unknown) => {
        if (!(error instanceof AppError && error.code === 'UNAVAILABLE')) throw error;
        await sleep(250);
        doorbell.ring();
        return [];
      });
    if (!places) return;
    for (const place of places) {
      position = place.rev;
      yield place;
    }
    if (places.length < pageSize) await doorbell.wait();
  }
}

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

async function readPlaces(tx: Tx, conversationId: number, afterRev: number, fromSeq: number): Promise<MessagePlace[]> {
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
