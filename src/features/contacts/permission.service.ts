import type { ChatsetDefault } from '../../config.ts';
import { AppError, badInput } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { judgeMessaging, type MessagingFacts, type Permission } from './contact.policy.ts';

/** Says who may write to whom: the same answer before anything is sent and under the locks of a send. */
export interface PermissionService {
  /** Whether the viewer may write to each of these users, in a constant number of queries. Every id has an answer. */
  permissionFor(tx: Tx, viewer: Viewer, recipientIds: readonly number[]): Promise<ReadonlyMap<number, Permission>>;
  /**
   * Throws the reason where the viewer may not write to the recipient, `BAD_USER_INPUT` for `to` where both are the same, and `USER_DISABLED`
   * where the viewer was disabled since the session was checked. With `lock`, what it found holds until the transaction ends, provided that the
   * caller holds the sender's own log and that of the conversation (or, where there is none yet, both own logs).
   */
  requirePermission(tx: Tx, viewer: Viewer, recipientId: number, options?: { readonly lock?: boolean }): Promise<void>;
}

/** Makes the judge; `defaults` is the chatset of users who never set one. */
export function createPermissionService(defaults: ChatsetDefault): PermissionService {
  return {
    async permissionFor(tx, viewer, recipientIds) {
      const facts = await messagingFacts(tx, viewer.userId, recipientIds);
      return new Map([...facts].map(([id, fact]) => [id, judgeMessaging(fact, defaults)]));
    },
    async requirePermission(tx, viewer, recipientId, options) {
      if (viewer.userId === recipientId) throw badInput('to', { zh: '不能给自己发消息', en: 'Choose somebody else: nobody writes to themselves' });
      const fact = (await messagingFacts(tx, viewer.userId, [recipientId], options)).get(recipientId);
      if (fact === undefined || !fact.senderEnabled) throw new AppError('USER_DISABLED');
      const permission = judgeMessaging(fact, defaults);
      if (!permission.allowed) throw new AppError(permission.reason);
    },
  };
}

/**
 * The facts about one sender and many recipients, in three queries. With `lock`, the rows of the users are locked in share mode: a chatset
 * that was changed or a user who was disabled in a transaction that has answered is seen, and none changes before this transaction ends.
 */
async function messagingFacts(
  tx: Tx,
  senderId: number,
  recipientIds: readonly number[],
  options: { readonly lock?: boolean } = {},
): Promise<ReadonlyMap<number, MessagingFacts & { readonly senderEnabled: boolean }>> {
  const ids = [...new Set(recipientIds)];
  if (ids.length === 0) return new Map();
  let people = tx.db
    .selectFrom('User')
    .select(['id', 'role', 'enabled', 'chatset'])
    .where('id', 'in', [senderId, ...ids]);
  if (options.lock) people = people.modifyEnd(tx.dialect.forShare);
  const users = new Map((await people.execute()).map((row) => [row.id, row]));
  const relations = await tx.db
    .selectFrom('Relation')
    .selectAll()
    .where(({ and, eb, or }) =>
      or([and([eb('userId', '=', senderId), eb('otherId', 'in', ids)]), and([eb('otherId', '=', senderId), eb('userId', 'in', ids)])]),
    )
    .execute();
  const mine = new Map(relations.flatMap((row) => (row.userId === senderId ? [[row.otherId, row] as const] : [])));
  const theirs = new Map(relations.flatMap((row) => (row.otherId === senderId ? [[row.userId, row] as const] : [])));
  const writers = await writersOf(tx, senderId, ids);
  const sender = users.get(senderId);
  return new Map(
    ids.map((id) => [
      id,
      {
        isSelf: id === senderId,
        senderRole: sender?.role ?? 'VISITOR',
        senderEnabled: sender?.enabled === 1,
        recipient: users.get(id) ?? null,
        recipientBlocksSender: theirs.get(id)?.isBlocked === 1,
        senderBlocksRecipient: mine.get(id)?.isBlocked === 1,
        areFriends: mine.get(id)?.isFriend === 1,
        senderFollows: mine.get(id)?.isFollowing === 1,
        recipientHasWritten: writers.get(id)?.has(id) ?? false,
        senderHasSent: writers.get(id)?.has(senderId) ?? false,
      },
    ]),
  );
}

/** For each peer: who of the two has written in their DIRECT conversation, since they were last unfriended. */
async function writersOf(tx: Tx, userId: number, peerIds: readonly number[]): Promise<ReadonlyMap<number, ReadonlySet<number>>> {
  const lower = peerIds.filter((id) => id < userId);
  const higher = peerIds.filter((id) => id > userId);
  const writers = new Map<number, Set<number>>();
  if (lower.length + higher.length === 0) return writers;
  const rows = await tx.db
    .selectFrom('Conversation')
    .innerJoin('Member', 'Member.logId', 'Conversation.id')
    .select(['Conversation.lowUserId', 'Conversation.highUserId', 'Member.userId'])
    .where('Member.sentCount', '>', 0)
    .where(({ and, eb, or }) =>
      or([
        ...(lower.length > 0 ? [and([eb('Conversation.lowUserId', 'in', lower), eb('Conversation.highUserId', '=', userId)])] : []),
        ...(higher.length > 0 ? [and([eb('Conversation.lowUserId', '=', userId), eb('Conversation.highUserId', 'in', higher)])] : []),
      ]),
    )
    .execute();
  for (const row of rows) {
    const peerId = row.lowUserId === userId ? row.highUserId : row.lowUserId;
    if (peerId !== null) writers.set(peerId, (writers.get(peerId) ?? new Set()).add(row.userId));
  }
  return writers;
}
