import { AppError, badInput } from '../../kernel/errors.ts';
import { parseUuid } from '../../kernel/ids.ts';
import { nameLimit, optionalName } from '../../kernel/names.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { namesOf } from '../contents/notice.service.ts';
import type { MemberRole } from '../conversations/conversation.entity.ts';
import { standsAbove } from '../conversations/member.policy.ts';
import type { LogService } from '../log/log.service.ts';
import { writeNotice } from '../messages/notice.service.ts';
import { requireRoomForAdmins } from './group.policy.ts';
import { requireMembership } from './group.service.ts';
import {
  approversOf,
  findMember,
  type GroupWriter,
  type MemberRow,
  nicknamesOf,
  requireActor,
  requireMember,
  requireSpeaker,
  writeGroup,
} from './group-lock.service.ts';
import { endMembership } from './membership.service.ts';

/** Somebody's place in a group, with its public keys. */
export type MemberView = MemberRow & { readonly conversationUuid: string; readonly userUuid: string };

/** The public keys of a member. */
export interface MemberKey {
  readonly conversationUuid: string;
  readonly userUuid: string;
}

/** Changes of a member: absent leaves; null clears nickname and muting and leaves the role. */
export interface MemberChanges {
  readonly role?: MemberRole | null | undefined;
  readonly nickname?: string | null | undefined;
  /** Milliseconds since 1970. */
  readonly mutedUntil?: number | null | undefined;
}

/** A page of the members of a group, in the order in which they joined, before it is read. */
export interface MemberRange {
  readonly conversationId: number;
  readonly size: number;
  /** The cursor's: the page begins after this member; 0 and empty where it begins with the first one. */
  readonly afterRev: number;
  readonly afterUuid: string;
}

/** Where the page stands that somebody asks for. Throws `BAD_USER_INPUT` for arguments that ask for none. */
export function memberRange(
  conversationId: number,
  { first, after }: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
): MemberRange {
  const [afterRev, afterUuid] = typeof after === 'string' ? decodeKeys(after, isKeys) : [0, ''];
  return { conversationId, size: pageSize(first), afterRev, afterUuid };
}

/** The people of groups. All that throw give `NOT_FOUND` for what the viewer cannot see, `FORBIDDEN` for what is not the viewer's to do, and `MUTED`. */
export interface MemberService {
  /** Those who are members now, of these people in these groups; rights are the caller's matter. */
  views(tx: Tx, places: readonly { readonly conversationId: number; readonly userId: number }[]): Promise<readonly MemberView[]>;
  /** A member of a group of the viewer's, or null. */
  find(tx: Tx, viewer: Viewer, key: MemberKey): Promise<MemberView | null>;
  /** These pages, in their order, by one statement for a portion of them; rights are the caller's matter. */
  pages(tx: Tx, ranges: readonly MemberRange[]): Promise<readonly Page<MemberView>[]>;
  /** Role OWNER hands the group over; who had it becomes an admin. Doing what is done already tells nobody. `CONFLICT` where it has too many admins then. */
  update(viewer: Viewer, key: MemberKey, changes: MemberChanges): Promise<MemberView>;
  /** Gives the id of the conversation. When it has answered, no message of the removed one commits any more. */
  remove(viewer: Viewer, key: MemberKey): Promise<number>;
  /** The owner leaves only after handing over. */
  leave(viewer: Viewer, conversationUuid: string): Promise<void>;
}

function selectMembers({ db }: Tx) {
  return db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', (join) => join.onRef('c.id', '=', 'm.logId').on('c.kind', '=', 'GROUP').on('c.dissolvedAt', 'is', null))
    .innerJoin('User as u', 'u.id', 'm.userId')
    .selectAll('m')
    .select(['c.uuid as conversationUuid', 'u.uuid as userUuid'])
    .where('m.active', '=', 1);
}

