import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { ConversationKind } from '../conversations/conversation.entity.ts';

/** To whom a notice goes: a person, whose SYSTEM conversation it is for, or a conversation by its uuid. */
export type NoticeAddress = { readonly personId: number } | { readonly conversationUuid: string };

/** Where a notice goes: a conversation, or somebody who has no SYSTEM one yet (`id` is null). */
export interface NoticePlace {
  readonly id: number | null;
  /** Of a conversation that has to be made: the one that it will have. */
  readonly uuid: string;
  readonly kind: ConversationKind;
  /** Whose SYSTEM conversation it is; null for every other. */
  readonly personId: number | null;
  /** As for `LogWriter.append`. */
  readonly audience: readonly number[] | null;
}

/** The answer for a recipient that is not there. */
export const noSuchPlace = () => new AppError('NOT_FOUND', { field: 'to' });

/** Where each of these goes, or null where there is no such conversation: as it is before the locks are taken. */
export async function findPlaces(tx: Tx, addresses: readonly NoticeAddress[]): Promise<(NoticePlace | null)[]> {
  const ids = new Set(addresses.flatMap((to) => ('personId' in to ? [to.personId] : [])));
  const uuids = new Set(addresses.flatMap((to) => ('conversationUuid' in to ? [to.conversationUuid] : [])));
  const ofPeople = new Map((await systemOf(tx, { ids: [...ids] })).map(({ userId, id, uuid }) => [userId, systemPlace(userId, id, uuid)]));
  const named = new Map((await conversationsNamed(tx, { uuids: [...uuids] })).map((row) => [row.uuid, placeOf(row)]));
  return addresses.map((to) => {
    if ('conversationUuid' in to) return named.get(to.conversationUuid) ?? null;
    const place = ofPeople.get(to.personId) ?? systemPlace(to.personId, null, uuidv7());
    // The same for all that go to this person.
    ofPeople.set(to.personId, place);
    return place;
  });
}

function systemPlace(personId: number, id: number | null, uuid: string): NoticePlace {
  return { id, uuid, kind: 'SYSTEM', personId, audience: [personId] };
}

function placeOf(row: {
  readonly id: number;
  readonly uuid: string;
  readonly kind: ConversationKind;
  readonly lowUserId: number | null;
  readonly highUserId: number | null;
  readonly userId: number | null;
}): NoticePlace {
  const { id, uuid, kind, lowUserId, highUserId, userId } = row;
  if (userId !== null) return systemPlace(userId, id, uuid);
  return { id, uuid, kind, personId: null, audience: lowUserId === null || highUserId === null ? null : [lowUserId, highUserId] };
}

const systemOf = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db
    .selectFrom('SystemConversation as s')
    .innerJoin('Conversation as c', 'c.id', 's.conversationId')
    .select(['s.userId', 'c.id', 'c.uuid'])
    .where('s.userId', 'in', slot('ids')),
);

// The one member of a SYSTEM conversation is whose it is.
const conversationsNamed = createStatement((tx, slot: Slots<{ uuids: readonly string[] }>) =>
  tx.db
    .selectFrom('Conversation as c')
    .leftJoin('Member as m', (join) => join.onRef('m.logId', '=', 'c.id').on('c.kind', '=', 'SYSTEM'))
    .select(['c.id', 'c.uuid', 'c.kind', 'c.lowUserId', 'c.highUserId', 'm.userId'])
    .where('c.uuid', 'in', slot('uuids'))
    .where('c.dissolvedAt', 'is', null),
);
