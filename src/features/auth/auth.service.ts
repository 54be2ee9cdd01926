import { type Config, ConfigError } from '../../config.ts';
import { AppError } from '../../kernel/errors.ts';
import { nameLimit, optionalName } from '../../kernel/names.ts';
import { requirePassword } from '../../kernel/passwords.ts';
import type { Bucket } from '../../kernel/rates.ts';
import { requireUsername, usernameKeyOf } from '../../kernel/usernames.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { type Database, isDuplicate } from '../../platform/database.ts';
import type { Keys } from '../../platform/keys.ts';
import type { Passwords } from '../../platform/passwords.ts';
import type { Key, RateLimiter } from '../../platform/rate-limit.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { LogWriter } from '../log/log.service.ts';
import { indexNames } from '../users/name-index.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import { insertUser, lockUser } from '../users/user.service.ts';
import { deviceHashes, visitorName } from './credentials.policy.ts';
import { createEntrances } from './entrance.service.ts';
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
}

/** A new account. With the id of a visitor's device that visitor becomes the user. */
export interface RegisterInput {
  readonly username: string;
  readonly password: string;
  readonly nickname?: Text;
  readonly deviceId?: Text;
}

/** A login; `device` is how the session is named in lists, at most 100 characters. */
export interface LoginInput {
  readonly username: string;
  readonly password: string;
  readonly device?: Text;
}

/** How people come in and go out. */
export interface AuthService {
  /** The visitor of this device, made where there is none, with a new session. Throws `USER_DISABLED`. */
  registerVisitor(input: VisitorInput): Promise<IssuedTokens>;
  /** Makes a user with a session. Throws `BAD_USER_INPUT`, `CONFLICT` for a name that is taken, `USER_DISABLED` for the device of a disabled visitor. */
  register(input: RegisterInput, address: string): Promise<IssuedTokens>;
  /**
   * A new session. Throws `INVALID_CREDENTIALS`, after the same work whether name or password is wrong, `USER_DISABLED` to whoever knows the password,
   * and `RATE_LIMITED` after too many wrong ones: of the name from that address; and where the name has never come in from there, of all such names
   * from that address. So nobody keeps people out who come from another address.
   */
  login(input: LoginInput, address: string): Promise<IssuedTokens>;
  /** The next pair of tokens: see the service of sessions. */
  refreshSession(refreshToken: string, isAwaited: () => boolean): Promise<IssuedTokens>;
  /** Ends the viewer's session, or another live one of the viewer's by its uuid. Throws `NOT_FOUND` where that is none. */
  logout(viewer: Viewer, sessionUuid?: string): Promise<void>;
  /** Changes the password and ends every other session. Throws `INVALID_CREDENTIALS` where the old one is wrong, `RATE_LIMITED` where it was too often. */
  changePassword(viewer: Viewer, oldPassword: string, newPassword: string): Promise<void>;
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
  readonly limiter: RateLimiter;
  /** Stores, in the transaction in which it happens, what is still to be done about a visitor who has become a user. */
  readonly onRegistered: (writer: LogWriter, userId: number) => Promise<void>;
}

const noDevice = { deviceHash: null, platform: null, model: null, os: null, brand: null };
const attempts = 10;

/** Of what is given as a name, for counting. */
const longestName = 100;

/** Judged only where the password is about to be set: what once made an admin may stand in the configuration for ever. */
function requireAdminPassword({ username, password }: { readonly username: string; readonly password: string }): void {
  try {
    requirePassword('ADMIN_PASSWORD', password, username);
  } catch (error) {
    throw error instanceof AppError ? new ConfigError([`ADMIN_PASSWORD: ${error.sentence.en}`]) : error;
  }
}

const usersOfDevice = createStatement((tx, slot: Slots<{ hashes: readonly string[] }>) =>
  tx.db.selectFrom('User').selectAll().where('deviceHash', 'in', slot('hashes')).limit(1),
);