/** One row more than the page has. By the columns of a key: else all members of a large group would be read and sorted for a page. */
const pagesOf = createStatement((tx, slot: Slots<{ conversationId: number; afterRev: number; afterUuid: string; limit: number }>) => {
  const isAfter = tx.db.selectFrom('User').select('id').where('uuid', '=', slot('afterUuid'));
  return selectMembers(tx)
    .where('m.logId', '=', slot('conversationId'))
    .where('m.stateRev', '>=', slot('afterRev'))
    .where((eb) => eb.or([eb('m.stateRev', '>', slot('afterRev')), eb('m.userId', '>', isAfter)]))
    .orderBy('m.stateRev')
    .orderBy('m.userId')
    .limit(slot.limit('limit'));
});

const membersAt = createStatement((tx, slot: Slots<{ places: readonly (readonly [conversationId: number, userId: number])[] }>) =>
  selectMembers(tx).where(slot.oneOf(['m.logId', 'm.userId'], 'places')),
);

/** Makes the service. `adminLimit`: how many admins a group may have, beside its owner; one that has more keeps them. */
export function createMemberService(log: LogService, adminLimit: number): MemberService {
  const service: MemberService = {
    async views(tx, places) {
      return await membersAt(tx, { places: places.map(({ conversationId, userId }) => [conversationId, userId]) });
    },
    async find(tx, viewer, key) {
      const row = await selectMembers(tx)
        .innerJoin('Member as v', (join) => join.onRef('v.logId', '=', 'm.logId').on('v.userId', '=', viewer.userId).on('v.active', '=', 1))
        .where('c.uuid', '=', key.conversationUuid)
        .where('u.uuid', '=', key.userUuid)
        .executeTakeFirst();
      return row ?? null;
    },
    async pages(tx, ranges) {
      const found = await pagesOf.each(
        tx,
        ranges.map(({ conversationId, size, afterRev, afterUuid }) => ({ conversationId, afterRev, afterUuid, limit: size + 1 })),
      );
      return ranges.map(({ size, afterUuid }, index) => {
        const rows = (found[index] ?? []).sort((one, other) => one.stateRev - other.stateRev || one.userId - other.userId);
        return pageOf(rows, size, afterUuid !== '', ({ stateRev, userUuid }) => encodeKeys([stateRev, userUuid]));
      });
    },
    update: (viewer, key, changes) =>
      writeGroup(log, planOf(viewer, key), async (writer) => {
        const { group } = writer;
        const { me, member } = await requireBoth(writer, viewer, key);
        const after = await changed(writer, me, member, changes);
        const view = { ...after, conversationUuid: group.uuid, userUuid: key.userUuid };
        if (after.role === member.role && after.nickname === member.nickname && after.mutedUntil === member.mutedUntil) return view;
        const actor = await requireSpeaker(writer, me);
        const handsOver = after.role === 'OWNER' && member.role !== 'OWNER';
        const more = Number(after.role === 'ADMIN') - Number(member.role === 'ADMIN') + Number(handsOver);
        if (more > 0) requireRoomForAdmins((await approversOf(writer, group.id)).length - 1, more, adminLimit);
        const [name = ''] = await nicknamesOf(writer, [member.userId]);
        const write = ({ userId, role, nickname, mutedUntil }: MemberRow) =>
          writer.db.updateTable('Member').set({ role, nickname, mutedUntil }).where('logId', '=', group.id).where('userId', '=', userId).execute();
        await writer.stamp();
        if (handsOver) {
          await writeNotice(writer, group.id, { code: 'OWNER_CHANGED', actorId: me.userId, names: { actor, ...namesOf([name]) } }, null);
          await write({ ...me, role: 'ADMIN' });
        }
        await write(after);
        writer.append(group.id, { kind: 'MEMBERS', people: { changed: handsOver ? [member.userId, me.userId] : [member.userId] } }, null);
        return view;
      }),
    remove: (viewer, key) =>
      writeGroup(log, planOf(viewer, key), async (writer) => {
        const { group } = writer;
        const { me, member } = await requireBoth(writer, viewer, key);
        if (!standsAbove(me.role, member.role)) throw new AppError('FORBIDDEN');
        const actor = await requireSpeaker(writer, me);
        const [name = ''] = await nicknamesOf(writer, [member.userId]);
        const notice = { code: 'MEMBER_REMOVED', actorId: me.userId, names: { actor, ...namesOf([name]) } } as const;
        await endMembership(writer, { conversationId: group.id, userId: member.userId, notice });
        return group.id;
      }),
    leave: (viewer, conversationUuid) =>
      writeGroup(
        log,
        async (tx) => ({ conversationId: await requireMembership(tx, viewer, conversationUuid), people: [viewer.userId] }),
        async (writer) => {
          const { group } = writer;
          const me = await requireMember(writer, group.id, viewer.userId);
          if (me.role === 'OWNER') throw new AppError('FORBIDDEN', {}, { zh: '群主须先转让群主身份', en: 'Hand the group over first, or dissolve it' });
          const names = namesOf([await requireActor(writer, me.userId)]);
          await endMembership(writer, { conversationId: group.id, userId: me.userId, notice: { code: 'MEMBER_LEFT', actorId: me.userId, names } });
        },
      ),
  };
  return service;
}

