import { v7 as uuidv7 } from 'uuid';
import { AppError, badInput } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { insertionsOf, updatesOf } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import type { Fingerprint, Fingerprints } from '../../platform/fingerprints.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { PermissionService, SendJudge } from '../contacts/permission.service.ts';
import { columnsOf } from '../contents/contents.service.ts';
import { createDirect } from '../conversations/conversation.service.ts';
import { refuseMuted } from '../conversations/member.policy.ts';
import type { LogWriter } from '../log/log.service.ts';
import { type Carried, type Carrying, type NewContent, takeCarried } from './carried.service.ts';
import { type NewMentions, requireMentions, writeMentions } from './mention.service.ts';
import { findMessage, type MessageKey, type MessageView, selectMessages } from './message-view.service.ts';

/** To whom: the uuid of a user or of a conversation. */
export type Recipient = { readonly userUuid: string } | { readonly conversationUuid: string };

/** What is sent. */
export interface NewMessage {
  readonly to: Recipient;
  readonly clientId: string;
  readonly content: NewContent;
  readonly replyTo: MessageKey | null;
  readonly mentions: NewMentions;
}

/** A message on its way, with what is known of it before the tables are asked. */
export interface Send {
  readonly viewer: Viewer;
  readonly message: NewMessage;
  readonly clientKey: string;
  /** Of what is sent: a repeated send is known by it even after a recall. */
  readonly fingerprint: Fingerprint;
  readonly carrying: Carrying;
}

/**
 * What became of one of several sends: written, now or before; refused; or not tried, because it waits for a lock that somebody else holds
 * (BUSY), or makes a conversation (FIRST), which each does in a transaction of its own.
 */
export type Outcome = { readonly message: MessageView } | { readonly refusal: AppError } | 'BUSY' | 'FIRST';

/** Throws `BAD_USER_INPUT` for a content that is none. */
export function prepareSend(viewer: Viewer, message: NewMessage, fingerprints: Fingerprints): Send {
  const { content, mentions } = message;
  const carrying = takeCarried(viewer, content);
  const clientKey = message.clientId.toLowerCase();
  const named = mentions.everyone || mentions.people.length > 0 ? [[...new Set(mentions.people)].sort(), mentions.everyone] : [];
  // The clientId is in it as a salt, so that equal texts have different ones. What a message has beyond content and reply is left out where there is
  // nothing, so that what was sent before there was more keeps its own.
  const fingerprint = fingerprints.of([clientKey, carrying.mark, message.replyTo, ...named]);
  return { viewer, message, clientKey, fingerprint, carrying };
}

/** Where a message goes: a conversation, or two people who have none yet (`id` is null). */
interface Target {
  readonly id: number | null;
  /** Of a conversation that has to be made: the one that it will have. */
  readonly uuid: string;
  /** Both people of a DIRECT conversation; null for a group. */
  readonly people: readonly [number, number] | null;
}

/** A message that may be written. */
interface Accepted {
  readonly send: Send;
  readonly target: Target;
  readonly replyToSeq: number | null;
  readonly mentioned: readonly number[];
  readonly carried: Carried;
  /** Set when it is written. */
  message: MessageView | null;
}

/** A message by its clientId: written before, or accepted in this transaction. */
interface First {
  readonly conversationId: number | null;
  readonly contentHash: string | null;
  readonly answer: Accepted | { readonly message: MessageView };
}

/** What decides about sends, read under their locks. */
interface Facts {
  readonly seats: ReadonlyMap<string, { readonly mutedUntil: number | null; readonly now: number }>;
  readonly firsts: Map<string, First>;
  readonly judge: SendJudge;
}

const seatKey = (userId: number, logId: number) => `${userId}:${logId}`;
const firstKey = (senderId: number, clientKey: string) => `${senderId}:${clientKey}`;
const notFound = () => new AppError('NOT_FOUND', { field: 'to' });

