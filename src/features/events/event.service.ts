import DataLoader from 'dataloader';
import { createAttached } from '../../kernel/attached.ts';
import { type CursorKeys, createCursorCodec } from '../../kernel/cursor.ts';
import type { Feed } from '../../kernel/feed.ts';
import { createGate } from '../../kernel/gate.ts';
import { createSeldom } from '../../kernel/seldom.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { createWorker } from '../../kernel/worker.ts';
import type { Bus } from '../../platform/bus.ts';
import { type Database, isDatabaseAway, type Tx } from '../../platform/database.ts';
import type { Keys } from '../../platform/keys.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { Rolls } from '../conversations/roll.service.ts';
import { ownUploads } from '../files/file-rows.service.ts';
import { mayKnow } from '../friends/friend-request.policy.ts';
import { visibleRequests } from '../groups/join-request.service.ts';
import { createClockService } from '../log/clock.service.ts';
import { isUnchangedSince } from '../log/later.service.ts';
import type { EntryRow, LogService } from '../log/log.service.ts';
import type { KnownMessages } from '../messages/known-messages.service.ts';
import { createHub } from './hub.service.ts';
import { type MessagePlace, openMessageStream } from './message-stream.service.ts';
import { createReturns } from './returns.service.ts';
import type { ReadAhead } from './round.service.ts';
import { readSnapshot, startOf } from './start.service.ts';
import { createStream, type EventFrame } from './stream.service.ts';

/** How events are kept, read and sent; from the configuration. */
export interface EventOptions {
  readonly replayMs: number;
  readonly replayLimit: number;
  readonly replaysAtOnce: number;
  readonly streamQueue: number;
  readonly compareMs: number;
  readonly closeMs: number;
  readonly pruneMs: number;
}

/** What the service of events stands on. */
export interface EventParts {
  readonly database: Database;
  readonly bus: Bus;
  readonly log: Pick<LogService, 'onTold'>;
  /** Where messages are kept for a moment that were told and not read. */
  readonly known: KnownMessages;
  readonly keys: Keys;
  /** Told of background work that failed and is tried again. */
  readonly onFault: (error: unknown) => void;
  readonly options: EventOptions;
  readonly metrics: Metrics;
  readonly rolls: Pick<Rolls, 'has'>;
}

