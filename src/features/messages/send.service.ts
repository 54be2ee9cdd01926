import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { insertionsOf, updatesOf } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import type { Fingerprint, Fingerprints } from '../../platform/fingerprints.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { PermissionService, SendJudge } from '../contacts/permission.service.ts';
import { columnsOf } from '../contents/contents.service.ts';
import type { ConversationKind } from '../conversations/conversation.entity.ts';
import { refuseReadOnly } from '../conversations/conversation.policy.ts';
import { createDirect } from '../conversations/conversation.service.ts';
import { refuseMuted } from '../conversations/member.policy.ts';
import { filesById, freeFilesById, type LockedFiles, usesOf } from '../files/file-use.service.ts';
import type { LogWriter } from '../log/log.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import { requireEnabled, usersById } from '../users/user.service.ts';
import { type Carried, type Carrying, type NewContent, takeCarried } from './carried.service.ts';
import { findCarriedFiles } from './carried-files.service.ts';
import { type NewMentions, requireMentions, writeMentions } from './mention.service.ts';
import { findMessage, type MessageKey, type MessageView, selectMessages } from './message-view.service.ts';
import type { Outcome, QueueRules, Written } from './send-queue.service.ts';
import { findTargets, forget, type Known, notFound, type Recipient, type Target } from './target.service.ts';
import { type Payment, type Toll, unpaid, unpaidOf } from './toll.service.ts';

/** What is sent. */
export interface NewMessage {
  readonly to: Recipient;
  readonly clientId: string;
  readonly content: NewContent;
  readonly replyTo: MessageKey | null;
  readonly mentions: NewMentions;
  /** Whether the sender is asked for with the message: then that is read in the same transaction. */
  readonly withSender?: boolean;
}

/** A message on its way, with what is known of it before the tables are asked. */
export interface Send {
  readonly viewer: Viewer;
  readonly message: NewMessage;
  readonly clientKey: string;
  /** Of what is sent: a repeated send is known by it even after a recall. */
  readonly fingerprint: Fingerprint;
  readonly carrying: Carrying;
  readonly payment: Payment;
}

/** Throws `BAD_USER_INPUT` for a content that is none. */
export function prepareSend(viewer: Viewer, message: NewMessage, fingerprints: Fingerprints): Send {
  const { content, mentions } = message;
  const carrying = takeCarried(viewer, content);
  const clientKey = message.clientId.toLowerCase();
  const named = mentions.everyone || mentions.people.length > 0 ? [[...new Set(mentions.people)].sort(), mentions.everyone] : [];
  // The clientId is in it as a salt, so that equal texts have different ones. What a message has beyond content and reply is left out where there is
  // nothing, so that what was sent before there was more keeps its own.
  const fingerprint = fingerprints.of([clientKey, carrying.mark, message.replyTo, ...named]);
  return { viewer, message, clientKey, fingerprint, carrying, payment: unpaid };
}

/** A message that may be written. */
interface Accepted {
  readonly send: Send;
  readonly target: Target;
  readonly replyToSeq: number | null;
  readonly mentioned: readonly number[];
  readonly carried: Carried;
  readonly used: readonly Toll[];
  /** The first one of the sender in a DIRECT conversation. */
  readonly isFirst: boolean;
  /** Set when it is written. */
  message: MessageView | null;
}

/** A message by its clientId: written before, or accepted in this transaction. */
interface First {
  readonly conversationId: number | null;
  readonly contentHash: string | null;
  readonly answer: Accepted | Written;
}

/** A sender's place in a conversation. */
interface Seat {
  readonly kind: ConversationKind;
  readonly enabled: UserRow['enabled'];
  readonly mutedUntil: number | null;
  readonly sentCount: number;
  readonly now: number;
}

/** What decides about sends, read under their locks. */
interface Facts {
  readonly seats: ReadonlyMap<string, Seat>;
  readonly firsts: Map<string, First>;
  readonly files: LockedFiles;
  /** Those of the senders who are asked for. */
  readonly people: ReadonlyMap<number, UserRow>;
  readonly judge: SendJudge;
}

const seatKey = (userId: number, logId: number) => `${userId}:${logId}`;
const firstKey = (senderId: number, clientKey: string) => `${senderId}:${clientKey}`;

/**
 * Writes sends, in their order, and gives what became of each: a refusal is the matter of that one. With `waits` the writer waits for the logs
 * that others hold, and a send that comes alone may make its conversation. Throws only what makes the whole transaction fail.
 */
export type WriteSends = (writer: LogWriter, sends: readonly Send[], waits: boolean) => Promise<Outcome[]>;

/** Makes the one writer of sends. `counting`: whether messages to strangers owe anything. `onFirst` is told of the first one of somebody in a DIRECT conversation. */
export function createSendWriter(permissions: PermissionService, counting: boolean, onFirst: (writer: LogWriter, senderId: number) => void): WriteSends {
  const known: Known = new Map();
  return (writer, sends, waits) => writeSends(writer, { permissions, known, counting, onFirst }, sends, waits);
}