/**
 * Writes sends, in their order, and gives what became of each: a refusal is the matter of that one. With `waits` the writer waits for the logs
 * that others hold, and a send that comes alone may make its conversation. Throws only what makes the whole transaction fail.
 */
export type WriteSends = (writer: LogWriter, sends: readonly Send[], waits: boolean) => Promise<Outcome[]>;

/** Makes the one writer of sends. */
export function createSendWriter(permissions: PermissionService): WriteSends {
  const known: Known = new Map();
  return (writer, sends, waits) => writeSends(writer, { permissions, known }, sends, waits);
}

interface Parts {
  readonly permissions: PermissionService;
  readonly known: Known;
}

/**
 * Where people have written, by the person and the name that they gave the conversation: somebody else is not to come to its lock by that. What is
 * kept never changes; who may write there is asked each time.
 */
type Known = Map<string, Target>;

/** How many conversations are remembered. */
const knownAtMost = 50_000;

/** Under which name a conversation is remembered. */
function memoryOf({ viewer, message: { to } }: Send): string {
  return `${viewer.userId} ${'conversationUuid' in to ? to.conversationUuid : to.userUuid}`;
}

/** The conversation, as this send names it. */
export function nameOf({ viewer, message: { to } }: Send): string {
  return 'conversationUuid' in to ? to.conversationUuid : `${viewer.userId} ${to.userUuid}`;
}

/** A send that goes somewhere. */
interface Placed {
  readonly send: Send;
  readonly target: Target;
}

async function writeSends(writer: LogWriter, { permissions, known }: Parts, sends: readonly Send[], waits: boolean): Promise<Outcome[]> {
  const alone = waits && sends.length === 1;
  let targets = await findTargets(writer, known, sends);
  const people = alone ? targets.flatMap((target) => (!(target instanceof AppError) && target.id === null ? (target.people ?? []) : [])) : [];
  if (people.length > 0) {
    // Looked for again under both people's locks: the other's first message may have made it meanwhile. Its log is younger than theirs, so its id
    // is above theirs and the order of locks holds.
    await writer.lock(people);
    targets = await findTargets(writer, known, sends);
  }
  const placed = sends.flatMap((send, index) => {
    const target = targets[index];
    return target && !(target instanceof AppError) && (target.id !== null || alone) ? [{ send, target, index }] : [];
  });
  const logsOf = ({ send, target }: Placed) => (target.id === null ? [] : [target.id, send.viewer.userId]);
  const outcomes: (Outcome | Accepted)[] = targets.map((target) => {
    if (target instanceof AppError) return { refusal: target };
    return target.id === null ? 'FIRST' : 'BUSY';
  });
  const facts = await readFacts(writer, permissions, placed, { ids: placed.flatMap(logsOf), onlyFree: !waits });
  const tried = placed.filter((item) => writer.holds(logsOf(item)));
  const accepted: Accepted[] = [];
  for (const { send, target, index } of tried) {
    try {
      const decided = await decide(writer, facts, send, target);
      outcomes[index] = decided;
      if (!('send' in decided) || decided.send !== send) continue;
      accepted.push(decided);
      // From here on it counts for those after it.
      facts.firsts.set(firstKey(send.viewer.userId, send.clientKey), { conversationId: target.id, contentHash: send.fingerprint.kept, answer: decided });
      if (target.people !== null) facts.judge.count(wayOf(send, target.people));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // Whoever is no member any more looks anew the next time, and does not come to the lock again.
      if (error.code === 'NOT_FOUND') known.delete(memoryOf(send));
      outcomes[index] = { refusal: error };
    }
  }
  await writeAccepted(writer, accepted);
  return outcomes.map((outcome) => {
    if (typeof outcome === 'string' || (outcome && 'refusal' in outcome)) return outcome;
    if (!outcome || outcome.message === null) throw new Error('a message was accepted and not written');
    return { message: outcome.message };
  });
}

