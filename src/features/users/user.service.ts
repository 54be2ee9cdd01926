import { randomUUID } from 'node:crypto';
import type { ChatsetDefault } from '../../config.ts';
import { AppError } from '../../kernel/errors.ts';
import { nameLimit, optionalName } from '../../kernel/names.ts';
import { optionalText } from '../../kernel/texts.ts';
import { optionalUrl } from '../../kernel/urls.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { type AvatarChange, changeAvatar, takeAvatar } from '../files/avatar.service.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { indexNames } from './name-index.service.ts';
import type { ProfileJobService } from './profile-job.service.ts';
import type { UserRow } from './user.entity.ts';
import { type Chatset, chatsetOf, storedChatset } from './user.policy.ts';
import { type ChatsetInput, mergeChatset, type ProfileInput, profileLimits } from './user-input.policy.ts';

/**
 * People: who they are and what they say of themselves. What changes somebody throws `USER_DISABLED` where the account was disabled since its session was
 * checked.
 */
export interface UserService {
  /** The users with these ids, disabled ones included, by id. */
  byIds(tx: Tx, ids: readonly number[]): Promise<ReadonlyMap<number, UserRow>>;
  /** The users with these uuids, disabled ones included, by uuid. */
  byUuids(tx: Tx, uuids: readonly string[]): Promise<ReadonlyMap<string, UserRow>>;
  /** The enabled user with this uuid, or null. */
  findEnabled(tx: Tx, uuid: string): Promise<UserRow | null>;
  /** The chatset that holds for a user: what the owner set, over the default of the owner's role. */
  chatsetOf(user: Pick<UserRow, 'chatset' | 'role'>): Chatset;
  /** Changes the viewer's own profile. A nickname that is cleared becomes the username. Throws `BAD_USER_INPUT` with the field, and what `changeAvatar` throws. */
  updateProfile(viewer: Viewer, input: ProfileInput & AvatarChange): Promise<UserRow>;
  /** Changes who may start to write to the viewer. Throws `BAD_USER_INPUT` with the field. */
  updateChatset(viewer: Viewer, input: ChatsetInput): Promise<UserRow>;
  /** Changes the viewer's settings; null or absent leaves. */
  updateSettings(viewer: Viewer, settings: { readonly acceptsFriendsAtOnce?: boolean | null | undefined }): Promise<void>;
}

/** What the service of people stands on. */
export interface UserServiceParts {
  readonly log: LogService;
  readonly profileJobs: ProfileJobService;
  readonly defaultChatset: ChatsetDefault;
}

const enabledByUuid = createStatement((tx, slot: Slots<{ uuid: string }>) =>
  tx.db.selectFrom('User').selectAll().where('uuid', '=', slot('uuid')).where('enabled', '=', 1),
);

/** Users by their numeric ids, whoever they are. */
export const usersById = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) => tx.db.selectFrom('User').selectAll().where('id', 'in', slot('ids')));

const usersByUuid = createStatement((tx, slot: Slots<{ uuids: readonly string[] }>) => tx.db.selectFrom('User').selectAll().where('uuid', 'in', slot('uuids')));

