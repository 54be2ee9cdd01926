import { type Config, ConfigError } from '../../config.ts';
import { AppError, badInput } from '../../kernel/errors.ts';
import { nameLimit, optionalName } from '../../kernel/names.ts';
import { isSamePassword, requirePassword } from '../../kernel/passwords.ts';
import { requireUsername, usernameKeyOf } from '../../kernel/usernames.ts';
import type { SessionViewer } from '../../kernel/viewer.ts';
import { type Database, isDuplicate } from '../../platform/database.ts';
import type { Keys } from '../../platform/keys.ts';
import type { Passwords } from '../../platform/passwords.ts';
import type { ProofsOfWork } from '../../platform/proof-of-work.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import { untilSettled } from '../../platform/settling.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { LogWriter } from '../log/log.service.ts';
import { keptName } from '../users/kept-name.policy.ts';
import type { UserRow } from '../users/user.entity.ts';
import { insertUser, lockUser, requireEnabled } from '../users/user.service.ts';
import type { Caller, Work } from './caller.policy.ts';
import { deviceHashes } from './credentials.policy.ts';
import { createEntrances } from './entrance.service.ts';
import { createLoginGuard } from './login-guard.service.ts';
import { becomeUser, lockIfThere, visitorOfDevice } from './newcomer.service.ts';
import { createNewcomerGuard } from './newcomer-guard.service.ts';
import type { SessionService } from './session.service.ts';
import type { IssuedTokens } from './session-writer.service.ts';

type Text = string | null | undefined;

/** A visitor's device: its random id in lower case, and what it tells of itself for statistics, at most 50 characters each. */
export interface VisitorInput {
  readonly deviceId: string;
  readonly platform?: Text;
  readonly model?: Text;
  readonly os?: Text;
  readonly brand?: Text;
  readonly work?: Work;
}

/** A new account. With the id of a visitor's device that visitor becomes the user. */
export interface RegisterInput {
  readonly username: string;
  readonly password: string;
  readonly nickname?: Text;
  readonly deviceId?: Text;
  readonly work?: Work;
}

/**
 * A login; `device` is how the session is named in lists, at most 100 characters. `newPassword` belongs to a password that an admin has reset, and to no
 * other.
 */
export interface LoginInput {
  readonly username: string;
  readonly password: string;
  readonly newPassword?: Text;
  readonly device?: Text;
  readonly work?: Work;
}

/** How people come in and go out. Who registers passes the guard of newcomers, and who logs in that of logins: see there what they throw. */
export interface AuthService {
  /** The visitor of this device, made where there is none, with a new session. Throws `USER_DISABLED`. */
  registerVisitor(input: VisitorInput, caller: Caller): Promise<IssuedTokens>;
  /** Makes a user with a session. Throws `BAD_USER_INPUT`, `CONFLICT` for a name that is taken, `USER_DISABLED` for the device of a disabled visitor. */
  register(input: RegisterInput, caller: Caller): Promise<IssuedTokens>;
  /**
   * A new session. Throws `INVALID_CREDENTIALS`, after the same work whether name or password is wrong, and `USER_DISABLED` to whoever knows the
   * password. One that an admin has reset is good once, until its time is over, together with a new one, which is the password from then on:
   * `BAD_USER_INPUT` for `newPassword` where that is missing, does not fit or is the same, and where the password was not reset.
   */
  login(input: LoginInput, caller: Caller): Promise<IssuedTokens>;
  /** The next pair of tokens: see the service of sessions. */
  refreshSession(refreshToken: string, isAwaited: () => boolean, address: string): Promise<IssuedTokens>;
  /** Ends the viewer's session, or another live one of the viewer's by its uuid. Throws `NOT_FOUND` where that is none. */
  logout(viewer: SessionViewer, sessionUuid?: string): Promise<void>;
  /** Changes the password and ends every other session. Throws `INVALID_CREDENTIALS` where the old one is wrong, `RATE_LIMITED` where it was too often. */
  changePassword(viewer: SessionViewer, passwords: { readonly old: string; readonly new: string }, caller: Caller): Promise<void>;
  /** Makes the first admin from the configuration where there is no admin. Throws a `ConfigError` where the name belongs to somebody who is none, or the password is none. */
  ensureAdmin(): Promise<void>;
}

