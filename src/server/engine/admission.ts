import type { Bucket } from '../../kernel/rates.ts';
import type { Asker, Viewer } from '../../kernel/viewer.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';

/** Root fields that take out of the same bucket. */
interface Row {
  readonly fields: readonly string[];
  /** Who is counted. SERVICE: the service counts, because only it knows whom, or what was wrong. KEY: a server key, in the place of all other rows but those that protect. */
  readonly by: 'USER' | 'ADDRESS' | 'SERVICE' | 'KEY';
  readonly bucket: Bucket;
  /** In the place of `bucket`, for a role. */
  readonly of?: Partial<Readonly<Record<Viewer['role'], Bucket>>>;
  /** It protects others from what somebody does, and not the server: counted for the person also where a server key acts, of which everything else is counted for the key. */
  readonly protects?: true;
  /** Counted in the place of one. */
  readonly points?: (args: Readonly<Record<string, unknown>>) => number;
}

/** What a server key takes for every field that has no row of its own for keys; those that nobody else asks for are named. */
const ofKey: Row = { fields: ['allowToWrite', 'endSessions', 'issueSession', 'upsertUser'], by: 'KEY', bucket: 'operationOfKey' };

/** What only admins may do. */
const ofAdmins = [
  'auditLog',
  'createServerKey',
  'providers',
  'resetPassword',
  'revokeServerKey',
  'rotateProviderSecret',
  'saveProvider',
  'serverKeys',
  'updateUser',
  'users',
];

/** Out of which buckets each root field takes: every mutation, and every query that searches, is in at least one row. */
export const rows: readonly Row[] = [
  ofKey,
  { fields: ['sendMessage'], by: 'USER', bucket: 'send', of: { VISITOR: 'sendOfVisitor', AGENT: 'sendOfAgent', ADMIN: 'sendOfAgent' } },
  {
    fields: ['sendMessage'],
    by: 'SERVICE',
    bucket: 'firstWords',
    of: { VISITOR: 'firstWordsOfVisitor', AGENT: 'firstWordsOfAgent', ADMIN: 'firstWordsOfAgent' },
  },
  { fields: ['sendMessage'], by: 'SERVICE', bucket: 'unansweredSend' },
  { fields: ['sendNotice'], by: 'KEY', bucket: 'notice' },
  { fields: ['sendNotice'], by: 'SERVICE', bucket: 'noticeOfPerson' },
  { fields: ['register'], by: 'SERVICE', bucket: 'register' },
  { fields: ['register'], by: 'SERVICE', bucket: 'registerWithProof' },
  { fields: ['registerVisitor'], by: 'SERVICE', bucket: 'registerVisitor' },
  { fields: ['registerVisitor'], by: 'SERVICE', bucket: 'registerVisitorWithProof' },
  { fields: ['login'], by: 'SERVICE', bucket: 'wrongLogin' },
  { fields: ['login'], by: 'SERVICE', bucket: 'wrongLoginOfAddress' },
  { fields: ['login'], by: 'SERVICE', bucket: 'wrongLoginOfName' },
  { fields: ['changePassword'], by: 'SERVICE', bucket: 'wrongPassword' },
  { fields: ['refreshSession'], by: 'SERVICE', bucket: 'refreshOfSession' },
  { fields: ['refreshSession'], by: 'SERVICE', bucket: 'refreshOfAddress' },
  { fields: ['identify'], by: 'SERVICE', bucket: 'identify' },
  { fields: ['identify'], by: 'SERVICE', bucket: 'identifyOfAddress' },
  { fields: ['sendFriendRequest'], by: 'USER', bucket: 'friendRequest', protects: true },
  { fields: ['joinGroup'], by: 'USER', bucket: 'joinGroup', protects: true },
  { fields: ['createGroup'], by: 'USER', bucket: 'createGroup', protects: true },
  { fields: ['createGroup', 'inviteToGroup'], by: 'USER', bucket: 'invite', protects: true, points: peopleIn },
  { fields: ['createUpload'], by: 'USER', bucket: 'upload', of: { VISITOR: 'uploadOfVisitor' } },
  { fields: ofAdmins, by: 'SERVICE', bucket: 'refusedOfAddress' },
  { fields: ofAdmins, by: 'SERVICE', bucket: 'refusedOfVisitors' },
  // With each operation of a server key.
  { fields: ['searchUsers', 'searchMessages', 'users'], by: 'USER', bucket: 'search' },
  { fields: ['editMessage', 'react', 'unreact', 'pinMessage', 'unpinMessage', 'updateProfile'], by: 'USER', bucket: 'edit' },
  {
    fields: [
      'answerFriendRequest',
      'answerJoinRequest',
      'blockUser',
      'cancelUpload',
      'changePassword',
      'createServerKey',
      'dissolveGroup',
      'follow',
      'inviteToGroup',
      'leaveGroup',
      'logout',
      'markRead',
      'recallMessage',
      'removeFriend',
      'removeMember',
      'resetPassword',
      'revokeServerKey',
      'rotateProviderSecret',
      'saveProvider',
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
export type Admit = (field: string, args: Readonly<Record<string, unknown>>) => Promise<unknown> | null;

/** Makes what admits the root fields of one operation: each asks for itself, so that those under different names count. */
export function createAdmission(limiter: RateLimiter | null): (asker: Asker, address: () => string) => Admit {
  if (limiter === null) return () => () => null;
  const rowsOf = new Map<string, Row[]>();
  const rowsOfKeys = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.by === 'SERVICE') continue;
    const byField = row.by === 'KEY' ? rowsOfKeys : rowsOf;
    for (const field of row.fields) byField.set(field, [...(byField.get(field) ?? []), row]);
  }
  const take = ({ by, bucket, of, points }: Row, args: Readonly<Record<string, unknown>>, { viewer, server }: Asker, address: () => string) => {
    const many = points?.(args) ?? 1;
    if (many === 0) return null;
    if (by === 'ADDRESS') return limiter.charge(bucket, [address()], many);
    if (by === 'KEY') return server === null ? null : limiter.charge(bucket, server.keyId, many);
    // Without a session it is refused for that.
    return viewer === null ? null : limiter.charge(of?.[viewer.role] ?? bucket, viewer.userId, many);
  };
  const rowsFor = (field: string, { server }: Asker): readonly Row[] => {
    const ofField = rowsOf.get(field) ?? [];
    return server === null ? ofField : [...(rowsOfKeys.get(field) ?? [ofKey]), ...ofField.filter(({ protects }) => protects)];
  };
  return (asker, address) => (field, args) => {
    let before: Promise<unknown> | null = null;
    for (const row of rowsFor(field, asker)) {
      if (before) before = before.then(() => take(row, args, asker, address));
      else {
        const taken = take(row, args, asker, address);
        if (taken instanceof Promise) before = taken;
      }
    }
    return before;
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