/** Where each message goes, or why it cannot: as it is before the locks are taken. */
async function findTargets(tx: Tx, known: Known, sends: readonly Send[]): Promise<(Target | AppError)[]> {
  const unknown = sends.filter((send) => !known.has(memoryOf(send)));
  const found = unknown.length === 0 ? new Map<Send, Target | AppError>() : await lookUp(tx, unknown);
  for (const [send, target] of found) {
    if (target instanceof AppError || target.id === null) continue;
    known.set(memoryOf(send), target);
    const [oldest] = known.keys();
    if (known.size > knownAtMost && oldest !== undefined) known.delete(oldest);
  }
  return sends.map((send) => found.get(send) ?? known.get(memoryOf(send)) ?? notFound());
}

const conversationsOf = createStatement((tx, slot: Slots<{ senders: readonly number[]; uuids: readonly string[] }>) =>
  tx.db
    .selectFrom('Conversation as c')
    .innerJoin('Member as m', (join) => join.onRef('m.logId', '=', 'c.id').on('m.userId', 'in', slot('senders')).on('m.active', '=', 1))
    .select(['c.id', 'c.uuid', 'c.lowUserId', 'c.highUserId', 'm.userId'])
    .where('c.uuid', 'in', slot('uuids'))
    .where('c.dissolvedAt', 'is', null),
);

const usersNamed = createStatement((tx, slot: Slots<{ uuids: readonly string[] }>) =>
  tx.db.selectFrom('User').select(['id', 'uuid']).where('uuid', 'in', slot('uuids')),
);

const directsOf = createStatement((tx, slot: Slots<{ pairs: readonly (readonly [low: number, high: number])[] }>) =>
  tx.db
    .selectFrom('Conversation')
    .select(['id', 'uuid', 'lowUserId', 'highUserId'])
    .where(slot.oneOf(['lowUserId', 'highUserId'], 'pairs')),
);

/** Reads where messages go. A group is found for its members only: nobody else can make a transaction wait for its log. */
async function lookUp(tx: Tx, sends: readonly Send[]): Promise<Map<Send, Target | AppError>> {
  const senders = [...new Set(sends.map(({ viewer }) => viewer.userId))];
  const conversations = new Map<string, Target>();
  const uuids = new Set(sends.flatMap(({ message: { to } }) => ('conversationUuid' in to ? [to.conversationUuid] : [])));
  if (uuids.size > 0) {
    const rows = await conversationsOf(tx, { senders, uuids: [...uuids] });
    for (const row of rows) conversations.set(`${row.userId} ${row.uuid}`, { id: row.id, uuid: row.uuid, people: peopleOf(row) });
  }
  const users = new Map<string, number>();
  const named = new Set(sends.flatMap(({ message: { to } }) => ('userUuid' in to ? [to.userUuid] : [])));
  if (named.size > 0) {
    const rows = await usersNamed(tx, { uuids: [...named] });
    for (const { id, uuid } of rows) users.set(uuid, id);
  }
  const pairOf = ({ viewer, message: { to } }: Send): readonly [number, number] | null => {
    const peerId = 'userUuid' in to ? users.get(to.userUuid) : undefined;
    return peerId === undefined ? null : [Math.min(viewer.userId, peerId), Math.max(viewer.userId, peerId)];
  };
  const pairs = sends.map(pairOf).filter((pair) => pair !== null);
  const directs = new Map<string, Target>();
  if (pairs.length > 0) {
    const rows = await directsOf(tx, { pairs });
    for (const row of rows) directs.set(`${row.lowUserId} ${row.highUserId}`, { id: row.id, uuid: row.uuid, people: peopleOf(row) });
  }
  const targetOf = (send: Send): Target | AppError => {
    const { to } = send.message;
    if ('conversationUuid' in to) return conversations.get(`${send.viewer.userId} ${to.conversationUuid}`) ?? notFound();
    const people = pairOf(send);
    if (people === null) return notFound();
    if (people[0] === people[1]) return badInput('to', { zh: '不能给自己发消息', en: 'Choose somebody else: nobody writes to themselves' });
    return directs.get(people.join(' ')) ?? { id: null, uuid: uuidv7(), people };
  };
  return new Map(sends.map((send) => [send, targetOf(send)]));
}