interface Parts {
  readonly permissions: PermissionService;
  readonly known: Known;
  readonly onFirst: (writer: LogWriter, senderId: number) => void;
  readonly counting: boolean;
}

/** How the queue gathers sends of people: their own log is locked with each. */
export const sendRules: QueueRules<Send> = {
  queues: { line: 'sends', held: 'held sends' },
  senderOf: ({ viewer }) => viewer.userId,
  laneOf: ({ viewer, message: { to } }) => ('conversationUuid' in to ? to.conversationUuid : `${viewer.userId} ${to.userUuid}`),
  markOf: ({ viewer }) => `user ${viewer.userId}`,
  charactersOf: ({ carrying }) => carrying.characters,
};

/** A send that goes somewhere. */
interface Placed {
  readonly send: Send;
  readonly target: Target;
}

async function writeSends(writer: LogWriter, { permissions, known, counting, onFirst }: Parts, sends: readonly Send[], waits: boolean): Promise<Outcome[]> {
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
  const carried = await findCarriedFiles(
    writer,
    placed.map(({ send }) => send),
  );
  const locks = { ids: placed.flatMap(logsOf), fileIds: [...new Set([...carried.values()].flat())], onlyFree: !waits };
  const facts = await readFacts(writer, permissions, placed, locks);
  const held = new Set([...facts.files.values()].map(({ id }) => id));
  const holdsFiles = ({ send }: Placed) => waits || (carried.get(send) ?? []).every((id) => held.has(id));
  const tried = placed.filter((item) => writer.holds(logsOf(item)) && holdsFiles(item));
  const accepted: Accepted[] = [];
  for (const { send, target, index } of tried) {
    try {
      const decided = await decide(writer, facts, send, target, counting);
      outcomes[index] = decided;
      if (!('send' in decided) || decided.send !== send) continue;
      accepted.push(decided);
      // From here on it counts for those after it.
      facts.firsts.set(firstKey(send.viewer.userId, send.clientKey), { conversationId: target.id, contentHash: send.fingerprint.kept, answer: decided });
      if (target.people !== null) facts.judge.count(wayOf(send, target.people));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // Whoever is no member any more looks anew the next time, and does not come to the lock again.
      if (error.code === 'NOT_FOUND') forget(known, send);
      outcomes[index] = { refusal: error };
    }
  }
  await writeAccepted(writer, accepted, onFirst);
  return outcomes.map((outcome, index) => {
    if (typeof outcome === 'string' || (outcome && !('message' in outcome))) return outcome;
    if (!outcome || outcome.message === null) throw new Error('a message was accepted and not written');
    // The same message twice in one transaction: only one was paid for.
    const { message } = outcome;
    const sender = facts.people.get(message.senderId ?? 0);
    return { message: sender ? { ...message, sender } : message, used: 'send' in outcome && outcome.send !== sends[index] ? [] : outcome.used };
  });
}

function wayOf({ viewer }: Send, [low, high]: readonly [number, number]) {
  return { senderId: viewer.userId, recipientId: low === viewer.userId ? high : low };
}

/** Locks what these sends need and reads what decides about them. Of those whose logs are not held by then it says nothing true. */
async function readFacts(
  writer: LogWriter,
  permissions: PermissionService,
  placed: readonly Placed[],
  { ids, fileIds, onlyFree }: { readonly ids: readonly number[]; readonly fileIds: readonly number[]; readonly onlyFree: boolean },
): Promise<Facts> {
  const directs = placed.flatMap(({ send, target }) => (target.people === null ? [] : [wayOf(send, target.people)]));
  const files = fileIds.length === 0 ? null : (onlyFree ? freeFilesById : filesById).of(writer, { ids: fileIds });
  const queries = [files, askedFor(writer, placed), ...factsQueries(writer, placed), ...permissions.judgeQueries(writer, directs)] as const;
  const [locked, people, rows, seen, ...found] = await writer.lockAndRead(ids, { onlyFree }, queries);
  const uuids = new Map(placed.map(({ target }) => [target.id, target.uuid]));
  const seats: Map<string, Seat> = new Map();
  const firsts: Facts['firsts'] = new Map();
  for (const { userId, logId, uuid, now, ...seat } of rows) if (uuid === uuids.get(logId)) seats.set(seatKey(userId, logId), { ...seat, now: Number(now) });
  if (seen.length > 0) {
    const keys = seen.map(({ senderId, clientKey }) => [senderId, clientKey] as const);
    for (const row of await messagesSeen(writer, { keys }))
      firsts.set(firstKey(row.senderId ?? 0, row.clientKey ?? ''), {
        conversationId: row.conversationId,
        contentHash: row.contentHash,
        answer: { message: row, used: [] },
      });
  }
  return {
    seats,
    firsts,
    files: new Map(locked.map((row) => [row.uuid, row])),
    people: new Map(people.map((row) => [row.id, row])),
    judge: permissions.judgeOf(...found),
  };
}