/** What the service stands on. */
export interface AuthServiceParts {
  readonly config: Config;
  readonly database: Database;
  readonly keys: Keys;
  readonly passwords: Passwords;
  readonly sessions: SessionService;
  readonly audit: AuditService;
  readonly limiter: RateLimiter;
  readonly proofs: ProofsOfWork;
  /** Stores, in the transaction in which it happens, what is still to be done about a visitor who has become a user. */
  readonly onRegistered: (writer: LogWriter, userId: number) => Promise<void>;
}

const noDevice = { deviceHash: null, platform: null, model: null, os: null, brand: null };

/** The most characters of the name of a device. */
export const deviceNameLimit = 100;

/** Judged only where the password is about to be set: what once made an admin may stand in the configuration for ever. */
function requireAdminPassword({ username, password }: { readonly username: string; readonly password: string }): void {
  try {
    requirePassword('ADMIN_PASSWORD', password, username);
  } catch (error) {
    throw error instanceof AppError ? new ConfigError([`ADMIN_PASSWORD: ${error.sentence.en}`]) : error;
  }
}

/** A new password in the place of one that an admin has reset: judged before anything is asked, so that it says nothing of whose the name is. */
function requireOther(newPassword: string, { username, password }: LoginInput): void {
  requirePassword('newPassword', newPassword, username);
  if (isSamePassword(newPassword, password))
    throw badInput('newPassword', { zh: '新密码不能与重置密码相同', en: 'Choose another password than the one that you were given' });
}

const newPasswordWanted = {
  zh: '密码已被管理员重置：请用 newPassword 设置新密码',
  en: 'An administrator has reset this password: log in with it once more and choose a new one in newPassword',
};

const notReset = {
  zh: '这个密码没有被重置：请去掉 newPassword，登录后用 changePassword 修改',
  en: 'This password was not reset: log in without newPassword, and change it with changePassword',
};

/** From now on the password of a locked user, for as long as they like. The stamp is taken. */
async function setPassword(writer: LogWriter, { id }: UserRow, passwordHash: string): Promise<void> {
  await writer.db.updateTable('User').set({ passwordHash, passwordUntil: null }).where('id', '=', id).execute();
}

