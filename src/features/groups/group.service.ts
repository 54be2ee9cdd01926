import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../kernel/errors.ts';
import { nameLimit, optionalName, requireName } from '../../kernel/names.ts';
import { optionalText } from '../../kernel/texts.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Bus } from '../../platform/bus.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { inviterOf, type PermissionService } from '../contacts/permission.service.ts';
import type { MemberRole } from '../conversations/conversation.entity.ts';
import { findMembership } from '../conversations/conversation.service.ts';
import { runsGroup } from '../conversations/member.policy.ts';
import { type AvatarChange, changeAvatar, takeAvatar } from '../files/avatar.service.ts';
import type { LogService } from '../log/log.service.ts';
import { writeNotice } from '../messages/notice.service.ts';
import type { MadeService, Making } from '../users/made.service.ts';
import type { JoinPolicy } from './group.entity.ts';
import { announcementLimit, nameFromMembers, requirePortion, requireRoom } from './group.policy.ts';
import { type HeldGroup, nicknamesOf, peopleAmong, requireActor, requireMember, requirePeople, requireSpeaker, writeGroup } from './group-lock.service.ts';
import { addMembers } from './membership.service.ts';

/** A group as somebody sees it. */
export type GroupView = HeldGroup & {
  /** What the viewer is in it; null: no member, or it was dissolved. */
  readonly viewerRole: MemberRole | null;
};

/** A group to be made. */
export interface NewGroup {
  readonly name?: string | null | undefined;
  /** Uuids. */
  readonly memberIds: readonly string[];
  readonly joinPolicy?: JoinPolicy | null | undefined;
  /** The same one again gives the group that was made first. */
  readonly clientId?: string | null | undefined;
}

/** Changes of a group: absent leaves; null clears picture and announcement and leaves all else. */
export interface GroupChanges extends AvatarChange {
  readonly name?: string | null | undefined;
  readonly announcement?: string | null | undefined;
  readonly joinPolicy?: JoinPolicy | null | undefined;
  readonly resetInviteCode?: boolean | null | undefined;
  readonly showsHistory?: boolean | null | undefined;
}

/** Groups: what is said of them. The mutations give the id of the conversation. */
export interface GroupService {
  /** The groups with these ids, dissolved ones included, as somebody sees them. */
  views(tx: Tx, userId: number, ids: readonly number[]): Promise<ReadonlyMap<number, GroupView>>;
  /** The id of the group with an invite code, or null. */
  findByCode(tx: Tx, inviteCode: string): Promise<number | null>;
  /**
   * Makes a group of the viewer and up to 100 friends. The same clientId again gives the first one, which may be dissolved by now. Throws what
   * `requireInvitation` throws, `NOT_FOUND` and `BAD_USER_INPUT` with the field, and `CONFLICT` for a clientId that was used for something else.
   */
  create(viewer: Viewer, group: NewGroup): Promise<number>;
  /** Throws `NOT_FOUND`, `FORBIDDEN`, `MUTED`, `BAD_USER_INPUT` with the field. Doing what is done already tells nobody. */
  update(viewer: Viewer, uuid: string, changes: GroupChanges): Promise<number>;
  /** The end of a group, for everybody and for ever; requests that wait are refused. Throws `NOT_FOUND`, `FORBIDDEN`. */
  dissolve(viewer: Viewer, uuid: string): Promise<void>;
}

/** What the service stands on. `memberLimit`: how many people a group may have. */
export interface GroupServiceParts {
  readonly log: LogService;
  readonly bus: Bus;
  readonly permissions: PermissionService;
  readonly made: MadeService;
  readonly memberLimit: number;
}

const groupsById = createStatement((tx, slot: Slots<{ userId: number | null; ids: readonly number[] }>) =>
  tx.db
    .selectFrom('Group as g')
    .innerJoin('Conversation as c', 'c.id', 'g.id')
    .leftJoin('Member as m', (join) =>
      join.onRef('m.logId', '=', 'g.id').on('m.userId', '=', slot('userId')).on('m.active', '=', 1).on('c.dissolvedAt', 'is', null),
    )
    .selectAll('g')
    .select(['c.uuid', 'c.name', 'c.avatar', 'm.role as viewerRole'])
    .where('g.id', 'in', slot('ids')),
);