/** Makes the service. */
export function createAuthService({ config, database, keys, passwords, sessions, limiter, onRegistered }: AuthServiceParts): AuthService {
  const entrances = createEntrances(keys, database);
  const findByName = (username: string): Promise<UserRow | null> => {
    const key = usernameKeyOf(username);
    return key === null
      ? Promise.resolve(null)
      : database.read(async (tx) => (await tx.db.selectFrom('User').selectAll().where('usernameKey', '=', key).executeTakeFirst()) ?? null);
  };
  const findByDevice = (hashes: readonly string[]) =>
    database.read(async (tx) => {
      const [found] = await usersOfDevice(tx, { hashes });
      return found ?? null;
    });

  const taken = () => new AppError('CONFLICT', { field: 'username' }, { zh: '用户名已被使用', en: 'This username is taken' });

  const requireEnabled = (user: UserRow) => {
    if (user.enabled === 0) throw new AppError('USER_DISABLED');
    return user;
  };

  /** The locked row of a visitor; null where it has gone meanwhile, as that of one who left no trace. */
  const lockIfThere = async (writer: LogWriter, userId: number): Promise<UserRow | null> => {
    const logs = await writer.lock([userId]);
    return logs.size === 0 ? null : await lockUser(writer, userId);
  };

  /** Tries again from the start what gives null, or a duplicate, because somebody else was faster. */
  const untilSettled = async <T>(attempt: () => Promise<T | null>): Promise<T> => {
    for (let count = 1; count <= attempts; count += 1) {
      try {
        const result = await attempt();
        if (result !== null) return result;
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
    }
    throw new AppError('UNAVAILABLE');
  };

  const turnIntoUser = (visitor: UserRow, account: Pick<UserRow, 'username' | 'passwordHash'>, nickname: string | null, address: string) =>
    sessions.write(async (writer) => {
      const found = await lockIfThere(writer, visitor.id);
      // Two registrations with one device: the second finds it used up and makes a user of its own.
      if (found === null || found.deviceHash === null) return null;
      const current = requireEnabled(found);
      await writer.stamp();
      const kept = current.nickname === current.username ? account.username : current.nickname;
      const changes = { ...account, usernameKey: account.username.toLowerCase(), role: 'USER' as const, nickname: nickname ?? kept, deviceHash: null };
      await writer.db.updateTable('User').set(changes).where('id', '=', current.id).execute();
      const user = { ...current, ...changes };
      await indexNames(writer, user.id, current, user);
      await writer.endSessions(user, 'REGISTERED');
      writer.append(user.id, { kind: 'PERSON', aboutId: user.id }, [user.id]);
      await onRegistered(writer, user.id);
      return await writer.startSession(user, null, entrances.markOf(user.id, address));
    });

  return {
    async registerVisitor(input) {
      const hashes = deviceHashes(keys, input.deviceId);
      const [deviceHash = null] = hashes;
      const told = {
        platform: optionalName('platform', input.platform, nameLimit),
        model: optionalName('model', input.model, nameLimit),
        os: optionalName('os', input.os, nameLimit),
        brand: optionalName('brand', input.brand, nameLimit),
      };
      return await untilSettled(async () => {
        const known = await findByDevice(hashes);
        return await sessions.write(async (writer) => {
          if (known === null) {
            const username = visitorName();
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

    async register(input, address) {
      const username = requireUsername(input.username);
      requirePassword('password', input.password, username);
      const nickname = optionalName('nickname', input.nickname, nameLimit);
      if (await findByName(username)) throw taken();
      const account = { username, passwordHash: await passwords.hash(input.password) };
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

    async login(input, address) {
      const device = optionalName('device', input.device, 100);
      const known = await findByName(input.username);
      const name = input.username.toLowerCase().slice(0, longestName);
      const isKnownHere = await entrances.cameIn(known?.id ?? 0, address);
      const tries: readonly (readonly [Bucket, Key])[] = [
        ['wrongLogin', [name, address]],
        // Never of the name alone: with wrong ones from everywhere a stranger would keep people out wherever they have not been yet.
        ...(isKnownHere ? [] : ([['wrongLoginOfAddress', [address]]] as const)),
      ];
      const requireNoPause = async () => {
        for (const [bucket, key] of tries) await limiter.requireNoPause(bucket, key);
      };
      await requireNoPause();
      // Again when it is its turn: many may have come at once.
      const fits = await passwords.verifyOrPretend(known?.passwordHash ?? null, input.password, requireNoPause);
      if (known === null || !fits) {
        for (const [bucket, key] of tries) await limiter.countWrong(bucket, key);
        throw new AppError('INVALID_CREDENTIALS');
      }
      return await sessions.write(async (writer) => {
        const user = await lockUser(writer, known.id);
        // Changed since it was checked: the password that was given may be the old one.
        if (user.passwordHash !== known.passwordHash) throw new AppError('INVALID_CREDENTIALS');
        return await writer.startSession(requireEnabled(user), device, entrances.markOf(user.id, address));
      });
    },

    refreshSession: (refreshToken, isAwaited) => sessions.refresh(refreshToken, isAwaited),

    logout: (viewer, sessionUuid = viewer.sessionUuid) =>
      sessions.write(async (writer) => {
        const user = await lockUser(writer, viewer.userId);
        const own = sessionUuid === viewer.sessionUuid;
        const ended = await writer.endSessions(user, own ? 'LOGOUT' : 'REVOKED', (eb) => eb('uuid', '=', sessionUuid));
        if (ended === 0 && !own) throw new AppError('NOT_FOUND');
      }),

    async changePassword(viewer, oldPassword, newPassword) {
      const known = await database.read((tx) =>
        tx.db.selectFrom('User').select(['username', 'passwordHash']).where('id', '=', viewer.userId).executeTakeFirst(),
      );
      requirePassword('newPassword', newPassword, known?.username ?? '');
      const before = known?.passwordHash ?? null;
      const requireNoPause = () => limiter.requireNoPause('wrongPassword', viewer.sessionId);
      await requireNoPause();
      if (!(await passwords.verifyOrPretend(before, oldPassword, requireNoPause))) {
        await limiter.countWrong('wrongPassword', viewer.sessionId);
        throw new AppError('INVALID_CREDENTIALS', { field: 'oldPassword' });
      }
      const passwordHash = await passwords.hash(newPassword);
      await sessions.write(async (writer) => {
        const user = await lockUser(writer, viewer.userId);
        if (user.passwordHash !== before) throw new AppError('INVALID_CREDENTIALS', { field: 'oldPassword' });
        await writer.stamp();
        await writer.db.updateTable('User').set({ passwordHash }).where('id', '=', user.id).execute();
        await writer.endSessions({ ...user, passwordHash }, 'PASSWORD', (eb) => eb('id', '!=', viewer.sessionId));
      });
    },

    async ensureAdmin() {
      const wanted = config.admin;
      if (wanted === null) return;
      const anyAdmin = () => database.read((tx) => tx.db.selectFrom('User').select('id').where('role', '=', 'ADMIN').limit(1).executeTakeFirst());
      if (await anyAdmin()) return;
      const refuse = () => new ConfigError([`ADMIN_USERNAME: "${wanted.username}" is the name of an account that is no admin; choose another name`]);
      if (await findByName(wanted.username)) throw refuse();
      requireAdminPassword(wanted);
      const { username } = wanted;
      const passwordHash = await passwords.hash(wanted.password);
      try {
        await sessions.write((writer) => insertUser(writer, { ...noDevice, username, nickname: username, passwordHash, role: 'ADMIN' }));
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        // Another node that started at the same moment was faster, or somebody registered the name just now.
        if (!(await anyAdmin())) throw refuse();
      }
    },
  };
}
