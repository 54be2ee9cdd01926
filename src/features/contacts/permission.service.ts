import type { ChatsetDefault } from '../../config.ts';
import { AppError, badInput } from '../../kernel/errors.ts';
import type { Bucket } from '../../kernel/rates.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { type Found, readAll } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { portionSize, portionsOf } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { judgeBlocks, judgeInvitation, judgeMessaging, type MessagingFacts, type Permission, strangerBuckets } from './contact.policy.ts';
import { readBlocks, readTies } from './tie.policy.ts';

/**
 * Says what may come from one person before another: messages and all else. Every way from one to another asks here, and none looks for blocks by
 * itself. The same answer before anything is done and under the locks of what is done.
 */
export interface PermissionService {
  /** Whether the viewer may write to each of these users, in one query. Every id has an answer. */
  permissionFor(tx: Tx, viewer: Viewer, recipientIds: readonly number[]): Promise<ReadonlyMap<number, Permission>>;
  /**
   * Throws the reason where the viewer may not write to the recipient, `BAD_USER_INPUT` for `to` where both are the same, and `USER_DISABLED`
   * where the viewer was disabled since the session was checked. With `lock`, what it found holds until the transaction ends, provided that the
   * caller holds the sender's own log and that of the conversation (or, where there is none yet, both own logs).
   */
  requirePermission(tx: Tx, viewer: Viewer, recipientId: number, options?: { readonly lock?: boolean }): Promise<void>;
  /**
   * Throws the reason, with the field, where one of these people may not be put into a group by somebody. It holds until the transaction ends,
   * provided that the caller holds the own logs of these people.
   */
  requireInvitation(tx: Tx, inviter: Inviter, field: string, userIds: readonly number[]): Promise<void>;
  /** Throws the reason where one of the two blocks the other. It holds until the transaction ends where the caller holds the own log of either. */
  requireUnblocked(tx: Tx, senderId: number, recipientId: number): Promise<void>;
  /** Whether neither of the two blocks the other; likewise. */
  areUnblocked(tx: Tx, oneId: number, otherId: number): Promise<boolean>;
  /** Of these people those before whom nothing of each of some others may come, because they have blocked that one: by that one's id, in one query. */
  blockersAmong(tx: Tx, senderIds: readonly number[], recipientIds: readonly number[]): Promise<(senderId: number) => ReadonlySet<number>>;
  /** What the judge of the sends of one transaction has to know: it holds as `requirePermission` with `lock` says. */
  judgeQueries(tx: Tx, sends: readonly Send[]): JudgeQueries;
  /** The judge of these sends, of what those queries have found. */
  judgeOf(...found: Found<JudgeQueries>): SendJudge;
}

type OrNull<T> = { readonly [K in keyof T]: T[K] | null };

/** Null where there is nobody to judge. */
type JudgeQueries = OrNull<ReturnType<typeof factsQueries>>;

const nothingToAsk: JudgeQueries = [null, null];

/** Who puts people into a group. */
export interface Inviter {
  readonly userId: number;
  /** A server of the operator's acts as this person: it needs no friendship between people of one provider, whose server it is. */
  readonly isActed: boolean;
}

/** Who puts people into a group, where it is the viewer. */
export function inviterOf({ userId, actedBy }: Pick<Viewer, 'userId' | 'actedBy'>): Inviter {
  return { userId, isActed: actedBy !== null };
}

/** One person writing to another, by their ids. */
export interface Send {
  readonly senderId: number;
  readonly recipientId: number;
}

/** Judges sends that are written in one transaction, one after the other. */
export interface SendJudge {
  /** Throws what `requirePermission` throws. */
  require(send: Send): void;
  /** Out of which buckets it takes because it goes to a stranger; see `strangerBuckets`. */
  buckets(send: Send, begins: boolean): readonly Bucket[];
  /** From now on this send counts, for those that are judged after it. */
  count(send: Send): void;
}

