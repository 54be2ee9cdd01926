import { v7 as uuidv7 } from 'uuid';
import { AppError, badInput } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';

/** To whom: the uuid of a user or of a conversation. */
export type Recipient = { readonly userUuid: string } | { readonly conversationUuid: string };

/** Who sends something, and to whom. */
export interface Addressed {
  readonly viewer: Viewer;
  readonly message: { readonly to: Recipient };
}

/** Where a message goes: a conversation, or two people who have none yet (`id` is null). */
export interface Target {
  readonly id: number | null;
  /** Of a conversation that has to be made: the one that it will have. */
  readonly uuid: string;
  /** Both people of a DIRECT conversation; null for a group. */
  readonly people: readonly [number, number] | null;
}

/** The answer for a recipient that is not there, or not for the sender to see. */
export const notFound = () => new AppError('NOT_FOUND', { field: 'to' });

/**
 * Where people have written, by the person and the name that they gave the conversation: somebody else is not to come to its lock by that. What is
 * kept never changes; who may write there is asked each time.
 */
export type Known = Map<string, Target>;

/** How many conversations are remembered. */
const knownAtMost = 50_000;

/** Under which name a conversation is remembered. */
function memoryOf({ viewer, message: { to } }: Addressed): string {
  return `${viewer.userId} ${'conversationUuid' in to ? to.conversationUuid : to.userUuid}`;
}

/** Where each message goes, or why it cannot: as it is before the locks are taken. */
export async function findTargets(tx: Tx, known: Known, sends: readonly Addressed[]): Promise<(Target | AppError)[]> {
  const unknown = sends.filter((send) => !known.has(memoryOf(send)));
  const found = unknown.length === 0 ? new Map<Addressed, Target | AppError>() : await lookUp(tx, unknown);
  for (const [send, target] of found) {
    if (target instanceof AppError || target.id === null) continue;
    known.set(memoryOf(send), target);
    const [oldest] = known.keys();
    if (known.size > knownAtMost && oldest !== undefined) known.delete(oldest);
  }
  return sends.map((send) => found.get(send) ?? known.get(memoryOf(send)) ?? notFound());
}

/** Looks anew where this goes, the next time. */
export function forget(known: Known, send: Addressed): void {
  known.delete(memoryOf(send));
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
async function lookUp(tx: Tx, sends: readonly Addressed[]): Promise<Map<Addressed, Target | AppError>> {
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
  const pairOf = ({ viewer, message: { to } }: Addressed): readonly [number, number] | null => {
    const peerId = 'userUuid' in to ? users.get(to.userUuid) : undefined;
    return peerId === undefined ? null : [Math.min(viewer.userId, peerId), Math.max(viewer.userId, peerId)];
  };
  const pairs = sends.map(pairOf).filter((pair) => pair !== null);
  const directs = new Map<string, Target>();
  if (pairs.length > 0) {
    const rows = await directsOf(tx, { pairs });
    for (const row of rows) directs.set(`${row.lowUserId} ${row.highUserId}`, { id: row.id, uuid: row.uuid, people: peopleOf(row) });
  }
  const targetOf = (send: Addressed): Target | AppError => {
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