// Under the lock: a removal, the dissolving, a muting or a disabling that has answered is in force.
const seatsOf = createStatement((tx, slot: Slots<{ seats: readonly (readonly [userId: number, logId: number])[] }>) =>
  tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', (join) => join.onRef('c.id', '=', 'm.logId').on('c.dissolvedAt', 'is', null))
    .innerJoin('User as u', 'u.id', 'm.userId')
    .select(['m.userId', 'm.logId', 'm.mutedUntil', 'm.sentCount', 'u.enabled', 'c.uuid', 'c.kind', tx.dialect.now.as('now')])
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

/** Who of the senders is asked for with what they send. */
function askedFor(tx: Tx, placed: readonly Placed[]) {
  const ids = [...new Set(placed.flatMap(({ send }) => (send.message.withSender ? [send.viewer.userId] : [])))];
  return ids.length === 0 ? null : usersById.of(tx, { ids });
}

/** The places of senders in their conversations, and which of their clientIds were seen before. */
function factsQueries(tx: Tx, placed: readonly Placed[]) {
  const seats = placed.flatMap(({ send, target }) => (target.id === null ? [] : [[send.viewer.userId, target.id] as const]));
  const keys = placed.map(({ send }) => [send.viewer.userId, send.clientKey] as const);
  return [seats.length === 0 ? null : seatsOf.of(tx, { seats }), keys.length === 0 ? null : seenOf.of(tx, { keys })] as const;
}

/** Whether a message may be written. Gives the first one for a clientId that was seen before, and what is owed first; throws the reason of a refusal. */
async function decide(tx: Tx, facts: Facts, send: Send, target: Target, counting: boolean): Promise<Accepted | Written | { readonly owed: readonly Toll[] }> {
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
  if (seat !== null) {
    requireEnabled(seat);
    refuseReadOnly(seat.kind);
    refuseMuted(seat.mutedUntil, seat.now);
  }
  const peerId = target.people === null ? null : wayOf(send, target.people).recipientId;
  if (target.people !== null) facts.judge.require(wayOf(send, target.people));
  const replyToSeq = message.replyTo && (await requireReply(tx, viewer, target.id, message.replyTo));
  const place = target.id === null ? { conversationId: null, peerId: peerId ?? viewer.userId } : { conversationId: target.id, peerId };
  const mentioned = await requireMentions(tx, viewer, place, message.mentions);
  // Before anything is carried: what is not written now leaves nothing behind.
  const used = counting && target.people !== null ? tollsOf(facts.judge, wayOf(send, target.people), target.id === null) : [];
  if (unpaidOf(send.payment, used).length > 0) {
    if (send.payment.refusal !== null) throw send.payment.refusal;
    return { owed: used };
  }
  const isFirst = target.people !== null && (seat === null || seat.sentCount === 0);
  return { send, target, replyToSeq, mentioned, carried: await send.carrying.carry(tx, facts.files), used, isFirst, message: null };
}

/** What a message takes because it goes to a stranger: of the sender, or of the sender for that one person. */
function tollsOf(judge: SendJudge, way: ReturnType<typeof wayOf>, begins: boolean): readonly Toll[] {
  const { senderId, recipientId } = way;
  return judge.buckets(way, begins).map((bucket) => ({ bucket, key: bucket === 'unansweredSend' ? [`${senderId}`, `${recipientId}`] : senderId }));
}

async function requireReply(tx: Tx, viewer: Viewer, conversationId: number | null, key: MessageKey): Promise<number> {
  const message = await findMessage(tx, viewer, key);
  if (!message || message.conversationId !== conversationId) throw new AppError('NOT_FOUND', { field: 'replyTo' });
  return message.seq;
}

/** Writes what was accepted, in its order. */
async function writeAccepted(writer: LogWriter, accepted: readonly Accepted[], onFirst: Parts['onFirst']): Promise<void> {
  if (accepted.length === 0) return;
  const messages: MessageView[] = [];
  const uses: ReturnType<typeof usesOf> = [];
  const marks = new Map<
    string,
    { readonly key: { readonly userId: number; readonly logId: number }; set: { readSeq: number; shownSeq: null }; add: { sentCount: number } }
  >();
  for (const item of accepted) {
    const { send, target, carried } = item;
    const { userId } = send.viewer;
    if (item.isFirst) onFirst(writer, userId);
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
      actedById: send.viewer.actedBy?.keyId ?? null,
    };
    messages.push(item.message);
    writer.tell(conversationId, item.message);
    uses.push(...usesOf({ logId: conversationId, seq }, carried.files));
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
    ...insertionsOf(writer, 'FileUse', uses),
    ...updatesOf(writer, 'Member', [...marks.values()]),
  ]);
  for (const { message, mentioned, send } of accepted) if (message) await writeMentions(writer, message, mentioned, send.message.mentions.everyone);
}

function requirePair({ people }: Target): [number, number] {
  if (people === null) throw new Error('only a DIRECT conversation is made by a message');
  return [...people];
}
