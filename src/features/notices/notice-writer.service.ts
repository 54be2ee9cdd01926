import { AppError } from '../../kernel/errors.ts';
import { insertionsOf } from '../../platform/bulk.ts';
import type { Fingerprint } from '../../platform/fingerprints.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { Content } from '../contents/content.service.ts';
import { columnsOf } from '../contents/contents.service.ts';
import { newMember } from '../conversations/conversation.service.ts';
import type { LogWriter } from '../log/log.service.ts';
import { type MessageView, messagesAt } from '../messages/message-view.service.ts';
import type { Outcome, QueueRules } from '../messages/send-queue.service.ts';
import { type Payment, type Toll, unpaidOf } from '../messages/toll.service.ts';
import { findPlaces, type NoticeAddress, type NoticePlace, noSuchPlace } from './notice-place.service.ts';

/** A notice of a server of the operator's on its way. */
export interface ServerNotice {
  /** The numeric id of the key that sends it. */
  readonly keyId: number;
  readonly to: NoticeAddress;
  readonly clientId: string;
  readonly clientKey: string;
  readonly content: Content;
  readonly fingerprint: Fingerprint;
  readonly characters: number;
  readonly payment: Payment;
}

/** How the queue gathers notices. Keys take turns; the same notice twice is never in two transactions of this node. */
export const noticeRules: QueueRules<ServerNotice> = {
  queues: { line: 'notices', held: 'held notices' },
  senderOf: ({ keyId }) => keyId,
  laneOf: ({ to }) => ('personId' in to ? `person ${to.personId}` : to.conversationUuid),
  markOf: ({ clientKey }) => `notice ${clientKey}`,
  charactersOf: ({ characters }) => characters,
};

/** What is taken for a notice that goes to somebody's SYSTEM conversation. */
export function tollsOf(personId: number | null): readonly Toll[] {
  return personId === null ? [] : [{ bucket: 'noticeOfPerson', key: personId }];
}

/** A notice that goes somewhere. */
interface Placed {
  readonly notice: ServerNotice;
  readonly place: NoticePlace;
  readonly index: number;
}

/** A notice that may be written. */
interface Accepted {
  readonly notice: ServerNotice;
  readonly place: NoticePlace;
  readonly used: readonly Toll[];
  /** Set when it is written. */
  message: MessageView | null;
}

/** A notice by its clientId: sent before, or accepted in this transaction. */
interface First {
  /** Null: the SYSTEM conversation that is made in this transaction, of `personId`. */
  readonly conversationId: number | null;
  readonly personId: number | null;
  readonly fingerprint: string;
  readonly answer: Accepted | { readonly message: MessageView; readonly used: readonly Toll[] };
}

/** What decides about notices, read under their locks. */
interface Facts {
  /** The conversations that are there. */
  readonly conversations: ReadonlySet<number>;
  /** Whether people are enabled. Whoever is gone is not among them. */
  readonly people: ReadonlyMap<number, boolean>;
  /** Who has a SYSTEM conversation. */
  readonly haveOne: ReadonlySet<number>;
  readonly firsts: Map<string, First>;
}

/**
 * Writes notices, in their order, and gives what became of each, as `WriteSends` does for people's messages; a person's SYSTEM conversation is made with
 * its first one. Of those with the same clientId in two transactions the second one fails as a duplicate, and is to be tried again.
 */
