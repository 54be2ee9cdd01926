import { AppError } from '../../kernel/errors.ts';
import { userUuidOf } from '../../kernel/ids.ts';
import { nameLimit, optionalName } from '../../kernel/names.ts';
import type { ServerCaller } from '../../kernel/server-caller.ts';
import { optionalUrl } from '../../kernel/urls.ts';
import type { Database } from '../../platform/database.ts';
import { untilSettled } from '../../platform/settling.ts';
import type { AuditAction } from '../audit/audit.entity.ts';
import type { AuditService, AuditValues } from '../audit/audit.service.ts';
import type { SessionService } from '../auth/session.service.ts';
import type { SessionWriter } from '../auth/session-writer.service.ts';
import { changeAvatarUrl } from '../files/avatar.service.ts';
import type { LogWriter } from '../log/log.service.ts';
import type { ProviderRow } from '../providers/provider.entity.ts';
import { findProvider } from '../providers/provider.service.ts';
import { requireNoAdmin } from '../server-keys/reach.policy.ts';
import { keptName } from '../users/kept-name.policy.ts';
import { indexNames } from '../users/name-index.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import { lockUser } from '../users/user.service.ts';
import { bindExternal, makeExternal, markUsed, wholeSecond } from './external-person.service.ts';
import { findExternal } from './person.service.ts';
import { requireExternalId, requireTraits, type Trait, traitsJson } from './traits.policy.ts';

/** Somebody of a provider's, as a server of the operator's tells of them: absent leaves what there is. */
export interface UpsertWish {
  /** Needed where there are several. */
  readonly provider?: string | null | undefined;
  readonly externalId: string;
  /** An account of Parley's own that becomes this person. */
  readonly userId?: string | null | undefined;
  /** Null: the username. */
  readonly nickname?: string | null | undefined;
  /** An https URL; null takes it away. */
  readonly avatar?: string | null | undefined;
  /** Null leaves. */
  readonly enabled?: boolean | null | undefined;
  /** A list replaces; null leaves. */
  readonly traits?: readonly Trait[] | null | undefined;
}

/** People of providers, made and changed by servers of the operator's. */
export interface Upserts {
  /**
   * Makes somebody of a provider's, or changes them. The same again changes nothing and tells nobody. An account of Parley's own that becomes this person
   * keeps its uuid and all that it has, but for its password and its sessions. Throws `BAD_USER_INPUT` with the field, what `findProvider` throws,
   * `FORBIDDEN` for an admin; for `userId` `NOT_FOUND`, and `CONFLICT` where it is an ADMIN, an AGENT or somebody of a provider's, or where this person
   * is somebody else.
   */
  upsert(server: ServerCaller, wish: UpsertWish): Promise<UserRow>;
}

/** What the service stands on. The two store, in the transaction in which it happens, what is still to be done. */
export interface UpsertParts {
  readonly database: Database;
  readonly sessions: SessionService;
  readonly audit: AuditService;
  /** About a profile that has changed. */
  readonly onProfile: (writer: LogWriter, userId: number) => Promise<void>;
  /** About an account that has changed as a whole. */
  readonly onAccount: (writer: LogWriter, userId: number) => Promise<void>;
}

/** A wish that was judged as far as it can be without the tables. */
interface Wanted {
  readonly nickname: string | null | undefined;
  readonly avatar: string | null | undefined;
  readonly enabled: 0 | 1 | undefined;
  readonly traits: readonly Trait[] | undefined;
}

function judged({ nickname, avatar, enabled, traits }: UpsertWish): Wanted {
  return {
    nickname: nickname === undefined ? undefined : optionalName('nickname', nickname, nameLimit),
    avatar: avatar === undefined ? undefined : optionalUrl('avatar', avatar),
    enabled: typeof enabled === 'boolean' ? (enabled ? 1 : 0) : undefined,
    traits: traits ? requireTraits('traits', traits) : undefined,
  };
}

const conflict = (sentence: { readonly zh: string; readonly en: string }) => new AppError('CONFLICT', { field: 'userId' }, sentence);
const isSomebody = { zh: '这个帐号已是某个外部用户', en: 'This account is a person of a provider already' };
const isSomebodyElse = { zh: '这个外部用户已是另一个帐号，帐号不会合并', en: 'This person has another account already, and accounts are never merged' };
const isOfStaff = { zh: '管理员和客服不能成为外部用户', en: 'An admin and an agent become nobody of a provider' };

