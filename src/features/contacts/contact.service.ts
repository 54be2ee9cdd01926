import { AppError } from '../../kernel/errors.ts';
import { parseUuid } from '../../kernel/ids.ts';
import { leastOf } from '../../kernel/least-of.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Bus } from '../../platform/bus.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { LogService } from '../log/log.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import { requireStillEnabled, usersById } from '../users/user.service.ts';
import { tellOfBlock } from './block.service.ts';
import { compareFriends, type FriendKey, friendKeyOf, isFriendKey } from './contact-order.policy.ts';
import type { RelationRow } from './relation.entity.ts';
import { readRelation, requireOther, writeRelation } from './relation.service.ts';

/** The lists that a user keeps of others. */
type ContactKind = 'FRIEND' | 'FOLLOWING' | 'BLOCKED';

/** Which part of a list, as Relay's connections ask for it. */
interface PageArgs {
  readonly first?: number | null;
  readonly after?: string | null;
}

/**
 * The one-sided part of what two people are to each other. The mutations take the other's uuid and give the other's row; they throw
 * `NOT_FOUND` where there is no such user, `BAD_USER_INPUT` for oneself and `USER_DISABLED` for whoever was disabled since the session was checked.
 * Doing again what is done already changes nothing and tells nobody.
 * All of the viewer's devices hear of a change; the other one never does.
 */
export interface ContactService {
  /** A disabled user cannot be followed anew: `NOT_FOUND`. */
  follow(viewer: Viewer, uuid: string): Promise<UserRow>;
  unfollow(viewer: Viewer, uuid: string): Promise<UserRow>;
  /** Works on anybody, disabled or not. No message of the blocked one commits after this has answered. */
  block(viewer: Viewer, uuid: string): Promise<UserRow>;
  unblock(viewer: Viewer, uuid: string): Promise<UserRow>;
  /** What the viewer made of these users; those of whom nothing was ever made are left out. */
  relationsOf(tx: Tx, viewer: Viewer, otherIds: readonly number[]): Promise<ReadonlyMap<number, RelationRow>>;
  /**
   * The viewer's list of one kind, disabled people included: friends in the order of their initial, then of the name that is shown; the others
   * with those who came to the server first in front.
   */
  contacts(tx: Tx, viewer: Viewer, kind: ContactKind, page: PageArgs): Promise<ContactPage>;
}

/** A part of a list, and how many rows were looked at to find it. */
interface ContactPage extends Page<UserRow> {
  readonly looked: number;
}

/** Makes the service. */
export function createContactService(log: LogService, bus: Bus): ContactService {
  type Change = Partial<Pick<RelationRow, 'isFollowing' | 'isBlocked'>>;

  async function change(viewer: Viewer, uuid: string, wanted: Change, mustBeEnabled = false): Promise<UserRow> {
    return await log.write(async (writer) => {
      const otherId = await requireOther(writer, viewer, uuid);
      // The other's log too, though nothing is written into it: a send of the other one that has been judged holds it until it commits. Without
      // it a message could commit after the block has answered.
      await writer.lock([viewer.userId, otherId]);
      await requireStillEnabled(writer, viewer.userId);
      const target = await writer.db.selectFrom('User').selectAll().where('id', '=', otherId).executeTakeFirst();
      // A visitor who left no trace may have gone meanwhile.
      if (!target || (mustBeEnabled && target.enabled === 0)) throw new AppError('NOT_FOUND');
      const pair = { userId: viewer.userId, otherId };
      const before = await readRelation(writer, pair);
      const after: RelationRow = { ...before, ...wanted };
      if (after.isFollowing === before.isFollowing && after.isBlocked === before.isBlocked) return target;
      await writer.stamp();
      await writeRelation(writer, pair, wanted);
      writer.append(viewer.userId, { kind: 'PERSON', aboutId: target.id }, [viewer.userId]);
      if (after.isBlocked !== before.isBlocked) await tellOfBlock(writer, pair);
      // Who is blocked no longer sees the viewer's presence: whoever watches it judges anew.
      if (after.isBlocked !== before.isBlocked) writer.afterCommit(() => bus.publish(`presence:${viewer.userId}`, { kind: 'PRESENCE', userId: viewer.userId }));
      return target;
    });
  }

  return {
    follow: (viewer, uuid) => change(viewer, uuid, { isFollowing: 1 }, true),
    unfollow: (viewer, uuid) => change(viewer, uuid, { isFollowing: 0 }),
    block: (viewer, uuid) => change(viewer, uuid, { isBlocked: 1 }),
    unblock: (viewer, uuid) => change(viewer, uuid, { isBlocked: 0 }),
    async relationsOf(tx, viewer, otherIds) {
      const rows = await relationsTo(tx, { userId: viewer.userId, otherIds });
      return new Map(rows.map((row) => [row.otherId, row]));
    },
    contacts: (tx, viewer, kind, page) => (kind === 'FRIEND' ? friends(tx, viewer, page) : others(tx, viewer, flags[kind], page)),
  };
}