/** Makes the service. */
export function createGroupService({ log, bus, permissions, made, memberLimit }: GroupServiceParts): GroupService {
  return {
    async views(tx, userId, ids) {
      const rows = await groupsById(tx, { userId, ids });
      return new Map(rows.map((row) => [row.id, { ...row, name: row.name ?? '' }]));
    },
    findByCode,
    async create(viewer, { name, memberIds, joinPolicy, clientId }) {
      const chosen = optionalName('name', name, nameLimit);
      const uuids = requirePortion('memberIds', memberIds, 0).filter((uuid) => uuid !== viewer.uuid);
      const making: Making = { kind: 'GROUP', clientId, given: [name ?? null, uuids.toSorted(), joinPolicy ?? null] };
      return await log.write(async (writer) => {
        await writer.lock([viewer.userId, ...(await peopleAmong(writer, uuids))]);
        const before = await made.find(writer, viewer, making);
        if (before !== null) return before;
        const people = await requirePeople(writer, 'memberIds', uuids);
        const actor = await requireActor(writer, viewer.userId);
        await permissions.requireInvitation(writer, inviterOf(viewer), 'memberIds', people);
        requireRoom('memberIds', 1, people.length, memberLimit);
        const userIds = [viewer.userId, ...people];
        const shown = chosen ?? nameFromMembers(await nicknamesOf(writer, userIds));
        const id = await writer.create('GROUP');
        const { now } = await writer.stamp();
        await writer.db.insertInto('Conversation').values({ id, uuid: uuidv7(), kind: 'GROUP', name: shown, createdAt: now }).execute();
        await writer.db
          .insertInto('Group')
          .values({ id, joinPolicy: joinPolicy ?? 'OPEN', announcement: null, inviteCode: createCode(), showsHistory: 0, memberCount: 0, needsOwner: 0 })
          .execute();
        const notice = { code: 'GROUP_CREATED', actorId: viewer.userId, names: { actor } } as const;
        await addMembers(writer, { conversationId: id, userIds, notice, showsHistory: false });
        await writer.db.updateTable('Member').set({ role: 'OWNER' }).where('logId', '=', id).where('userId', '=', viewer.userId).execute();
        await made.remember(writer, viewer, making, id);
        return id;
      });
    },
    update: (viewer, uuid, changes) =>
      writeGroup(
        log,
        async (tx) => ({ conversationId: await requireMembership(tx, viewer, uuid), people: [viewer.userId] }),
        async (writer) => {
          const { group } = writer;
          const me = await requireMember(writer, group.id, viewer.userId);
          const { role } = me;
          const ofOwner = changes.joinPolicy ?? changes.showsHistory ?? (changes.resetInviteCode || null);
          if (!runsGroup(role) || (role !== 'OWNER' && ofOwner !== null)) throw new AppError('FORBIDDEN');
          const after = { ...changed(group, changes), avatar: await changeAvatar(writer, viewer, group.id, group.avatar, takeAvatar(changes)) };
          const renamed = after.name !== group.name;
          const announced = after.announcement !== null && after.announcement !== group.announcement;
          if (JSON.stringify(after) === JSON.stringify(group)) return group.id;
          const actor = await requireSpeaker(writer, me);
          await writer.stamp();
          if (renamed) await writeNotice(writer, group.id, { code: 'GROUP_RENAMED', actorId: viewer.userId, names: { actor, name: after.name } }, null);
          if (announced) await writeNotice(writer, group.id, { code: 'GROUP_ANNOUNCED', actorId: viewer.userId, names: { actor } }, null);
          const { name, avatar, announcement, joinPolicy, inviteCode, showsHistory } = after;
          await writer.db.updateTable('Conversation').set({ name, avatar }).where('id', '=', group.id).execute();
          await writer.db.updateTable('Group').set({ announcement, joinPolicy, inviteCode, showsHistory }).where('id', '=', group.id).execute();
          writer.append(group.id, { kind: 'CONVERSATION' }, null);
          return group.id;
        },
      ),
    dissolve: (viewer, uuid) =>
      writeGroup(
        log,
        async (tx) => {
          const conversationId = await requireMembership(tx, viewer, uuid);
          return { conversationId, people: [viewer.userId, ...(await pendingIn(tx, conversationId)).map(({ userId }) => userId)] };
        },
        async (writer) => {
          const { id } = writer.group;
          const { role } = await requireMember(writer, id, viewer.userId);
          if (role !== 'OWNER') throw new AppError('FORBIDDEN');
          await requireActor(writer, viewer.userId);
          const pending = await pendingIn(writer, id);
          writer.needs(pending.map(({ userId }) => userId));
          const { now } = await writer.stamp();
          // Nobody is left who could answer them.
          await writer.db
            .updateTable('JoinRequest')
            .set({ status: 'REFUSED', answeredAt: now })
            .where('conversationId', '=', id)
            .where('status', '=', 'PENDING')
            .execute();
          for (const request of pending) writer.append(request.userId, { kind: 'JOIN_REQUEST', aboutId: request.id }, [request.userId]);
          await writer.db.updateTable('Conversation').set({ dissolvedAt: now }).where('id', '=', id).execute();
          writer.append(id, { kind: 'DISSOLVED' }, null);
          writer.afterCommit(() => bus.publish(`log:${id}`, { kind: 'DISSOLVED', logId: id }));
        },
      ),
  };
}

/** The id of a conversation of which the viewer is a member. Throws `NOT_FOUND`. */
export async function requireMembership(tx: Tx, viewer: Viewer, uuid: string): Promise<number> {
  const id = await findMembership(tx, viewer.userId, uuid);
  if (id === null) throw new AppError('NOT_FOUND');
  return id;
}

/** The id of the group with an invite code, or null. */
export async function findByCode(tx: Tx, inviteCode: string): Promise<number | null> {
  // Databases take others for the same: with blanks behind, for example.
  if (!/^[0-9a-f]{24}$/i.test(inviteCode)) return null;
  const row = await tx.db
    .selectFrom('Group as g')
    .innerJoin('Conversation as c', 'c.id', 'g.id')
    .select('g.id')
    .where('g.inviteCode', '=', inviteCode.toLowerCase())
    .where('c.dissolvedAt', 'is', null)
    .executeTakeFirst();
  return row?.id ?? null;
}

const pendingIn = (tx: Tx, conversationId: number) =>
  tx.db.selectFrom('JoinRequest').select(['id', 'userId']).where('conversationId', '=', conversationId).where('status', '=', 'PENDING').execute();

/** Lower case only: to MySQL codes that differ in case are the same. */
const createCode = () => randomBytes(12).toString('hex');

function changed(group: HeldGroup, changes: GroupChanges): HeldGroup {
  return {
    ...group,
    name: changes.name == null ? group.name : requireName('name', changes.name, nameLimit),
    announcement: changes.announcement === undefined ? group.announcement : optionalText('announcement', changes.announcement, announcementLimit),
    joinPolicy: changes.joinPolicy ?? group.joinPolicy,
    inviteCode: changes.resetInviteCode ? createCode() : group.inviteCode,
    showsHistory: changes.showsHistory == null ? group.showsHistory : changes.showsHistory ? 1 : 0,
  };
}