export async function writeNotices(writer: LogWriter, notices: readonly ServerNotice[], waits: boolean, counting: boolean): Promise<Outcome[]> {
  let places = await findPlaces(
    writer,
    notices.map(({ to }) => to),
  );
  const beginning = places.flatMap((place) => (place !== null && place.id === null && place.personId !== null ? [place.personId] : []));
  if (waits && beginning.length > 0) {
    // Looked for again under the person's lock: another notice may have made it meanwhile. Its log is younger than theirs, so the order of locks holds;
    // what waits together goes to the same one.
    await writer.lock(beginning);
    places = await findPlaces(
      writer,
      notices.map(({ to }) => to),
    );
  }
  const placed: Placed[] = notices.flatMap((notice, index) => {
    const place = places[index];
    return place ? [{ notice, place, index }] : [];
  });
  const facts = await readFacts(writer, placed, !waits);
  const outcomes: (Outcome | Accepted)[] = places.map((place) => (place === null ? { refusal: noSuchPlace() } : 'BUSY'));
  const accepted: Accepted[] = [];
  for (const { notice, place, index } of placed) {
    // Nobody holds what is not there any more: whoever has waited for it knows that.
    if (!writer.holds([logOf(place)]) && !waits) continue;
    // Made while nobody held the person's log: it is found the next time.
    if (place.id === null && place.personId !== null && facts.haveOne.has(place.personId)) continue;
    try {
      const decided = decide(facts, notice, place, counting);
      outcomes[index] = decided;
      if (!('notice' in decided) || decided.notice !== notice) continue;
      accepted.push(decided);
      const { kept: fingerprint } = notice.fingerprint;
      facts.firsts.set(notice.clientKey, { conversationId: place.id, personId: place.personId, fingerprint, answer: decided });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      outcomes[index] = { refusal: error };
    }
  }
  await writeAccepted(writer, accepted);
  return outcomes.map((outcome, index) => {
    if (typeof outcome === 'string' || !('message' in outcome)) return outcome;
    if (outcome.message === null) throw new Error('a notice was accepted and not written');
    // The same one twice in one transaction: only one was paid for.
    return { message: outcome.message, used: 'notice' in outcome && outcome.notice !== notices[index] ? [] : outcome.used };
  });
}

/** The log that decides: the conversation's, or the person's own where that is made. */
function logOf({ id, personId }: NoticePlace): number {
  return id ?? personId ?? 0;
}

/** Locks what these notices need and reads what decides about them. Of those whose logs are not held by then it says nothing true. */
async function readFacts(writer: LogWriter, placed: readonly Placed[], onlyFree: boolean): Promise<Facts> {
  const each = <T>(values: readonly T[]) => [...new Set(values)];
  const ids = each(placed.flatMap(({ place: { id } }) => id ?? []));
  const people = each(placed.flatMap(({ place: { personId } }) => personId ?? []));
  const beginning = each(placed.flatMap(({ place: { id, personId } }) => (id === null ? (personId ?? []) : [])));
  const keys = each(placed.map(({ notice }) => notice.clientKey));
  const queries = [
    ids.length === 0 ? null : thereOf.of(writer, { ids }),
    people.length === 0 ? null : peopleOf.of(writer, { ids: people }),
    beginning.length === 0 ? null : ownersOf.of(writer, { ids: beginning }),
    keys.length === 0 ? null : sentOf.of(writer, { keys }),
  ] as const;
  const [there, persons, owners, sent] = await writer.lockAndRead(
    placed.map(({ place }) => logOf(place)),
    { onlyFree },
    queries,
  );
  const messages = new Map((await messagesAt(writer, sent)).map((message) => [`${message.conversationId} ${message.seq}`, message]));
  const firsts = sent.flatMap(({ clientKey, conversationId, seq, fingerprint }): [string, First][] => {
    const message = messages.get(`${conversationId} ${seq}`);
    return message ? [[clientKey, { conversationId, personId: null, fingerprint, answer: { message, used: [] } }]] : [];
  });
  return {
    conversations: new Set(there.map(({ id }) => id)),
    people: new Map(persons.map(({ id, enabled }) => [id, enabled === 1])),
    haveOne: new Set(owners.map(({ userId }) => userId)),
    firsts: new Map(firsts),
  };
}

type Ids = Slots<{ ids: readonly number[] }>;

// Under the lock: the dissolving of a group that has answered is in force.
const thereOf = createStatement((tx, slot: Ids) =>
  tx.db.selectFrom('Conversation').select('id').where('id', 'in', slot('ids')).where('dissolvedAt', 'is', null),
);

// Locked, so that whoever is disabled in a transaction that has answered is seen, and nobody before this one has.
const peopleOf = createStatement((tx, slot: Ids) =>
  tx.db.selectFrom('User').select(['id', 'enabled']).where('id', 'in', slot('ids')).modifyEnd(tx.dialect.forShare),
);

const ownersOf = createStatement((tx, slot: Ids) => tx.db.selectFrom('SystemConversation').select('userId').where('userId', 'in', slot('ids')));

const sentOf = createStatement((tx, slot: Slots<{ keys: readonly string[] }>) =>
  tx.db.selectFrom('SentNotice').selectAll().where('clientKey', 'in', slot('keys')),
);