/** Makes the service. */
export function createUpserts({ database, sessions, audit, onProfile, onAccount }: UpsertParts): Upserts {
  const record = (writer: LogWriter, server: ServerCaller, action: AuditAction, { uuid }: UserRow, after: AuditValues) =>
    audit.record(writer, { by: server, action, target: { type: 'User', key: uuid }, reason: null, change: { after } });

  /** What differs from the wish; files are locked by this, before the stamp. */
  const differences = async (writer: LogWriter, before: UserRow, wanted: Wanted, adopted: Partial<UserRow>): Promise<Partial<UserRow>> => {
    const username = adopted.username ?? before.username;
    const wish: Partial<UserRow> = {
      ...adopted,
      ...(wanted.nickname !== undefined && { nickname: wanted.nickname ?? username }),
      ...(wanted.enabled !== undefined && { enabled: wanted.enabled }),
      ...(wanted.avatar !== undefined && { avatar: await changeAvatarUrl(writer, before.id, before.avatar, wanted.avatar) }),
    };
    return Object.fromEntries(Object.entries(wish).filter(([column, value]) => Reflect.get(before, column) !== value));
  };

  /** Writes what differs of the row, and tells those who see it. The stamp is taken. */
  const write = async (writer: LogWriter, before: UserRow, changes: Partial<UserRow>): Promise<UserRow> => {
    const after = { ...before, ...changes };
    if (Object.keys(changes).length === 0) return after;
    await writer.db.updateTable('User').set(changes).where('id', '=', before.id).execute();
    await indexNames(writer, before.id, before, after);
    const isOther = after.role !== before.role || after.enabled !== before.enabled;
    if (!isOther && after.username === before.username && after.nickname === before.nickname && after.avatar === before.avatar) return after;
    writer.append(before.id, { kind: 'PERSON', aboutId: before.id }, [before.id]);
    await (isOther ? onAccount : onProfile)(writer, before.id);
    return after;
  };

  const make = (server: ServerCaller, provider: ProviderRow, externalId: string, { nickname, avatar, traits, enabled }: Wanted) =>
    sessions.write(async (writer) => {
      const profile = { nickname: nickname ?? null, avatar: avatar ?? null, traits: traits ?? [] };
      const made = await makeExternal(writer, provider, externalId, profile);
      const user = await write(writer, made, enabled === 0 ? { enabled } : {});
      await record(writer, server, 'user.create', user, { provider: provider.key, ...(enabled === 0 && { enabled: false }) });
      return user;
    });

  const change = async (writer: SessionWriter, server: ServerCaller, userId: number, wanted: Wanted): Promise<UserRow> => {
    const before = await lockUser(writer, userId);
    requireNoAdmin(before);
    const stored = await writer.db.selectFrom('ExternalPerson').select('traits').where('userId', '=', userId).executeTakeFirstOrThrow();
    const traits = wanted.traits === undefined ? stored.traits : traitsJson(wanted.traits);
    const changes = await differences(writer, before, wanted, {});
    const fields = [...Object.keys(changes), ...(traits === stored.traits ? [] : ['traits'])];
    if (fields.length === 0) return before;
    const { now } = await writer.stamp();
    // A proof of before, which may be good for long, must not bring back what was so then.
    await writer.db
      .updateTable('ExternalPerson')
      .set({ traits, profileAt: wholeSecond(now) })
      .where('userId', '=', userId)
      .execute();
    const after = await write(writer, before, changes);
    if (after.enabled !== before.enabled) await (after.enabled === 0 ? writer.endSessions(after, 'DISABLED') : writer.renewSessions(after));
    await record(writer, server, actionOf(before, after), after, { fields: fields.toSorted() });
    return after;
  };

  /** Null where the account has become this person, or somebody else has, a moment ago. */
  const adopt = async (writer: SessionWriter, server: ServerCaller, provider: ProviderRow, externalId: string, userUuid: string, wanted: Wanted) => {
    const found = await writer.db.selectFrom('User').select('id').where('uuid', '=', userUuid).executeTakeFirst();
    if (!found) throw new AppError('NOT_FOUND', { field: 'userId' });
    const before = await lockUser(writer, found.id);
    const known = await findExternal(writer, provider.id, externalId);
    if (known !== null) return null;
    const bound = await writer.db.selectFrom('ExternalPerson').select('userId').where('userId', '=', before.id).executeTakeFirst();
    if (bound) throw conflict(isSomebody);
    if (before.role === 'ADMIN' || before.role === 'AGENT') throw conflict(isOfStaff);
    await markUsed(writer, provider);
    const username = before.role === 'VISITOR' ? keptName('EXT') : before.username;
    const nickname = before.nickname === before.username ? username : before.nickname;
    const named = { username, usernameKey: username.toLowerCase(), nickname, role: 'USER', deviceHash: null } as const;
    const changes = await differences(writer, before, wanted, { ...named, passwordHash: null, passwordUntil: null });
    await writer.stamp();
    await bindExternal(writer, provider, externalId, { userId: before.id, traits: wanted.traits ?? [] });
    const after = await write(writer, before, changes);
    await writer.endSessions(after, after.enabled === 0 ? 'DISABLED' : before.role === 'VISITOR' ? 'REGISTERED' : 'REVOKED');
    await record(writer, server, 'user.external', after, { provider: provider.key, ...(after.enabled !== before.enabled && { enabled: after.enabled === 1 }) });
    return after;
  };

  return {
    async upsert(server, wish) {
      const externalId = requireExternalId('externalId', wish.externalId);
      const wanted = judged(wish);
      const userUuid = typeof wish.userId === 'string' ? userUuidOf(wish.userId) : undefined;
      if (userUuid === null) throw new AppError('NOT_FOUND', { field: 'userId' });
      const provider = await database.read((tx) => findProvider(tx, wish.provider ?? null));
      return await untilSettled(async () => {
        const known = await database.read((tx) => findExternal(tx, provider.id, externalId));
        if (known !== null) {
          if (userUuid !== undefined && known.uuid !== userUuid) throw conflict(isSomebodyElse);
          return await sessions.write((writer) => change(writer, server, known.id, wanted));
        }
        if (userUuid === undefined) return await make(server, provider, externalId, wanted);
        return await sessions.write((writer) => adopt(writer, server, provider, externalId, userUuid, wanted));
      });
    },
  };
}

/** What was done to somebody who was there before. */
function actionOf(before: UserRow, after: UserRow): AuditAction {
  if (after.enabled === before.enabled) return 'user.profile';
  return after.enabled === 1 ? 'user.enable' : 'user.disable';
}