/** Streams of events that miss nothing. */
export interface EventService {
  /** Everything that happens to the viewer, from the newest of these cursors on; without one from now on. */
  stream<T>(viewer: Viewer, cursors: readonly string[], show: (frame: EventFrame) => T): Feed<T>;
  /** The messages of one conversation from a rev on. See `openMessageStream` for what it refuses. */
  messages<T>(viewer: Viewer, conversationId: number, afterRev: number | null, show: (place: MessagePlace) => T): Promise<Feed<T>>;
  /** The cursor of now: what is read afterwards together with a stream from this cursor misses nothing. */
  position(viewer: Viewer): Promise<string>;
  /** Whether the viewer may receive an entry of their own log by the rights of this moment. */
  mayReceive(tx: Tx, viewer: Viewer, entry: EntryRow): Promise<boolean>;
  /** Who among the viewers, to whom a stream gave an entry of a conversation, may receive it by the rights of this moment. */
  receivers(tx: Tx, entry: EntryRow, viewers: () => readonly Viewer[]): Promise<Receivers>;
  /** Whether the message of an entry, and who may receive it, can be known without reading it: at a glance, on condition that nothing has changed. */
  isKnown(entry: EntryRow): boolean;
  /** Likewise for a message; nobody where it is not as it was found any more: what has changed since comes again at its new rev. */
  readers(tx: Tx, place: MessagePlace, viewers: () => readonly Viewer[]): Promise<Receivers>;
  /** Has what is given to many read ahead in this way. */
  readAheadBy(readAhead: ReadAhead): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** All to whom it was given, or those for whom it says so. */
export type Receivers = 'EVERYBODY' | ((viewer: Viewer) => boolean);

/** What fails for all streams of a node is said for one of them. */
const faultsMs = 10_000;

/** Makes the service; `start` before the first stream. */
export function createEventService({ database, bus, log, known, keys, onFault, options, metrics, rolls }: EventParts): EventService {
  const clock = createClockService(database, options);
  let readAhead: ReadAhead = () => null;
  const hub = createHub({
    database,
    bus,
    clock,
    onFault,
    compareMs: options.compareMs,
    metrics,
    readAhead: (...round) => readAhead(...round),
    isWide: rolls.has,
    onTold: ({ row }) => known.note(row),
  });
  log.onTold(hub.hear);
  const codec = createCursorCodec(cursorKeys(keys));
  const gate = createGate(options.replaysAtOnce);
  metrics.watch('epochGiven', {}, hub.given);
  const seldom = createSeldom(faultsMs);
  const saySeldom = (error: unknown) => seldom(() => onFault(error));
  const { replayLimit } = options;
  const returns = createReturns({ database, clock, codec, gate, given: hub.given, replayLimit });
  metrics.watch('queueLength', { queue: 'replays' }, () => gate.waiting + returns.waiting);
  const parts = { database, clock, hub, codec, gate, returns, replayLimit, queueLimit: options.streamQueue, onFault: saySeldom, metrics };
  const stopping = new AbortController();
  // One at a time: much that is old takes longer than the time until it is looked for again.
  const pruning = createWorker({
    async takePortion() {
      await clock.prune(stopping.signal);
      return null;
    },
    everyMs: options.pruneMs,
    onFault,
  });

  const isKnown = (entry: EntryRow): boolean => {
    const { logId: conversationId, seq, kind } = entry;
    return kind === 'SENT' && seq !== null && entry.people === null && hub.wasGiven(entry) && known.has({ conversationId, seq });
  };

  const receivers: EventService['receivers'] = async (tx, entry, viewers) => {
    // The hub gave it to whoever was a member at its rev, and where nothing about the members is above it, they still are. That costs the same
    // for 5,000 as for one. A change may be to a message from before somebody's join: not so there.
    const { logId, rev, kind, seq } = entry;
    if (tx.glance && isKnown(entry)) {
      tx.glance.onlyIf(isUnchangedSince(tx, logId, rev));
      return 'EVERYBODY';
    }
    // A log that cannot be read says nothing; their seats do, and of what was told without being read nobody is told again.
    const changedAt = kind === 'SENT' && hub.wasGiven(entry) ? await lastChangeOfMembers(tx, logId, rev).catch(unlessAway) : null;
    if (changedAt !== null && changedAt <= rev) return 'EVERYBODY';
    return await membersAmong(tx, { logId, rev, kind, seq }, viewers());
  };

  return {
    stream: (viewer, cursors, show) => createStream(parts, viewer, cursors, show),
    messages: (viewer, conversationId, afterRev, show) => openMessageStream(parts, viewer, conversationId, afterRev, show),
    async position(viewer) {
      for (;;) {
        const start = startOf(parts, viewer, [], await readSnapshot(parts, viewer, 'start', []));
        if (start !== 'CLOSE') return start.place.cursor();
        await hub.closeEpoch();
      }
    },
    async mayReceive(tx, viewer, { kind, aboutId }) {
      if (kind === 'FRIEND_REQUEST') return await mayKnowRequest(tx, viewer, aboutId);
      if (kind === 'JOIN_REQUEST')
        return (
          (await visibleRequests(tx, viewer.userId)
            .where('j.id', '=', aboutId ?? 0)
            .executeTakeFirst()) !== undefined
        );
      if (kind === 'UPLOAD') return (await ownUploads(tx, viewer.userId, [aboutId ?? 0])).length > 0;
      if (kind !== 'CONVERSATION' || aboutId === null) return true;
      return (await readSeats(tx, aboutId, [viewer])).some(({ userId, dissolvedAt }) => userId === viewer.userId && dissolvedAt === null);
    },
    receivers,
    isKnown,
    async readers(tx, place, viewers) {
      const { conversationId, seq, rev, entry } = place;
      if (tx.glance && entry && isKnown(entry)) return await receivers(tx, entry, viewers);
      const [found, may] = await Promise.all([
        revLoader(tx).load(place),
        entry ? receivers(tx, entry, viewers) : membersAmong(tx, { logId: conversationId, rev, kind: 'CHANGED', seq }, viewers()),
      ]);
      if (found !== rev) return () => false;
      return may;
    },
    readAheadBy(by) {
      readAhead = by;
    },
    async start() {
      await hub.start();
      pruning.start();
    },
    async stop() {
      stopping.abort();
      await pruning.stop();
      await hub.stop();
    },
  };
}

function unlessAway(error: unknown): null {
  if (isDatabaseAway(error)) throw error;
  return null;
}

interface Seat {
  readonly userId: number;
  readonly stateRev: number;
  readonly fromSeq: number;
  readonly dissolvedAt: number | null;
}

/** Those of the viewers who may receive an entry of a conversation as its members. */
async function membersAmong(tx: Tx, { logId, rev, kind, seq }: Pick<EntryRow, 'logId' | 'rev' | 'kind' | 'seq'>, viewers: readonly Viewer[]) {
  // Of a dissolved conversation only that it is gone is told.
  const mayHave = ({ dissolvedAt, stateRev, fromSeq }: Seat) =>
    dissolvedAt === null ? rev >= stateRev && (seq === null || seq >= fromSeq) : kind === 'DISSOLVED';
  const seats = await readSeats(tx, logId, viewers);
  const members = new Set(seats.flatMap((seat) => (mayHave(seat) ? [seat.userId] : [])));
  return ({ userId }: Viewer) => members.has(userId);
}

/** What is to be known in a snapshot of one conversation: whoever asks in the same turn, for other events of it, asks together. */
interface SeatsAsked {
  readonly userIds: Set<number>;
  readonly seats: Promise<Seat[]>;
}

const seatsAsked = createAttached<Tx, Map<number, SeatsAsked>>();

/** Those of the viewers who are members of a conversation; and maybe others, for whom somebody else has asked. */
function readSeats(tx: Tx, conversationId: number, viewers: readonly Viewer[]): Promise<Seat[]> {
  const conversations = seatsAsked.get(tx) ?? new Map<number, SeatsAsked>();
  seatsAsked.set(tx, conversations);
  const known = conversations.get(conversationId);
  if (known) {
    for (const { userId } of viewers) known.userIds.add(userId);
    return known.seats;
  }
  const userIds = new Set(viewers.map(({ userId }) => userId));
  const seats = Promise.resolve().then(() => {
    conversations.delete(conversationId);
    return seatsOf(tx, { conversationId, userIds: [...userIds] });
  });
  conversations.set(conversationId, { userIds, seats });
  return seats;
}

const seatsOf = createStatement((tx, slot: Slots<{ conversationId: number; userIds: readonly number[] }>) =>
  tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .select(['m.userId', 'm.stateRev', 'm.fromSeq', 'c.dissolvedAt'])
    .where('m.logId', '=', slot('conversationId'))
    .where('m.userId', 'in', slot('userIds'))
    .where('m.active', '=', 1),
);

const lastChange = createStatement((tx, slot: Slots<{ logId: number; aboveRev: number }>) =>
  tx.db
    .selectFrom('Entry')
    .select((eb) => eb.fn.max('rev').as('rev'))
    .where('logId', '=', slot('logId'))
    .where('rev', '>', slot('aboveRev'))
    .where((eb) => eb.or([eb('people', 'is not', null), eb('kind', '=', 'DISSOLVED')])),
);

const revsOf = createStatement((tx, slot: Slots<{ conversationId: number; seqs: readonly number[] }>) =>
  tx.db.selectFrom('Message').select(['seq', 'rev']).where('conversationId', '=', slot('conversationId')).where('seq', 'in', slot('seqs')),
);

type Place = Pick<MessagePlace, 'conversationId' | 'seq'>;

const revLoaders = createAttached<Tx, DataLoader<Place, number | undefined>>();

/** Loads the revs of messages as they are in a snapshot: one query for all of a conversation that are asked for together. */
function revLoader(tx: Tx): DataLoader<Place, number | undefined> {
  const load = async (places: readonly Place[]) => {
    const conversations = Map.groupBy(places, ({ conversationId }) => conversationId);
    const found = await Promise.all(
      [...conversations].map(async ([conversationId, asked]) => {
        const rows = await revsOf(tx, { conversationId, seqs: asked.map(({ seq }) => seq) });
        return [conversationId, new Map(rows.map(({ seq, rev }) => [seq, rev]))] as const;
      }),
    );
    const revs = new Map(found);
    return places.map(({ conversationId, seq }) => revs.get(conversationId)?.get(seq));
  };
  const loader = revLoaders.get(tx) ?? new DataLoader(load, { cache: false });
  revLoaders.set(tx, loader);
  return loader;
}

/** What was asked in a snapshot: one question for all entries of a log, of which the first to be asked about is mostly the lowest. */
const asked = createAttached<Tx, Map<number, { readonly aboveRev: number; readonly rev: Promise<number> }>>();

/** The rev of the newest entry above a rev that changed who is a member of a conversation, or 0. */
async function lastChangeOfMembers(tx: Tx, logId: number, aboveRev: number): Promise<number> {
  const logs = asked.get(tx) ?? new Map<number, { readonly aboveRev: number; readonly rev: Promise<number> }>();
  asked.set(tx, logs);
  const known = logs.get(logId);
  if (known && known.aboveRev <= aboveRev) return await known.rev;
  const rev = lastChange(tx, { logId, aboveRev }).then(([row]) => row?.rev ?? 0);
  logs.set(logId, { aboveRev, rev });
  return await rev;
}

/** Of somebody whom the receiver had blocked the receiver is told nothing, also where an entry should ever say otherwise. */
async function mayKnowRequest(tx: Tx, viewer: Viewer, id: number | null): Promise<boolean> {
  const request = await tx.db
    .selectFrom('FriendRequest')
    .selectAll()
    .where('id', '=', id ?? 0)
    .executeTakeFirst();
  return request !== undefined && mayKnow(request, viewer.userId);
}

function cursorKeys(keys: Keys): readonly [CursorKeys, ...CursorKeys[]] {
  const [seal, mac, item] = [keys.accepted('cursor-seal'), keys.accepted('cursor-mac'), keys.accepted('cursor-item')];
  const current = { seal: keys.current('cursor-seal'), mac: keys.current('cursor-mac'), item: keys.current('cursor-item') };
  const previous = seal.slice(1).flatMap((key, index) => {
    const [macKey, itemKey] = [mac[index + 1], item[index + 1]];
    return macKey && itemKey ? [{ seal: key, mac: macKey, item: itemKey }] : [];
  });
  return [current, ...previous];
}