/** Makes the service of people. */
export function createUserService({ log, profileJobs, defaultChatset }: UserServiceParts): UserService {
  /** Writes what differs and tells oneself, and later everybody concerned, in one transaction. */
  const change = (viewer: Viewer, changesOf: (user: UserRow, tx: Tx) => Partial<UserRow> | Promise<Partial<UserRow>>) =>
    log.write(async (writer) => {
      const user = requireEnabled(await lockUser(writer, viewer.userId));
      const wanted = await changesOf(user, writer);
      const changes = Object.fromEntries(Object.entries(wanted).filter(([column, value]) => Reflect.get(user, column) !== value));
      if (Object.keys(changes).length === 0) return user;
      await writer.stamp();
      await writer.db.updateTable('User').set(changes).where('id', '=', user.id).execute();
      await indexNames(writer, user.id, user, { ...user, ...changes });
      writer.append(user.id, { kind: 'PERSON', aboutId: user.id }, [user.id]);
      await profileJobs.add(writer, user.id);
      return { ...user, ...changes };
    });

  return {
    async byIds(tx, ids) {
      if (ids.length === 0) return new Map();
      return new Map((await usersById(tx, { ids })).map((row) => [row.id, row]));
    },
    async byUuids(tx, uuids) {
      if (uuids.length === 0) return new Map();
      return new Map((await usersByUuid(tx, { uuids })).map((row) => [row.uuid, row]));
    },
    findEnabled: async (tx, uuid) => (await enabledByUuid(tx, { uuid }))[0] ?? null,
    chatsetOf: (user) => chatsetOf(user, defaultChatset),
    updateProfile: async (viewer, input) => {
      const picture = takeAvatar(input);
      return await change(viewer, async (user, tx) => ({
        ...(input.nickname !== undefined && { nickname: optionalName('nickname', input.nickname, nameLimit) ?? user.username }),
        ...(input.gender !== undefined && { gender: input.gender ?? 'UNKNOWN' }),
        ...(input.birthday !== undefined && { birthday: input.birthday }),
        ...(input.bio !== undefined && { bio: optionalText('bio', input.bio, profileLimits.bio) }),
        ...(input.location !== undefined && { location: optionalName('location', input.location, profileLimits.location) }),
        ...(input.website !== undefined && { website: optionalUrl('website', input.website) }),
        // Last: what is refused leaves everything as it was.
        avatar: await changeAvatar(tx, viewer, user.id, user.avatar, picture),
      }));
    },
    updateChatset: (viewer, input) =>
      change(viewer, (user) => {
        const chatset = JSON.stringify(mergeChatset(storedChatset(user), input));
        return { chatset: chatset === '{}' ? null : chatset };
      }),
    updateSettings: (viewer, { acceptsFriendsAtOnce }) =>
      log.write(async (writer) => {
        const user = requireEnabled(await lockUser(writer, viewer.userId));
        const flag = acceptsFriendsAtOnce ? 1 : 0;
        if (acceptsFriendsAtOnce === null || acceptsFriendsAtOnce === undefined || user.acceptsFriendsAtOnce === flag) return;
        await writer.stamp();
        await writer.db.updateTable('User').set({ acceptsFriendsAtOnce: flag }).where('id', '=', user.id).execute();
        writer.append(user.id, { kind: 'VIEWER' }, [user.id]);
      }),
  };
}

/**
 * The row of a user as it is now, after locking the user's own log, without which nobody changes it. The row is locked as well, here and not
 * by the change: a change after the stamp would wait for a send that reads this row, which would wait behind a closing for the stamp.
 * Throws `USER_NOT_FOUND`.
 */
export async function lockUser(writer: LogWriter, userId: number): Promise<UserRow> {
  await writer.lock([userId]);
  const user = await writer.db.selectFrom('User').selectAll().where('id', '=', userId).modifyEnd(writer.dialect.forUpdate).executeTakeFirst();
  if (!user) throw new AppError('USER_NOT_FOUND');
  return user;
}

/**
 * Throws `USER_DISABLED` where the account of somebody was disabled since their session was checked: judged where their own log is held, by whatever changes
 * what others see or have.
 */
export async function requireStillEnabled(tx: Tx, userId: number): Promise<void> {
  requireEnabled(await tx.db.selectFrom('User').select('enabled').where('id', '=', userId).executeTakeFirstOrThrow());
}

/** Throws `RECIPIENT_UNAVAILABLE` where the account of somebody is disabled whom another one lets in: judged where their own log is held. */
export async function requireAvailable(tx: Tx, userId: number): Promise<void> {
  const { enabled } = await tx.db.selectFrom('User').select('enabled').where('id', '=', userId).executeTakeFirstOrThrow();
  if (enabled === 0) throw new AppError('RECIPIENT_UNAVAILABLE', {}, { zh: '对方的账户已被禁用', en: 'The account of this user is disabled' });
}

/** Throws `USER_DISABLED` where an admin, or a server of the operator's, has closed the account. */
export function requireEnabled<U extends Pick<UserRow, 'enabled'>>(user: U): U {
  if (user.enabled === 0) throw new AppError('USER_DISABLED');
  return user;
}

/** What a new user is made of; everything else begins empty. */
export type NewUser = Pick<UserRow, 'username' | 'passwordHash' | 'role' | 'nickname' | 'deviceHash' | 'platform' | 'model' | 'os' | 'brand'> &
  Partial<Pick<UserRow, 'avatar'>>;

/** Makes a user together with the user's own log, which is locked by being new. A name or device that is taken fails as a duplicate (`isDuplicate`). */
export async function insertUser(writer: LogWriter, fields: NewUser): Promise<UserRow> {
  const id = await writer.create('USER');
  const { now } = await writer.stamp();
  const user: UserRow = {
    id,
    uuid: randomUUID(),
    avatar: null,
    ...fields,
    usernameKey: fields.username.toLowerCase(),
    enabled: 1,
    gender: 'UNKNOWN',
    birthday: null,
    bio: null,
    location: null,
    website: null,
    chatset: null,
    acceptsFriendsAtOnce: 0,
    createdAt: now,
    lastSeenAt: null,
    passwordUntil: null,
  };
  await writer.db
    .insertInto('User')
    .values({ ...user })
    .execute();
  await indexNames(writer, id, null, user);
  return user;
}