/** Makes the judge; `defaults` is the chatset of users who never set one. */
export function createPermissionService(defaults: ChatsetDefault): PermissionService {
  return {
    async permissionFor(tx, viewer, recipientIds) {
      const permissions = new Map<number, Permission>();
      // The viewer is asked for with each portion.
      for (const portion of portionsOf(new Set(recipientIds), portionSize - 1)) {
        const sends = portion.map((recipientId) => ({ senderId: viewer.userId, recipientId }));
        const factsOf = factsFrom(...(await readAll(tx, factsQueries(tx, sends, false))));
        for (const send of sends) permissions.set(send.recipientId, judgeMessaging(factsOf(send), defaults));
      }
      return permissions;
    },
    async requirePermission(tx, viewer, recipientId, { lock = false } = {}) {
      const send = { senderId: viewer.userId, recipientId };
      require(send, factsFrom(...(await readAll(tx, factsQueries(tx, [send], lock)))));
    },
    async requireInvitation(tx, { userId: inviterId, isActed }, field, userIds) {
      const tiesTo = await readTies(tx, inviterId, userIds);
      const alike = isActed ? await ofSameProvider(tx, inviterId, userIds) : new Set<number>();
      for (const userId of userIds) {
        const ties = tiesTo(userId);
        const reason = judgeInvitation({ ...ties, areFriends: ties.areFriends || alike.has(userId) });
        if (reason === 'FRIENDSHIP_REQUIRED') throw new AppError(reason, { field }, onlyFriends);
        if (reason !== null) throw new AppError(reason, { field });
      }
    },
    async requireUnblocked(tx, senderId, recipientId) {
      const reason = judgeBlocks((await readTies(tx, senderId, [recipientId]))(recipientId));
      if (reason !== null) throw new AppError(reason);
    },
    areUnblocked: async (tx, oneId, otherId) => judgeBlocks((await readTies(tx, oneId, [otherId]))(otherId)) === null,
    async blockersAmong(tx, senderIds, recipientIds) {
      const blocks = Map.groupBy(await readBlocks(tx, senderIds, recipientIds), ({ otherId }) => otherId);
      return (senderId) => new Set(blocks.get(senderId)?.map(({ userId }) => userId));
    },
    judgeQueries: (tx, sends) => (sends.length === 0 ? nothingToAsk : factsQueries(tx, sends, true)),
    judgeOf(users, pairs) {
      const written: Written = new Set();
      const factsOf = factsFrom(users, pairs, written);
      return {
        require: (send) => require(send, factsOf),
        buckets: (send, begins) => strangerBuckets(factsOf(send), begins),
        count: (send) => written.add(keyOf(send)),
      };
    },
  };

  function require(send: Send, factsOf: FactsOf): void {
    if (send.senderId === send.recipientId) throw badInput('to', { zh: '不能给自己发消息', en: 'Choose somebody else: nobody writes to themselves' });
    const facts = factsOf(send);
    if (!facts.senderEnabled) throw new AppError('USER_DISABLED');
    const permission = judgeMessaging(facts, defaults);
    if (!permission.allowed) throw new AppError(permission.reason);
  }
}

/** Those of these people who are of the provider of somebody; nobody where that one is of none. They never come to another one. */
async function ofSameProvider(tx: Tx, userId: number, otherIds: readonly number[]): Promise<ReadonlySet<number>> {
  const own = await tx.db.selectFrom('ExternalPerson').select('providerId').where('userId', '=', userId).executeTakeFirst();
  return new Set(own ? (await peopleOfProvider(tx, { ...own, userIds: otherIds })).map(({ userId: id }) => id) : []);
}

const peopleOfProvider = createStatement((tx, slot: Slots<{ providerId: number; userIds: readonly number[] }>) =>
  tx.db.selectFrom('ExternalPerson').select('userId').where('userId', 'in', slot('userIds')).where('providerId', '=', slot('providerId')),
);

const onlyFriends = { zh: '只能邀请自己的好友', en: 'Only friends of yours can be put into a group: give others the invite code' };

type FactsOf = (send: Send) => MessagingFacts & { readonly senderEnabled: boolean };

/** Who has written to whom, as `keyOf` names it. */
type Written = Set<string>;

const keyOf = ({ senderId, recipientId }: Send) => `${senderId}:${recipientId}`;
const backOf = ({ senderId, recipientId }: Send): Send => ({ senderId: recipientId, recipientId: senderId });