function peopleOf({ lowUserId, highUserId }: { readonly lowUserId: number | null; readonly highUserId: number | null }): Target['people'] {
  return lowUserId === null || highUserId === null ? null : [lowUserId, highUserId];
}

function wayOf({ viewer }: Send, [low, high]: readonly [number, number]) {
  return { senderId: viewer.userId, recipientId: low === viewer.userId ? high : low };
}

/** Locks what these sends need and reads what decides about them. Of those whose logs are not held by then it says nothing true. */
async function readFacts(
  writer: LogWriter,
  permissions: PermissionService,
  placed: readonly Placed[],
  { ids, onlyFree }: { readonly ids: readonly number[]; readonly onlyFree: boolean },
): Promise<Facts> {
  const directs = placed.flatMap(({ send, target }) => (target.people === null ? [] : [wayOf(send, target.people)]));
  const [rows, seen, ...found] = await writer.lockAndRead(ids, { onlyFree }, [...factsQueries(writer, placed), ...permissions.judgeQueries(writer, directs)]);
  const uuids = new Map(placed.map(({ target }) => [target.id, target.uuid]));
  const seats: Map<string, { mutedUntil: number | null; now: number }> = new Map();
  const firsts: Facts['firsts'] = new Map();
  for (const { userId, logId, mutedUntil, uuid, now } of rows)
    if (uuid === uuids.get(logId)) seats.set(seatKey(userId, logId), { mutedUntil, now: Number(now) });
  if (seen.length > 0) {
    const keys = seen.map(({ senderId, clientKey }) => [senderId, clientKey] as const);
    for (const row of await messagesSeen(writer, { keys }))
      firsts.set(firstKey(row.senderId ?? 0, row.clientKey ?? ''), {
        conversationId: row.conversationId,
        contentHash: row.contentHash,
        answer: { message: row },
      });
  }
  return { seats, firsts, judge: permissions.judgeOf(...found) };
}

// Under the lock: a removal, the dissolving or a muting that has answered is in force.
const seatsOf = createStatement((tx, slot: Slots<{ seats: readonly (readonly [userId: number, logId: number])[] }>) =>
  tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', (join) => join.onRef('c.id', '=', 'm.logId').on('c.dissolvedAt', 'is', null))
    .select(['m.userId', 'm.logId', 'm.mutedUntil', 'c.uuid', tx.dialect.now.as('now')])
    .where('m.active', '=', 1)
    .where(slot.oneOf(['m.userId', 'm.logId'], 'seats')),
);

type SentKeys = Slots<{ keys: readonly (readonly [senderId: number | null, clientKey: string | null])[] }>;

const seenOf = createStatement((tx, slot: SentKeys) =>
  tx.db
    .selectFrom('Message')
    .select(['senderId', 'clientKey'])
    .where(slot.oneOf(['senderId', 'clientKey'], 'keys')),
);

const messagesSeen = createStatement((tx, slot: SentKeys) => selectMessages(tx).where(slot.oneOf(['x.senderId', 'x.clientKey'], 'keys')));

/** The places of senders in their conversations, and which of their clientIds were seen before. */
function factsQueries(tx: Tx, placed: readonly Placed[]) {
  const seats = placed.flatMap(({ send, target }) => (target.id === null ? [] : [[send.viewer.userId, target.id] as const]));
  const keys = placed.map(({ send }) => [send.viewer.userId, send.clientKey] as const);
  return [seats.length === 0 ? null : seatsOf.of(tx, { seats }), keys.length === 0 ? null : seenOf.of(tx, { keys })] as const;
}