const relationsTo = createStatement((tx, slot: Slots<{ userId: number; otherIds: readonly number[] }>) =>
  tx.db.selectFrom('Relation').selectAll().where('userId', '=', slot('userId')).where('otherId', 'in', slot('otherIds')),
);

/** The order is that of names as they are now, for which no column stands: all friends are looked at, and only those of the page are read whole. */
async function friends(tx: Tx, viewer: Viewer, { first, after }: PageArgs): Promise<ContactPage> {
  const size = pageSize(first);
  const from = typeof after === 'string' ? decodeKeys(after, isFriendKey) : null;
  const rows = await tx.db
    .selectFrom('Relation as r')
    .innerJoin('User as u', 'u.id', 'r.otherId')
    .select(['u.id', 'u.uuid', 'u.username', 'u.nickname', 'r.remark'])
    .where('r.userId', '=', viewer.userId)
    .where('r.isFriend', '=', 1)
    .execute();
  const looked = rows.length;
  const places = rows.map((row) => ({ id: row.id, key: friendKeyOf(row) })).filter(({ key }) => from === null || compareFriends(key, from) > 0);
  const shown = leastOf(places, size + 1, (one, other) => compareFriends(one.key, other.key));
  if (shown.length === 0) return { ...pageOf<UserRow>([], size, from !== null, () => ''), looked };
  const ids = shown.map(({ id }) => id);
  const users = new Map((await usersById(tx, { ids })).map((user) => [user.id, user]));
  const keys = new Map<number, FriendKey>(shown.map(({ id, key }) => [id, key]));
  const page = pageOf(
    ids.flatMap((id) => users.get(id) ?? []),
    size,
    from !== null,
    ({ id }) => encodeKeys(keys.get(id) ?? []),
  );
  return { ...page, looked };
}

async function others(tx: Tx, viewer: Viewer, flag: 'isFollowing' | 'isBlocked', { first, after }: PageArgs): Promise<ContactPage> {
  const size = pageSize(first);
  let query = tx.db
    .selectFrom('Relation')
    .innerJoin('User', 'User.id', 'Relation.otherId')
    .selectAll('User')
    .where('Relation.userId', '=', viewer.userId)
    .where(`Relation.${flag}`, '=', 1);
  if (typeof after === 'string') {
    const [uuid] = decodeKeys(after, isKeys);
    query = query.where('Relation.otherId', '>', ({ selectFrom }) => selectFrom('User').select('User.id').where('User.uuid', '=', uuid));
  }
  const rows = await query
    .orderBy('Relation.otherId')
    .limit(size + 1)
    .execute();
  return { ...pageOf(rows, size, typeof after === 'string', (row) => encodeKeys([row.uuid])), looked: rows.length };
}

const flags = { FOLLOWING: 'isFollowing', BLOCKED: 'isBlocked' } as const;

// The uuid, not the numeric id by which the list is sorted: a cursor is readable, and numeric ids never leave the server.
function isKeys(value: unknown): value is readonly [string] {
  return Array.isArray(value) && value.length === 1 && typeof value[0] === 'string' && parseUuid(value[0]) === value[0];
}
