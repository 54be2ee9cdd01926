import DataLoader from 'dataloader';
import type { InferResult } from 'kysely';
import type { Config } from '../../config.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SessionViewer } from '../../kernel/viewer.ts';
import type { Bus } from '../../platform/bus.ts';
import type { Database, Tx } from '../../platform/database.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import type { SessionCache, SessionState } from '../../platform/session-cache.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { RefreshClaims, Tokens } from '../../platform/tokens.ts';
import type { LogService } from '../log/log.service.ts';
import type { SessionRow } from './session.entity.ts';
import { judge, requirePassed, type SessionCheck, stateOf } from './session.policy.ts';
import { createSessionWriter, type IssuedTokens, issue, type SessionWriter } from './session-writer.service.ts';

/** Sessions: who may come in, and how sessions begin, go on and end. */
export interface SessionService {
  /** The session check of both doors. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`, `SESSION_REPLACED`, `USER_NOT_FOUND` or `USER_DISABLED`, in this order. ONCE: see `Tokens`. */
  requireViewer(token: string, times?: 'ONCE' | 'OFTEN'): Promise<SessionViewer>;
  /** The uuid of the user to whom a token was given, which may have ended since. Throws `TOKEN_INVALID`. */
  holderOf(token: string): string;
  /** The same check for an open socket, whose token was checked when it connected; by the end of the session's present token. */
  checkSession(sessionUuid: string): Promise<SessionCheck>;
  /** The same check for many sockets at once, by session uuid, straight from the database. */
  checkSessions(sessionUuids: readonly string[]): Promise<ReadonlyMap<string, SessionCheck>>;
  /**
   * One transaction in which sessions begin or end. When it resolves, every node that can be reached knows: the cache holds the new state,
   * and the user's `SESSION` signals are out.
   */
  write<T>(work: (writer: SessionWriter) => Promise<T>): Promise<T>;
  /**
   * The next pair of tokens of a session. The refresh token before the present one gives the present pair again within the configured time;
   * any older one ends the session. Throws what the session check throws, `RATE_LIMITED`, and `UNAVAILABLE` where nobody waits for the answer any more.
   * What is no refresh token of ours is counted for the address, and everything else for its session: thousands may come back at once behind one address.
   */
  refresh(refreshToken: string, isAwaited: () => boolean, address: string): Promise<IssuedTokens>;
  /** The live sessions of a user, the newest first, at most `sessionsListed`. */
  listOf(tx: Tx, userId: number): Promise<SessionRow[]>;
}

/** What the service of sessions stands on. */
export interface SessionServiceParts {
  readonly config: Config;
  readonly database: Database;
  readonly bus: Bus;
  readonly log: LogService;
  readonly cache: SessionCache;
  readonly tokens: Tokens;
  readonly limiter: RateLimiter;
}

/** The most sessions of a user that are listed. */
export const sessionsListed = 50;

const checksAtOnce = 500;