/** Whether a message may be written. Gives the first one for a clientId that was seen before; throws the reason of a refusal. */
async function decide(tx: Tx, facts: Facts, send: Send, target: Target): Promise<Accepted | { readonly message: MessageView }> {
  const { viewer, message } = send;
  const seat = target.id === null ? null : facts.seats.get(seatKey(viewer.userId, target.id));
  if (seat === undefined) throw notFound();
  // Looked up before the policy: a send that was answered once is answered again, whatever has changed since.
  const first = facts.firsts.get(firstKey(viewer.userId, send.clientKey));
  if (first) {
    if (first.conversationId === target.id && send.fingerprint.fits(first.contentHash)) return first.answer;
    throw new AppError(
      'CONFLICT',
      { field: 'clientId' },
      { zh: '这个 clientId 已用于另一条消息，请换一个', en: 'This clientId was used for another message: make a new one' },
    );
  }
  if (seat !== null) refuseMuted(seat.mutedUntil, seat.now);
  const peerId = target.people === null ? null : wayOf(send, target.people).recipientId;
  if (target.people !== null) facts.judge.require(wayOf(send, target.people));
  const replyToSeq = message.replyTo && (await requireReply(tx, viewer, target.id, message.replyTo));
  const place = target.id === null ? { conversationId: null, peerId: peerId ?? viewer.userId } : { conversationId: target.id, peerId };
  const mentioned = await requireMentions(tx, viewer, place, message.mentions);
  return { send, target, replyToSeq, mentioned, carried: await send.carrying.carry(tx), message: null };
}

async function requireReply(tx: Tx, viewer: Viewer, conversationId: number | null, key: MessageKey): Promise<number> {
  const message = await findMessage(tx, viewer, key);
  if (!message || message.conversationId !== conversationId) throw new AppError('NOT_FOUND', { field: 'replyTo' });
  return message.seq;
}

/** Writes what was accepted, in its order. */
async function writeAccepted(writer: LogWriter, accepted: readonly Accepted[]): Promise<void> {
  if (accepted.length === 0) return;
  const messages: MessageView[] = [];
  const marks = new Map<
    string,
    { readonly key: { readonly userId: number; readonly logId: number }; set: { readSeq: number; shownSeq: null }; add: { sentCount: number } }
  >();
  for (const item of accepted) {
    const { send, target, carried } = item;
    const { userId } = send.viewer;
    const conversationId = target.id ?? (await createDirect(writer, target.uuid, ...requirePair(target)));
    const { now } = await writer.stamp();
    const seq = writer.nextSeq(conversationId);
    item.message = {
      conversationId,
      conversationUuid: target.uuid,
      seq,
      rev: writer.append(conversationId, { kind: 'SENT', seq }, target.people),
      senderId: userId,
      clientId: send.message.clientId,
      clientKey: send.clientKey,
      contentHash: send.fingerprint.kept,
      ...columnsOf(carried.content),
      forwardedFromId: carried.forwardedFromId,
      editedAt: null,
      mentionsEveryone: send.message.mentions.everyone ? 1 : 0,
      replyToSeq: item.replyToSeq,
      createdAt: now,
      recalledAt: null,
    };
    messages.push(item.message);
    const key = seatKey(userId, conversationId);
    const sentCount = (marks.get(key)?.add.sentCount ?? 0) + 1;
    marks.set(key, { key: { userId, logId: conversationId }, set: { readSeq: seq, shownSeq: null }, add: { sentCount } });
  }
  writer.later([
    ...insertionsOf(
      writer,
      'Message',
      messages.map(({ conversationUuid: _, ...row }) => row),
    ),
    ...updatesOf(writer, 'Member', [...marks.values()]),
  ]);
  for (const { message, mentioned, send } of accepted) if (message) await writeMentions(writer, message, mentioned, send.message.mentions.everyone);
}

function requirePair({ people }: Target): [number, number] {
  if (people === null) throw new Error('only a DIRECT conversation is made by a message');
  return [...people];
}