/** Whether a notice may be written. Gives the first one for a clientId that was seen before, and what is owed first; throws the reason of a refusal. */
function decide(facts: Facts, notice: ServerNotice, place: NoticePlace, counting: boolean): First['answer'] | { readonly owed: readonly Toll[] } {
  const { id, personId } = place;
  if (id !== null && !facts.conversations.has(id)) throw noSuchPlace();
  // Looked up before anything can refuse it: what was answered once is answered again, whatever has changed since.
  const first = facts.firsts.get(notice.clientKey);
  if (first) {
    const isSame = id === null ? first.conversationId === null && first.personId === personId : first.conversationId === id;
    if (isSame && notice.fingerprint.fits(first.fingerprint)) return first.answer;
    throw new AppError(
      'CONFLICT',
      { field: 'clientId' },
      { zh: '这个 clientId 已用于另一条通知，请换一个', en: 'This clientId was used for another notice: make a new one' },
    );
  }
  if (personId !== null) {
    const enabled = facts.people.get(personId);
    if (enabled === undefined) throw noSuchPlace();
    if (!enabled) throw new AppError('RECIPIENT_UNAVAILABLE', { field: 'to' });
  }
  const used = counting ? tollsOf(personId) : [];
  if (unpaidOf(notice.payment, used).length > 0) {
    if (notice.payment.refusal !== null) throw notice.payment.refusal;
    return { owed: used };
  }
  return { notice, place, used, message: null };
}

/** A year in which no node of a version before runs any more. */
const longMuted = Date.UTC(9999, 11, 31);

/** Writes what was accepted, in its order, and makes the SYSTEM conversations of those who have none yet. */
async function writeAccepted(writer: LogWriter, accepted: readonly Accepted[]): Promise<void> {
  if (accepted.length === 0) return;
  const { now } = await writer.stamp();
  const made = new Map<number, { readonly id: number; readonly uuid: string }>();
  for (const { place } of accepted)
    if (place.id === null && place.personId !== null && !made.has(place.personId))
      made.set(place.personId, { id: await writer.create('SYSTEM'), uuid: place.uuid });
  for (const item of accepted) {
    const { notice, place } = item;
    const id = place.id ?? made.get(place.personId ?? 0)?.id;
    if (id === undefined) throw new Error('only a SYSTEM conversation is made by a notice');
    const seq = writer.nextSeq(id);
    item.message = {
      conversationId: id,
      conversationUuid: place.uuid,
      seq,
      rev: writer.append(id, { kind: 'SENT', seq }, place.audience),
      senderId: null,
      clientId: notice.clientId,
      // A key of sender and clientId would hold nothing where there is no sender: `SentNotice` does.
      clientKey: null,
      contentHash: null,
      ...columnsOf(notice.content),
      forwardedFromId: null,
      editedAt: null,
      mentionsEveryone: 0,
      replyToSeq: null,
      createdAt: now,
      recalledAt: null,
      actedById: notice.keyId,
    };
    writer.tell(id, item.message);
  }
  for (const [userId, { id }] of made) writer.append(userId, { kind: 'JOINED', aboutId: id, aboutRev: 1 }, [userId]);
  const newOnes = [...made].map(([userId, { id, uuid }]) => ({ userId, id, uuid }));
  const written = accepted.flatMap(({ notice, message }) => (message ? [{ notice, message }] : []));
  const sent = written.map(({ notice, message: { conversationId, seq } }) => ({
    clientKey: notice.clientKey,
    conversationId,
    seq,
    fingerprint: notice.fingerprint.kept,
  }));
  writer.later([
    // In one order for all, so that of two transactions with the same ones each never waits for the other.
    ...insertionsOf(
      writer,
      'SentNotice',
      sent.toSorted((one, other) => (one.clientKey < other.clientKey ? -1 : 1)),
    ),
    ...insertionsOf(
      writer,
      'Conversation',
      newOnes.map(({ id, uuid }) => ({ id, uuid, kind: 'SYSTEM' as const, createdAt: now })),
    ),
    ...insertionsOf(
      writer,
      'SystemConversation',
      newOnes.map(({ userId, id: conversationId }) => ({ userId, conversationId })),
    ),
    ...insertionsOf(
      writer,
      'Member',
      // A node of the version before takes it for a group: there its member is muted, so that nobody writes in it.
      newOnes.map(({ userId, id }) => ({ ...newMember, userId, logId: id, stateRev: 1, fromSeq: 1, readSeq: 0, joinedAt: now, mutedUntil: longMuted })),
    ),
    ...insertionsOf(
      writer,
      'Message',
      written.map(({ message: { conversationUuid: _, ...row } }) => row),
    ),
  ]);
}
