import type { Bucket } from '../../kernel/rates.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';

/** Root fields that take out of the same bucket. */
interface Row {
  readonly fields: readonly string[];
  /** Who is counted. SERVICE: the service counts, because only it knows whom, or what was wrong. */
  readonly by: 'USER' | 'ADDRESS' | 'SERVICE';
  readonly bucket: Bucket;
  /** In the place of `bucket`, for a role. */
  readonly of?: Partial<Readonly<Record<Viewer['role'], Bucket>>>;
  /** Counted in the place of one. */
  readonly points?: (args: Readonly<Record<string, unknown>>) => number;
}

/** Out of which buckets each root field takes: every mutation, and every query that searches, is in at least one row. */
export const rows: readonly Row[] = [
  { fields: ['sendMessage'], by: 'USER', bucket: 'send', of: { VISITOR: 'sendOfVisitor', AGENT: 'sendOfAgent', ADMIN: 'sendOfAgent' } },
  { fields: ['register'], by: 'ADDRESS', bucket: 'register' },
  { fields: ['registerVisitor'], by: 'ADDRESS', bucket: 'registerVisitor' },
  { fields: ['login'], by: 'SERVICE', bucket: 'wrongLogin' },
  { fields: ['login'], by: 'SERVICE', bucket: 'wrongLoginOfAddress' },
  { fields: ['changePassword'], by: 'SERVICE', bucket: 'wrongPassword' },
  { fields: ['refreshSession'], by: 'SERVICE', bucket: 'refreshOfSession' },
  { fields: ['refreshSession'], by: 'ADDRESS', bucket: 'refreshOfAddress' },
  { fields: ['sendFriendRequest'], by: 'USER', bucket: 'friendRequest' },
  { fields: ['joinGroup'], by: 'USER', bucket: 'joinGroup' },
  { fields: ['createGroup'], by: 'USER', bucket: 'createGroup' },
  { fields: ['createGroup', 'inviteToGroup'], by: 'USER', bucket: 'invite', points: peopleIn },
  { fields: ['searchUsers', 'searchMessages', 'users'], by: 'USER', bucket: 'search' },
  { fields: ['editMessage', 'react', 'unreact', 'pinMessage', 'unpinMessage', 'updateProfile'], by: 'USER', bucket: 'edit' },
  {
    fields: [
      'answerFriendRequest',
      'answerJoinRequest',
      'blockUser',
      'changePassword',
      'dissolveGroup',
      'follow',
      'inviteToGroup',
      'leaveGroup',
      'logout',
      'markRead',
      'recallMessage',
      'removeFriend',
      'removeMember',
      'setTyping',
      'unblockUser',
      'unfollow',
      'updateChatset',
      'updateConversation',
      'updateFriend',
      'updateGroup',
      'updateMember',
      'updateSettings',
      'updateUser',
      'withdrawJoinRequest',
    ],
    by: 'USER',
    bucket: 'mutation',
    of: { VISITOR: 'mutationOfVisitor' },
  },
];

/** Lets a root field be resolved: throws `RATE_LIMITED` where one of its buckets is empty. Null where there is nothing to wait for. */
export type Admit = (field: string, args: Readonly<Record<string, unknown>>) => Promise<void> | null;

/** Makes what admits the root fields of one operation: each asks for itself, so that those under different names count. */
export function createAdmission(limiter: RateLimiter | null): (viewer: Viewer | null, address: () => string) => Admit {
  if (limiter === null) return () => () => null;
  const rowsOf = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.by === 'SERVICE') continue;
    for (const field of row.fields) rowsOf.set(field, [...(rowsOf.get(field) ?? []), row]);
  }
  const take = async (asked: readonly Row[], args: Readonly<Record<string, unknown>>, viewer: Viewer | null, address: () => string) => {
    for (const { by, bucket, of, points } of asked) {
      const many = points?.(args) ?? 1;
      if (many === 0) continue;
      if (by === 'ADDRESS') await limiter.take(bucket, [address()], many);
      // Without a session it is refused for that.
      else if (viewer !== null) await limiter.take(of?.[viewer.role] ?? bucket, viewer.userId, many);
    }
  };
  return (viewer, address) => (field, args) => {
    const asked = rowsOf.get(field);
    return asked ? take(asked, args, viewer, address) : null;
  };
}

/** How many people the arguments of a mutation bring into a group, itself or in its input. */
function peopleIn(args: Readonly<Record<string, unknown>>): number {
  const { input } = args;
  const given = { ...args, ...(typeof input === 'object' ? input : {}) };
  const lists = [Reflect.get(given, 'memberIds'), Reflect.get(given, 'userIds')];
  // Longer lists are refused.
  return Math.min(
    100,
    lists.reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0),
  );
}