/**
 * Finds the facts about sends. With `lock`, the rows of the users are locked in share mode: a chatset that was changed or a user who was disabled
 * in a transaction that has answered is seen, and none changes before this transaction ends. The rest changes only under logs that a sender holds.
 */
function factsQueries(tx: Tx, sends: readonly Send[], lock: boolean) {
  const ids = [...new Set(sends.flatMap(({ senderId, recipientId }) => [senderId, recipientId]))];
  const pairs = new Map(
    sends.map((send) => {
      const { senderId, recipientId } = send;
      return [keyOf(send), [senderId, recipientId, Math.min(senderId, recipientId), Math.max(senderId, recipientId)] as const];
    }),
  );
  return [(lock ? lockedPeople : people).of(tx, { ids }), between.of(tx, { ways: [...pairs.values()] })] as const;
}

const people = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) => peopleQuery(tx, slot));
const lockedPeople = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) => peopleQuery(tx, slot).modifyEnd(tx.dialect.forShare));

function peopleQuery(tx: Tx, slot: Slots<{ ids: readonly number[] }>) {
  return tx.db.selectFrom('User').select(['id', 'role', 'enabled', 'chatset']).where('id', 'in', slot('ids'));
}

type Way = readonly [senderId: number, recipientId: number, lowId: number, highId: number];

const between = createStatement((tx, slot: Slots<{ ways: readonly Way[] }>) =>
  tx.db
    .selectFrom(slot.table(['senderId', 'recipientId', 'lowId', 'highId'], 'ways').as('w'))
    .leftJoin('Relation as mine', (join) => join.onRef('mine.userId', '=', 'w.senderId').onRef('mine.otherId', '=', 'w.recipientId'))
    .leftJoin('Relation as theirs', (join) => join.onRef('theirs.userId', '=', 'w.recipientId').onRef('theirs.otherId', '=', 'w.senderId'))
    .leftJoin('Conversation as c', (join) => join.onRef('c.lowUserId', '=', 'w.lowId').onRef('c.highUserId', '=', 'w.highId'))
    .leftJoin('Member as m', (join) => join.onRef('m.logId', '=', 'c.id').onRef('m.userId', '=', 'w.senderId'))
    .leftJoin('Member as p', (join) => join.onRef('p.logId', '=', 'c.id').onRef('p.userId', '=', 'w.recipientId'))
    .select(['w.senderId', 'w.recipientId', 'm.sentCount as senderCount', 'p.sentCount as recipientCount'])
    .select(['mine.isFriend', 'mine.isFollowing', 'mine.isBlocked as senderBlocks', 'theirs.isBlocked as recipientBlocks'])
    .select(['mine.countsAsWritten as senderCounts', 'theirs.countsAsWritten as recipientCounts']),
);

/**
 * The facts, of what `factsQueries` has found. `written` is filled with who has written in the DIRECT conversations of these people, or counts as if,
 * since they were last unfriended; what is added to it later counts as well.
 */
function factsFrom(...[users, pairs, written = new Set()]: [...Found<ReturnType<typeof factsQueries>>, written?: Written]): FactsOf {
  const people = new Map(users.map((user) => [user.id, user]));
  const between = new Map(pairs.map((row) => [keyOf(row), row]));
  for (const row of pairs) {
    if ((row.senderCount ?? 0) > 0 || row.senderCounts === 1) written.add(keyOf(row));
    if ((row.recipientCount ?? 0) > 0 || row.recipientCounts === 1) written.add(keyOf(backOf(row)));
  }
  return (send) => {
    const sender = people.get(send.senderId);
    const row = between.get(keyOf(send));
    return {
      isSelf: send.senderId === send.recipientId,
      senderRole: sender?.role ?? 'VISITOR',
      senderEnabled: sender?.enabled === 1,
      recipient: people.get(send.recipientId) ?? null,
      recipientBlocksSender: row?.recipientBlocks === 1,
      senderBlocksRecipient: row?.senderBlocks === 1,
      areFriends: row?.isFriend === 1,
      senderFollows: row?.isFollowing === 1,
      recipientHasWritten: written.has(keyOf(backOf(send))),
      senderHasSent: written.has(keyOf(send)),
    };
  };
}
