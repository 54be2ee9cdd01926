import { badInput } from '../../kernel/errors.ts';
import { optionalName } from '../../kernel/names.ts';
import type { ServerCaller } from '../../kernel/server-caller.ts';
import type { Database } from '../../platform/database.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { deviceNameLimit } from '../auth/auth.service.ts';
import type { SessionService } from '../auth/session.service.ts';
import type { IssuedTokens } from '../auth/session-writer.service.ts';
import { requireReach } from '../server-keys/reach.policy.ts';
import { lockUser, requireEnabled } from '../users/user.service.ts';
import { findPerson, type PersonInput } from './person.service.ts';

/** A session that a server of the operator's asks for, to hand it to a page. */
export interface SessionWish {
  readonly person: PersonInput;
  /** How it is named in lists, at most 100 characters. */
  readonly device?: string | null | undefined;
  /** How long it lives without a refresh; at most and by default as configured. */
  readonly ttlSeconds?: number | null | undefined;
}

/** Sessions that servers of the operator's begin and end for people. Both throw what `findPerson` and `requireReach` throw. */
export interface IssuedSessions {
  /**
   * Tokens for somebody: of the newest session that was issued to the person under that name of a device, or of a new one. Throws `USER_DISABLED`, and
   * `BAD_USER_INPUT` with the field.
   */
  issue(server: ServerCaller, wish: SessionWish): Promise<IssuedTokens>;
  /** Ends all sessions of somebody at once on every node; proofs of a provider that are older than this are not good any more. */
  endAll(server: ServerCaller, person: PersonInput): Promise<void>;
}

/** What the service stands on. `longestMs`: how long a session lives at most without a refresh. */
export interface IssuedSessionsParts {
  readonly database: Database;
  readonly sessions: SessionService;
  readonly audit: AuditService;
  readonly longestMs: number;
}

/** Makes the service. */
export function createIssuedSessions({ database, sessions, audit, longestMs }: IssuedSessionsParts): IssuedSessions {
  const find = (person: PersonInput) => database.read((tx) => findPerson(tx, person));

  return {
    async issue(server, { person, device, ttlSeconds }) {
      const name = optionalName('device', device, deviceNameLimit);
      const ttlMs = typeof ttlSeconds === 'number' ? ttlSeconds * 1000 : longestMs;
      if (ttlMs <= 0 || ttlMs > longestMs) {
        const most = Math.floor(longestMs / 1000);
        throw badInput('ttlSeconds', { zh: `应为 1 到 ${most} 秒`, en: `Give 1 to ${most} seconds` });
      }
      const known = await find(person);
      return await sessions.write(async (writer) => {
        const user = await lockUser(writer, known.id);
        requireReach(server, user);
        return await writer.issueSession(requireEnabled(user), name, ttlMs);
      });
    },

    async endAll(server, person) {
      const known = await find(person);
      await sessions.write(async (writer) => {
        const user = await lockUser(writer, known.id);
        requireReach(server, user);
        const { now } = await writer.stamp();
        const marked = await writer.db.updateTable('ExternalPerson').set({ sessionsEndedAt: now }).where('userId', '=', user.id).executeTakeFirst();
        const ended = await writer.endSessions(user, 'REVOKED');
        if (ended === 0 && Number(marked.numUpdatedRows) === 0) return;
        await audit.record(writer, { by: server, action: 'user.logout', target: { type: 'User', key: user.uuid }, reason: null, change: null });
      });
    },
  };
}
