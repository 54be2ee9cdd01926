import { AppError, badInput } from '../../kernel/errors.ts';
import type { Feed, NewsListener } from '../../kernel/feed.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { EntryRow } from '../log/log.service.ts';
import { LogStream, type LogStreamParts } from './log-stream.service.ts';
import { readMemberships } from './replay.service.ts';
import type { Round } from './round.service.ts';
import { readWideMemberships } from './wide.service.ts';

/** The place of a message in a conversation, and the rev at which it was found. */
export interface MessagePlace {
  readonly conversationId: number;
  readonly seq: number;
  readonly rev: number;
  /** The entry that told of it, where the hub gave it; null where it was found in the table. */
  readonly entry: EntryRow | null;
}

const pageSize = 100;

/** Messages have no positions. */
const none: readonly string[] = [];

/**
 * The messages of one conversation that were sent or changed after a rev, each once, in order of rev; then live. The feed ends when the
 * viewer stops being a member. Throws `NOT_FOUND` to whoever is none, and `BAD_USER_INPUT` where `afterRev` is ahead of the
 * conversation or more than `replayLimit` changes behind. `show` makes what the feed gives.
 */
export async function openMessageStream<T>(
  parts: LogStreamParts,
  viewer: Viewer,
  conversationId: number,
  afterRev: number | null,
  show: (place: MessagePlace) => T,
): Promise<Feed<T>> {
  const stream = new MessageStream(parts, viewer, conversationId, show);
  await stream.begin(afterRev);
  return stream;
}

class MessageStream<T> extends LogStream<T, LogStreamParts> {
  private readonly conversationId: number;
  private readonly show: (place: MessagePlace) => T;
  private position = 0;

  constructor(parts: LogStreamParts, viewer: Viewer, conversationId: number, show: (place: MessagePlace) => T) {
    super(parts, viewer);
    this.conversationId = conversationId;
    this.show = show;
  }

  async begin(afterRev: number | null): Promise<void> {
    const { parts, viewer, conversationId } = this;
    const { database, hub, replayLimit } = parts;
    try {
      await hub.attach(this);
      const { memberships, state } = await database.snapshot(async (tx) => ({
        memberships: hub.isWide(viewer.userId) ? await readWideMemberships(tx, viewer.userId) : await readMemberships(tx, viewer.userId),
        state: await readState(tx, viewer, conversationId),
      }));
      hub.load(viewer.userId, memberships);
      if (!state) throw new AppError('NOT_FOUND');
      if (afterRev !== null && (afterRev < 0 || afterRev > state.lastRev || state.lastRev - afterRev > replayLimit))
        throw badInput('afterRev', {
          zh: '无法从这里继续，请重新读取历史消息后再订阅',
          en: 'The stream cannot go on from here: read the history anew, then subscribe with its rev',
        });
      this.position = afterRev ?? state.lastRev;
    } catch (error) {
      this.finish({ error });
      throw error;
    }
    // Read after the node knows the membership: what commits later than this reading comes from the hub.
    void this.catchUp();
  }

  protected takeAtOnce(round: Round): boolean {
    // Of other logs only what changes members can matter.
    if (round.logId !== this.conversationId) return !round.changesMembers;
    if (this.phase !== 'LIVE' || round.entries[0].rev <= this.position || !this.listener.ready?.(round) || !this.listener.take?.('', none)) return false;
    this.position = round.last.rev;
    return true;
  }

  override readerOf(round: Round): NewsListener | null {
    return round.logId === this.conversationId ? super.readerOf(round) : null;
  }

  foresee(entry: EntryRow): T | null {
    const place = placeOf(entry);
    return place && this.show(place);
  }

  protected entry(entry: EntryRow): void {
    const { conversationId } = this;
    // Of one's own log only the word about this conversation matters: that one has left it.
    const isOver = entry.logId === conversationId ? entry.kind === 'DISSOLVED' : entry.kind === 'LEFT' && entry.aboutId === conversationId;
    if (entry.logId !== conversationId && !isOver) return;
    if (this.phase === 'LIVE' && !isOver && !this.isFull()) this.give(entry);
    else if (this.phase === 'LIVE') void this.catchUp();
    else if (this.phase === 'CATCHING_UP') this.keep(entry);
  }

  private give(entry: EntryRow): void {
    const place = placeOf(entry);
    if (place && entry.rev > this.position) this.emit(place);
  }

  private emit(place: MessagePlace): void {
    this.position = place.rev;
    this.put(this.show(place));
  }

  protected stand(): unknown {
    return this.position;
  }

  protected async attempt(): Promise<boolean> {
    await this.room();
    // What came until now is read; what comes while it is read is kept.
    this.forget();
    const places = await this.read(async (tx) => {
      const state = await readState(tx, this.viewer, this.conversationId);
      return state ? await readPlaces(tx, this.conversationId, this.position, state.fromSeq) : null;
    });
    if (this.isClosed()) return true;
    if (!places) {
      this.finish({});
      return true;
    }
    for (const place of places) this.emit({ ...place, entry: null });
    if (places.length === pageSize || this.overflow) return false;
    const pending = this.take();
    this.phase = 'LIVE';
    for (const entry of pending) this.entry(entry);
    return true;
  }
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
