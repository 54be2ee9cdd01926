import { randomBytes, randomUUID } from 'node:crypto';
import { AppError } from '../../kernel/errors.ts';
import { nameLimit, requireName } from '../../kernel/names.ts';
import type { ServerRight } from '../../kernel/server-caller.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { Keys } from '../../platform/keys.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { LogService } from '../log/log.service.ts';
import { lockAdmin } from '../users/admin.service.ts';
import type { ServerKeyRow } from './server-key.entity.ts';
import { rightsIn, storedRights } from './server-key.policy.ts';
import { hashesOfKey } from './server-key-hash.policy.ts';

/** A key that was just made, with its secret, which is told this once. */
export interface MadeServerKey {
  readonly secret: string;
  readonly key: ServerKeyRow;
}

/** The keys of the operator's servers, as admins make and end them. */
export interface ServerKeyService {
  /** Throws `BAD_USER_INPUT` for a name that is none, no right, or more keys than there may be, and `FORBIDDEN` for whoever is no admin any more. */
  create(viewer: Viewer, name: string, rights: readonly ServerRight[]): Promise<MadeServerKey>;
  /** In force within a second on every node. Again it changes nothing. Throws `NOT_FOUND`, and `FORBIDDEN` likewise. */
  revoke(viewer: Viewer, uuid: string): Promise<ServerKeyRow>;
  /** Newest first, at most `keysListed`: all that are not revoked, then those that are. */
  list(tx: Tx): Promise<readonly ServerKeyRow[]>;
  /** For admins; null for everybody else. */
  find(tx: Tx, viewer: Viewer | null, uuid: string): Promise<ServerKeyRow | null>;
}

/** The most keys that are listed, and of those that are good the most that there may be. */
export const keysListed = 100;

/** What the service stands on. */
export interface ServerKeyServiceParts {
  readonly log: LogService;
  readonly audit: AuditService;
  readonly keys: Keys;
}

/** Makes the service. */
export function createServerKeyService({ log, audit, keys }: ServerKeyServiceParts): ServerKeyService {
  return {
    async create(viewer, givenName, rights) {
      const name = requireName('name', givenName, nameLimit);
      const stored = storedRights(rights);
      const secret = `psk_${randomBytes(32).toString('base64url')}`;
      const key = await log.write(async (writer) => {
        await lockAdmin(writer, viewer);
        // Whoever makes a key waits at the first one: two admins at once would each count without that of the other.
        await writer.db.selectFrom('ServerKey').select('id').orderBy('id').limit(1).modifyEnd(writer.dialect.forUpdate).execute();
        const good = await writer.db.selectFrom('ServerKey').select('id').where('revokedAt', 'is', null).limit(keysListed).execute();
        if (good.length >= keysListed)
          throw new AppError(
            'CONFLICT',
            {},
            { zh: `最多 ${keysListed} 个有效密钥，请先撤销不用的`, en: `There are ${keysListed} keys: revoke one that is not used` },
          );
        const { now } = await writer.stamp();
        const row = {
          uuid: randomUUID(),
          name,
          rights: stored,
          keyHash: hashesOfKey(keys, secret)[0],
          ending: secret.slice(-4),
          createdById: viewer.userId,
          createdAt: now,
          lastUsedAt: null,
          revokedAt: null,
        };
        await writer.db
          .insertInto('ServerKey')
          .values({ ...row })
          .execute();
        const made = await writer.db.selectFrom('ServerKey').selectAll().where('uuid', '=', row.uuid).executeTakeFirstOrThrow();
        await audit.record(writer, {
          by: viewer,
          action: 'serverKey.create',
          target: { type: 'ServerKey', key: row.uuid },
          reason: null,
          change: { after: { rights: rightsIn(stored) } },
        });
        return made;
      });
      return { secret, key };
    },

    revoke: (viewer, uuid) =>
      log.write(async (writer) => {
        await lockAdmin(writer, viewer);
        const found = await writer.db.selectFrom('ServerKey').selectAll().where('uuid', '=', uuid).modifyEnd(writer.dialect.forUpdate).executeTakeFirst();
        if (!found) throw new AppError('NOT_FOUND');
        if (found.revokedAt !== null) return found;
        const { now } = await writer.stamp();
        await writer.db.updateTable('ServerKey').set({ revokedAt: now }).where('id', '=', found.id).execute();
        await audit.record(writer, {
          by: viewer,
          action: 'serverKey.revoke',
          target: { type: 'ServerKey', key: uuid },
          reason: null,
          change: null,
        });
        return { ...found, revokedAt: now };
      }),

    list: async (tx) =>
      await tx.db
        .selectFrom('ServerKey')
        .selectAll()
        .orderBy((eb) => eb.case().when('revokedAt', 'is', null).then(0).else(1).end())
        .orderBy('id', 'desc')
        .limit(keysListed)
        .execute(),

    async find(tx, viewer, uuid) {
      if (viewer?.role !== 'ADMIN') return null;
      return (await tx.db.selectFrom('ServerKey').selectAll().where('uuid', '=', uuid).executeTakeFirst()) ?? null;
    },
  };
}
