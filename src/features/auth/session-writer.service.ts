import { randomUUID } from 'node:crypto';
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Config } from '../../config.ts';
import type { Tables } from '../../platform/database.ts';
import { portionSize } from '../../platform/portions.ts';
import type { SessionState } from '../../platform/session-cache.ts';
import type { Tokens } from '../../platform/tokens.ts';
import type { LogWriter } from '../log/log.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import type { EndReason, SessionRow } from './session.entity.ts';
import { stateOf } from './session.policy.ts';

/** What a login gives: a token and the way to the next one. `expiresAt` is the end of the token in milliseconds. */
export interface IssuedTokens {
  readonly token: string;
  readonly expiresAt: number;
  readonly refreshToken: string;
  readonly user: UserRow;
}

/** Which of the live sessions of a user end. */
export type WhichSessions = (eb: ExpressionBuilder<Tables, 'Session'>) => Expression<SqlBool>;

/**
 * A transaction on logs in which sessions begin and end as well. The user's own log must be locked; each of these takes the stamp,
 * tells the user's other sessions (ViewerChanged) of what they show, and after the commit the cache and the open sockets.
 */
export interface SessionWriter extends LogWriter {
  /** A session by its uuid, read after locking its user's own log; null where there is none. */
  lockSession(sessionUuid: string): Promise<{ readonly session: SessionRow; readonly user: UserRow | null } | null>;
  /**
   * Begins a session. With the policy `single` the user's others end as REPLACED; else those not used for longest end as TOO_MANY where there would
   * be more than somebody may have. `device` is how the session is named in lists, `cameFrom` the mark of the address: see `Entrances`.
   */
  startSession(user: UserRow, device: string | null, cameFrom: string | null): Promise<IssuedTokens>;
  /**
   * The tokens of a session that a server of the operator's asks for, which lives so long without a refresh. Where there is one that it has asked for
   * before under the same name of the device, that one goes on from now, so that a page that is loaded again is no further session.
   */
  issueSession(user: UserRow, device: string | null, ttlMs: number): Promise<IssuedTokens>;
  /** Gives a locked session its next pair of tokens, and another full time to live. */
  refreshSession(session: SessionRow, user: UserRow): Promise<IssuedTokens>;
  /** Ends the user's live sessions, or those of them that `which` names; gives how many. `user` is the row as it is at the end of the transaction. */
  endSessions(user: UserRow, reason: EndReason, which?: WhichSessions): Promise<number>;
  /** Writes the state of the user's sessions into the cache after the commit, because the user's role or right to come in has changed. */
  renewSessions(user: UserRow): Promise<void>;
}

/** So many sessions of a user that are over are kept at most, for as long as they are kept: whoever logs in and out without an end fills no table. */
const endedKept = 200;

/** Told after the commit which states of sessions of a user are new, by uuid. */
export type Announce = (userId: number, states: ReadonlyMap<string, SessionState>) => void;