/** Makes the service. */
export function createAuthService(parts: AuthServiceParts): AuthService {
  const { config, database, keys, passwords, sessions, audit, limiter, proofs, onRegistered } = parts;
  const entrances = createEntrances(keys, database);
  const logins = createLoginGuard(limiter, proofs, entrances);
  const newcomers = createNewcomerGuard(config.proof, limiter, proofs);
  const findByName = (username: string): Promise<UserRow | null> => {
    const key = usernameKeyOf(username);
    return key === null
      ? Promise.resolve(null)
      : database.read(async (tx) => (await tx.db.selectFrom('User').selectAll().where('usernameKey', '=', key).executeTakeFirst()) ?? null);
  };
  const findByDevice = (hashes: readonly string[]) => database.read((tx) => visitorOfDevice(tx, hashes));

  const taken = () => new AppError('CONFLICT', { field: 'username' }, { zh: '用户名已被使用', en: 'This username is taken' });

  const turnIntoUser = (visitor: UserRow, account: Pick<UserRow, 'username' | 'passwordHash'>, nickname: string | null, address: string) =>
    sessions.write(async (writer) => {
      const found = await lockIfThere(writer, visitor.id);
      // Two registrations with one device: the second finds it used up and makes a user of its own.
      if (found === null || found.deviceHash === null) return null;
      const user = await becomeUser(writer, requireEnabled(found), { ...account, nickname }, onRegistered);
      return await writer.startSession(user, null, entrances.markOf(user.id, address));
    });

  return {
    async registerVisitor(input, { address }) {
      const hashes = deviceHashes(keys, input.deviceId);
      const [deviceHash = null] = hashes;
      const told = {
        platform: optionalName('platform', input.platform, nameLimit),
        model: optionalName('model', input.model, nameLimit),
        os: optionalName('os', input.os, nameLimit),
        brand: optionalName('brand', input.brand, nameLimit),
      };
      // What does not fit is said before: a proof is good once.
      await newcomers.requirePassing('registerVisitor', input.work, address);
      return await untilSettled(async () => {
        const known = await findByDevice(hashes);
        return await sessions.write(async (writer) => {
          if (known === null) {
            const username = keptName('VIS');
            return await writer.startSession(
              await insertUser(writer, { username, nickname: username, role: 'VISITOR', passwordHash: null, deviceHash, ...told }),
              null,
              null,
            );
          }
          const visitor = await lockIfThere(writer, known.id);
          if (visitor?.deviceHash !== known.deviceHash) return null;
          requireEnabled(visitor);
          const news = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null));
          // Kept under the present key from now on: one day the previous one is no longer accepted.
          const changes = { deviceHash, ...news };
          await writer.db.updateTable('User').set(changes).where('id', '=', visitor.id).execute();
          return await writer.startSession({ ...visitor, ...changes }, null, null);
        });
      });
    },

    async register(input, { address, isAwaited }) {
      const username = requireUsername(input.username);
      requirePassword('password', input.password, username);
      const nickname = optionalName('nickname', input.nickname, nameLimit);
      await newcomers.requirePassing('register', input.work, address);
      if (await findByName(username)) throw taken();
      const account = { username, passwordHash: await passwords.hash(input.password, { house: address, who: null, isAwaited }) };
      try {
        const visitor = input.deviceId ? await findByDevice(deviceHashes(keys, input.deviceId)) : null;
        const turned = visitor && (await turnIntoUser(visitor, account, nickname, address));
        if (turned) return turned;
        const fresh = { ...noDevice, ...account, role: 'USER' as const, nickname: nickname ?? username };
        return await sessions.write(async (writer) => {
          const user = await insertUser(writer, fresh);
          return await writer.startSession(user, null, entrances.markOf(user.id, address));
        });
      } catch (error) {
        if (isDuplicate(error)) throw taken();
        throw error;
      }
    },

    async login(input, caller) {
      const { address, isAwaited } = caller;
      const device = optionalName('device', input.device, deviceNameLimit);
      const newPassword = input.newPassword ?? null;
      if (newPassword !== null) requireOther(newPassword, input);
      const known = await findByName(input.username);
      const thisTry = await logins.begin(input, known?.id ?? null, caller);
      await thisTry.requirePassing();
      // Again when it is its turn: many may have come at once.
      const hashing = { house: address, who: thisTry.line, isAwaited, onTurn: thisTry.requirePassing };
      const fits = await passwords.verifyOrPretend(known?.passwordHash ?? null, input.password, hashing);
      if (known === null || !fits) {
        await thisTry.countWrong();
        throw new AppError('INVALID_CREDENTIALS');
      }
      const passwordHash = known.passwordUntil === null || newPassword === null ? null : await passwords.hash(newPassword, hashing);
      const outcome = await sessions.write(async (writer) => {
        const user = await lockUser(writer, known.id);
        // Changed since it was checked: the password that was given may be the old one.
        if (user.passwordHash !== known.passwordHash) throw new AppError('INVALID_CREDENTIALS');
        if (user.passwordUntil !== null && (await writer.stamp()).now >= user.passwordUntil) return 'OVER';
        requireEnabled(user);
        if (user.passwordUntil !== null) {
          if (passwordHash === null) throw badInput('newPassword', newPasswordWanted);
          await setPassword(writer, user, passwordHash);
          await writer.endSessions(user, 'PASSWORD');
        } else if (newPassword !== null) throw badInput('newPassword', notReset);
        return await writer.startSession(user, device, entrances.markOf(user.id, address));
      });
      if (outcome !== 'OVER') return outcome;
      await thisTry.countWrong();
      throw new AppError('INVALID_CREDENTIALS');
    },

    refreshSession: (refreshToken, isAwaited, address) => sessions.refresh(refreshToken, isAwaited, address),

    logout: (viewer, sessionUuid = viewer.sessionUuid) =>
      sessions.write(async (writer) => {
        const user = await lockUser(writer, viewer.userId);
        const own = sessionUuid === viewer.sessionUuid;
        const ended = await writer.endSessions(user, own ? 'LOGOUT' : 'REVOKED', (eb) => eb('uuid', '=', sessionUuid));
        if (ended === 0 && !own) throw new AppError('NOT_FOUND');
      }),

    async changePassword(viewer, { old: oldPassword, new: newPassword }, { address, isAwaited }) {
      const known = await database.read((tx) =>
        tx.db.selectFrom('User').select(['username', 'passwordHash']).where('id', '=', viewer.userId).executeTakeFirst(),
      );
      requirePassword('newPassword', newPassword, known?.username ?? '');
      const before = known?.passwordHash ?? null;
      const requireNoPause = () => limiter.requireNoPause('wrongPassword', viewer.sessionId);
      await requireNoPause();
      const hashing = { house: address, who: known?.username.toLowerCase() ?? null, isAwaited };
      if (!(await passwords.verifyOrPretend(before, oldPassword, { ...hashing, onTurn: requireNoPause }))) {
        await limiter.countWrong('wrongPassword', viewer.sessionId);
        throw new AppError('INVALID_CREDENTIALS', { field: 'oldPassword' });
      }
      const passwordHash = await passwords.hash(newPassword, hashing);
      await sessions.write(async (writer) => {
        const user = await lockUser(writer, viewer.userId);
        if (user.passwordHash !== before) throw new AppError('INVALID_CREDENTIALS', { field: 'oldPassword' });
        const { now } = await writer.stamp();
        // Somebody who came in another way, and then an admin has reset the password.
        if (user.passwordUntil !== null && now >= user.passwordUntil) throw new AppError('INVALID_CREDENTIALS', { field: 'oldPassword' });
        await setPassword(writer, user, passwordHash);
        await writer.endSessions(user, 'PASSWORD', (eb) => eb('id', '!=', viewer.sessionId));
      });
    },

    async ensureAdmin() {
      const wanted = config.admin;
      if (wanted === null) return;
      const anyAdmin = () => database.read((tx) => tx.db.selectFrom('User').select('id').where('role', '=', 'ADMIN').limit(1).executeTakeFirst());
      if (await anyAdmin()) return;
      const refuse = () => new ConfigError([`ADMIN_USERNAME: "${wanted.username}" is the name of an account that is no admin; choose another name`]);
      // Another node that starts at the same moment may have made it just now.
      if (await findByName(wanted.username)) {
        if (await anyAdmin()) return;
        throw refuse();
      }
      requireAdminPassword(wanted);
      const { username } = wanted;
      const passwordHash = await passwords.hash(wanted.password, { house: '', who: null, isAwaited: () => true });
      try {
        await sessions.write(async (writer) => {
          const { uuid, role } = await insertUser(writer, { ...noDevice, username, nickname: username, passwordHash, role: 'ADMIN' });
          await audit.record(writer, { by: null, action: 'user.create', target: { type: 'User', key: uuid }, reason: null, change: { after: { role } } });
        });
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        // Another node that started at the same moment was faster, or somebody registered the name just now.
        if (!(await anyAdmin())) throw refuse();
      }
    },
  };
}