/** Makes the service of sessions. */
export function createSessionService({ config, database, bus, log, cache, tokens, limiter }: SessionServiceParts): SessionService {
  const { cacheMs, refreshReuseMs } = config.sessions;

  // Those who are asked for in one turn of the event loop are found by one query. Nothing is kept here: that is the cache's affair.
  const states = new DataLoader<string, SessionState | null>(
    async (sessionUuids) => {
      const found = await database.read((tx) => statesOf(tx, sessionUuids));
      return sessionUuids.map((sessionUuid) => found.get(sessionUuid) ?? null);
    },
    { cache: false, maxBatchSize: checksAtOnce, batchScheduleFn: (callback) => setImmediate(callback) },
  );

  const find = async (sessionUuid: string): Promise<SessionState | null> => {
    const cached = await cache.get(sessionUuid);
    if (cached) return cached;
    const began = performance.now();
    const state = await states.load(sessionUuid);
    // A read that took long may be older than an end whose mark in the cache is gone again: keeping it would let the session back in.
    // Nobody waits for the cache: a Redis that hangs would hold every request up.
    if (state && performance.now() - began < cacheMs / 2) void cache.putIfAbsent(sessionUuid, state, cacheMs);
    return state;
  };

  const write: SessionService['write'] = async (work) => {
    const announced: Promise<void>[] = [];
    const result = await log.write((writer) =>
      work(
        createSessionWriter(writer, { config, tokens }, (userId, states) => {
          const kept = Promise.all([...states].map(([uuid, state]) => cache.put(uuid, state, cacheMs)));
          // The signal comes after the cache: whoever hears it looks there.
          announced.push(kept.then(() => bus.publish(`user:${userId}`, { kind: 'SESSION' })));
        }),
      ),
    );
    await Promise.all(announced);
    return result;
  };

  const verifyRefresh = async (refreshToken: string, address: string): Promise<RefreshClaims> => {
    try {
      return tokens.verifyRefresh(refreshToken);
    } catch (error) {
      await limiter.take('refreshOfAddress', [address]);
      throw error;
    }
  };

  return {
    write,
    async requireViewer(token, times) {
      const { userUuid, sessionUuid, expiresAt } = tokens.verify(token, times);
      const state = await find(sessionUuid);
      if (state && state.userUuid !== userUuid && state.refusal !== 'USER_NOT_FOUND') throw new AppError('TOKEN_INVALID');
      return requirePassed(judge(sessionUuid, state, expiresAt, Date.now()));
    },
    holderOf: (token) => tokens.verify(token, 'ONCE').userUuid,
    async checkSession(sessionUuid) {
      const state = await find(sessionUuid);
      return judge(sessionUuid, state, state?.tokenExpiresAt ?? 0, Date.now());
    },
    async checkSessions(sessionUuids) {
      const checks = new Map<string, SessionCheck>();
      for (let start = 0; start < sessionUuids.length; start += checksAtOnce) {
        const some = sessionUuids.slice(start, start + checksAtOnce);
        const states = await database.read((tx) => statesOf(tx, some));
        for (const uuid of some) checks.set(uuid, judge(uuid, states.get(uuid) ?? null, states.get(uuid)?.tokenExpiresAt ?? 0, Date.now()));
      }
      return checks;
    },
    async refresh(refreshToken, isAwaited, address) {
      const { sessionUuid, generation } = await verifyRefresh(refreshToken, address);
      await limiter.take('refreshOfSession', [sessionUuid]);
      const outcome = await write(async (writer) => {
        const found = await writer.lockSession(sessionUuid);
        if (!found) return 'TOKEN_INVALID';
        // A node that was frozen takes up what lay in its sockets, such as a refresh that its client has given up and made on another node since:
        // that is no reuse. Whoever stole a token and hangs up gets nothing either.
        if (!isAwaited()) throw new AppError('UNAVAILABLE');
        const { session, user } = found;
        const { refusal } = stateOf(session, user);
        if (refusal !== null) return refusal;
        const { now } = await writer.stamp();
        if (user === null || session.expiresAt <= now) return 'TOKEN_INVALID';
        // A higher one was given out by this server, and a backup, or a server that took over, does not know it: it goes on from there.
        if (generation >= session.generation) return await writer.refreshSession({ ...session, generation }, user);
        if (generation === session.generation - 1 && now - session.refreshedAt <= refreshReuseMs) return issue(tokens, session, user);
        await writer.endSessions(user, 'REUSED', (eb) => eb('id', '=', session.id));
        return 'TOKEN_INVALID';
      });
      // Thrown only now: the end of the session must be committed.
      if (typeof outcome === 'string') throw new AppError(outcome);
      return outcome;
    },
    async listOf(tx, userId) {
      return await tx.db
        .selectFrom('Session')
        .selectAll()
        .where('userId', '=', userId)
        .where('endedAt', 'is', null)
        .where('expiresAt', '>', tx.dialect.now)
        .orderBy('id', 'desc')
        .limit(sessionsListed)
        .execute();
    },
  };
}

const sessionsWithUsers = (db: Tx['db']) =>
  db
    .selectFrom('Session as s')
    .leftJoin('User as u', 'u.id', 's.userId')
    .select(['s.id', 's.uuid', 's.userId', 's.tokenExpiresAt', 's.endedAt', 's.endReason', 'u.uuid as userUuid', 'u.role', 'u.enabled']);

type StateRow = InferResult<ReturnType<typeof sessionsWithUsers>>[number];

const rowsOf = createStatement((tx, slot: Slots<{ uuids: readonly string[] }>) => sessionsWithUsers(tx.db).where('s.uuid', 'in', slot('uuids')));

async function statesOf(tx: Tx, sessionUuids: readonly string[]): Promise<Map<string, SessionState>> {
  return new Map((await rowsOf(tx, { uuids: sessionUuids })).map((row) => [row.uuid, stateOfRow(row)]));
}

function stateOfRow({ userUuid, role, enabled, ...session }: StateRow): SessionState {
  return stateOf(session, userUuid === null || role === null || enabled === null ? null : { uuid: userUuid, role, enabled });
}