/** Makes the writer of sessions on top of a writer of logs. */
export function createSessionWriter(
  writer: LogWriter,
  { config, tokens }: { readonly config: Config; readonly tokens: Tokens },
  announce: Announce,
): SessionWriter {
  const lifetimes = (now: number, ttlMs: number | null) => {
    const longest = ttlMs ?? config.sessions.refreshTtlMs;
    return {
      refreshedAt: now,
      lastSeenAt: now,
      // A token is not good for longer than its session.
      tokenExpiresAt: now + Math.min(Math.round(config.tokens.ttlSeconds * 1000), longest),
      expiresAt: now + longest,
    };
  };

  const changed = (user: UserRow, sessions: readonly SessionRow[]) => {
    writer.append(user.id, { kind: 'VIEWER' }, [user.id]);
    renewed(user, sessions);
  };

  /** What nodes must know and nobody sees. */
  const renewed = (user: UserRow, sessions: readonly SessionRow[]) => {
    const states = new Map(sessions.map((session) => [session.uuid, stateOf(session, user)]));
    writer.afterCommit(() => announce(user.id, states));
  };

  /**
   * Those of the sessions of a user that a condition names, at most a portion, those used last in front: nodes are told of these. There are more only
   * where they were made before their number had an end, and of one that nobody uses nothing is in the cache for longer than SESSION_CACHE_SECONDS.
   */
  const concerned = (user: UserRow, which: WhichSessions): Promise<SessionRow[]> =>
    writer.db
      .selectFrom('Session')
      .selectAll()
      .where('userId', '=', user.id)
      .where(which)
      .orderBy('refreshedAt', 'desc')
      .orderBy('id', 'desc')
      .limit(portionSize)
      .execute();

  const endSessions: SessionWriter['endSessions'] = async (user, reason, which) => {
    const isEnding: WhichSessions = (eb) => (which ? eb.and([eb('endedAt', 'is', null), which(eb)]) : eb('endedAt', 'is', null));
    const told = await concerned(user, isEnding);
    if (told.length === 0) return 0;
    const { now } = await writer.stamp();
    // By the condition, and not those that were read: there may be any number of them.
    const ended = { endedAt: now, endReason: reason };
    const { numUpdatedRows } = await writer.db.updateTable('Session').set(ended).where('userId', '=', user.id).where(isEnding).executeTakeFirst();
    changed(
      user,
      told.map((session) => ({ ...session, ...ended })),
    );
    await forgetEnded(user.id);
    return Number(numUpdatedRows);
  };

  /** Deletes what is over of somebody's sessions, but for the last of it. */
  const forgetEnded = async (userId: number): Promise<void> => {
    const last = await writer.db
      .selectFrom('Session')
      .select('endedAt')
      .where('userId', '=', userId)
      .where('endedAt', 'is not', null)
      .orderBy('endedAt', 'desc')
      .limit(1)
      .offset(endedKept - 1)
      .executeTakeFirst();
    // Those that ended at the same moment as the last one stay: all of them may have ended now.
    if (last) await writer.db.deleteFrom('Session').where('userId', '=', userId).where('endedAt', '<', last.endedAt).execute();
  };

  /** Makes room for one session more. */
  const endOldest = async (user: UserRow): Promise<void> => {
    const most = user.role === 'VISITOR' ? config.sessions.mostOfVisitor : config.sessions.mostOfUser;
    const tooMany = await writer.db
      .selectFrom('Session')
      .select(['id', 'refreshedAt'])
      .where('userId', '=', user.id)
      .where('endedAt', 'is', null)
      .orderBy('refreshedAt', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .offset(most - 1)
      .executeTakeFirst();
    if (!tooMany) return;
    const { id, refreshedAt } = tooMany;
    await endSessions(user, 'TOO_MANY', (eb) =>
      eb.or([eb('refreshedAt', '<', refreshedAt), eb.and([eb('refreshedAt', '=', refreshedAt), eb('id', '<=', id)])]),
    );
  };

  const begin = async (user: UserRow, device: string | null, { cameFrom, ttlMs }: Pick<SessionRow, 'cameFrom' | 'ttlMs'>): Promise<IssuedTokens> => {
    if (config.sessions.single) await endSessions(user, 'REPLACED');
    else await endOldest(user);
    const { now } = await writer.stamp();
    const times = { createdAt: now, ...lifetimes(now, ttlMs), ttlMs, endedAt: null, endReason: null };
    const fresh = { uuid: randomUUID(), userId: user.id, device, cameFrom, generation: 0, ...times };
    const inserted = await writer.db
      .insertInto('Session')
      .values({ ...fresh })
      .executeTakeFirstOrThrow();
    const session = { ...fresh, id: Number(inserted.insertId) };
    changed(user, [session]);
    return issue(tokens, session, user);
  };

  /** The newest live session that a server has asked for under this name. */
  const newestIssued = async (userId: number, device: string | null, now: number): Promise<SessionRow | undefined> => {
    const query = writer.db.selectFrom('Session').selectAll().where('userId', '=', userId).where('endedAt', 'is', null).where('expiresAt', '>', now);
    const issued = await query.where('ttlMs', 'is not', null).orderBy('id', 'desc').limit(portionSize).execute();
    // Compared here: databases take other names for the same.
    return issued.find((session) => session.device === device);
  };

  /** Tells the user's sessions of one that goes on, and all nodes. */
  const goOn = async (user: UserRow, session: SessionRow, changes: Partial<SessionRow> & { readonly lastSeenAt: number }): Promise<IssuedTokens> => {
    // All sessions of a user would be told every quarter of an hour of each of them: `lastSeenAt` moves, and is told, only when it is that old.
    const isSeenAnew = changes.lastSeenAt - session.lastSeenAt >= config.sessions.seenMs;
    const written = { ...changes, lastSeenAt: isSeenAnew ? changes.lastSeenAt : session.lastSeenAt };
    await writer.db.updateTable('Session').set(written).where('id', '=', session.id).execute();
    const after = { ...session, ...written };
    if (isSeenAnew) changed(user, [after]);
    else renewed(user, [after]);
    return issue(tokens, after, user);
  };

  return {
    ...writer,
    endSessions,
    async lockSession(sessionUuid) {
      const known = await writer.db.selectFrom('Session').select('userId').where('uuid', '=', sessionUuid).executeTakeFirst();
      if (!known) return null;
      await writer.lock([known.userId]);
      const session = await writer.db.selectFrom('Session').selectAll().where('uuid', '=', sessionUuid).modifyEnd(writer.dialect.forUpdate).executeTakeFirst();
      const user = await writer.db.selectFrom('User').selectAll().where('id', '=', known.userId).executeTakeFirst();
      return session ? { session, user: user ?? null } : null;
    },
    startSession: (user, device, cameFrom) => begin(user, device, { cameFrom, ttlMs: null }),
    async issueSession(user, device, ttlMs) {
      const { now } = await writer.stamp();
      const session = await newestIssued(user.id, device, now);
      if (!session) return await begin(user, device, { cameFrom: null, ttlMs });
      if (config.sessions.single) await endSessions(user, 'REPLACED', (eb) => eb('id', '!=', session.id));
      const times = lifetimes(now, ttlMs);
      // The refresh token stays, which other pages may have: a page that is loaded ends none of them. And where it has been renewed, the time stays in
      // which the one before is still good.
      const refreshedAt = session.generation === 0 ? now : session.refreshedAt;
      return await goOn(user, session, { ...times, refreshedAt, ttlMs });
    },
    async refreshSession(session, user) {
      const { now } = await writer.stamp();
      return await goOn(user, session, { generation: session.generation + 1, ...lifetimes(now, session.ttlMs) });
    },
    async renewSessions(user) {
      const { now } = await writer.stamp();
      // Those that ended as DISABLED answer otherwise once their user is enabled again.
      const sessions = await concerned(user, (eb) => eb.and([eb('expiresAt', '>', now), eb.or([eb('endedAt', 'is', null), eb('endReason', '=', 'DISABLED')])]));
      changed(user, sessions);
    },
  };
}

/** The pair of tokens of a session as its row stands: the same row gives the same pair. */
export function issue(tokens: Tokens, session: SessionRow, user: UserRow): IssuedTokens {
  const { uuid: sessionUuid, generation, refreshedAt: issuedAt, tokenExpiresAt: expiresAt } = session;
  return { ...tokens.issue({ userUuid: user.uuid, sessionUuid, generation, issuedAt, expiresAt }), expiresAt, user };
}