/** The own logs of both: a place in a group changes only under the own log of whose it is. */
function planOf(viewer: Viewer, key: MemberKey) {
  return async (tx: Tx) => {
    const conversationId = await requireMembership(tx, viewer, key.conversationUuid);
    const user = await tx.db.selectFrom('User').select('id').where('uuid', '=', key.userUuid).executeTakeFirst();
    if (!user) throw new AppError('NOT_FOUND');
    return { conversationId, people: [viewer.userId, user.id] };
  };
}

async function requireBoth(writer: GroupWriter, viewer: Viewer, key: MemberKey): Promise<{ readonly me: MemberRow; readonly member: MemberRow }> {
  const me = await requireMember(writer, writer.group.id, viewer.userId);
  const user = await writer.db.selectFrom('User').select('id').where('uuid', '=', key.userUuid).executeTakeFirstOrThrow();
  const member = await findMember(writer, writer.group.id, user.id);
  if (!member) throw new AppError('NOT_FOUND');
  return { me, member };
}

/** The member after the changes. Throws `FORBIDDEN` where one of them is not for `me` to make. */
async function changed(writer: GroupWriter, me: MemberRow, member: MemberRow, changes: MemberChanges): Promise<MemberRow> {
  const isSelf = me.userId === member.userId;
  const above = standsAbove(me.role, member.role);
  const role = changes.role ?? member.role;
  if (changes.role != null && (me.role !== 'OWNER' || (isSelf && role !== 'OWNER'))) throw new AppError('FORBIDDEN');
  if (changes.nickname !== undefined && !isSelf && !above) throw new AppError('FORBIDDEN');
  if (changes.mutedUntil !== undefined && !above) throw new AppError('FORBIDDEN');
  if (role !== member.role && role !== 'MEMBER') {
    const user = await writer.db.selectFrom('User').select(['role', 'enabled']).where('id', '=', member.userId).executeTakeFirstOrThrow();
    if (user.role === 'VISITOR') throw badInput('role', { zh: '访客须先注册', en: 'A visitor must register first' });
    if (user.enabled === 0) throw badInput('role', { zh: '该账户已被禁用', en: 'This account is disabled' });
  }
  const { now } = await writer.db.selectFrom('Clock').select(writer.dialect.now.as('now')).executeTakeFirstOrThrow();
  const mutedUntil = changes.mutedUntil === undefined ? member.mutedUntil : changes.mutedUntil;
  return {
    ...member,
    role,
    nickname: changes.nickname === undefined ? member.nickname : optionalName('nickname', changes.nickname, nameLimit),
    // Nobody stands above an owner who could end it.
    mutedUntil: role === 'OWNER' || mutedUntil === null || (changes.mutedUntil !== undefined && mutedUntil <= Number(now)) ? null : mutedUntil,
  };
}

function isKeys(value: unknown): value is readonly [number, string] {
  return Array.isArray(value) && value.length === 2 && Number.isSafeInteger(value[0]) && typeof value[1] === 'string' && parseUuid(value[1]) === value[1];
}
