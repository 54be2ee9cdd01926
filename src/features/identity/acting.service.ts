import DataLoader from 'dataloader';
import { type ActsAs, actsAs } from '../../kernel/acts-as.ts';
import { AppError } from '../../kernel/errors.ts';
import type { ServerCaller } from '../../kernel/server-caller.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Database } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { requireReach } from '../server-keys/reach.policy.ts';
import type { UserRow } from '../users/user.entity.ts';
import { findPerson } from './person.service.ts';

/** Server keys that act as people. */
export interface ActingService {
  /**
   * The person as whom a key acts, as the header names them: with the rights of that person and no more, and without a session. Throws `FORBIDDEN` where
   * the key may not act, or not as that one, `NOT_FOUND` where there is nobody, `USER_DISABLED`, and `BAD_USER_INPUT` for a header that does not fit.
   */
  requireViewer(server: ServerCaller, header: string): Promise<Viewer>;
}

type Found = Pick<UserRow, 'id' | 'uuid' | 'role' | 'enabled'>;

const usersOf = createStatement((tx, slot: Slots<{ uuids: readonly string[] }>) =>
  tx.db.selectFrom('User').select(['id', 'uuid', 'role', 'enabled']).where('uuid', 'in', slot('uuids')),
);

/** Makes the service. */
export function createActingService(database: Database): ActingService {
  const byUuid = new DataLoader<string, Found | null>(
    async (uuids) => {
      const found = await database.read((tx) => usersOf(tx, { uuids: [...new Set(uuids)] }));
      const rows = new Map(found.map((row) => [row.uuid, row]));
      return uuids.map((uuid) => rows.get(uuid) ?? null);
    },
    { cache: false, maxBatchSize: 100, batchScheduleFn: (callback) => setImmediate(callback) },
  );
  const find = async (who: ActsAs): Promise<Found | null> => {
    if ('uuid' in who) return await byUuid.load(who.uuid);
    return await database.read((tx) => findPerson(tx, { external: { id: who.externalId, provider: who.provider } }));
  };

  return {
    async requireViewer(server, header) {
      if (!server.rights.has('ACT')) throw new AppError('FORBIDDEN');
      const user = await find(actsAs(header));
      if (user === null) throw new AppError('NOT_FOUND', {}, nobody);
      requireReach(server, user);
      if (user.enabled === 0) throw new AppError('USER_DISABLED');
      return { userId: user.id, uuid: user.uuid, role: user.role, sessionId: null, sessionUuid: null, actedBy: server };
    },
  };
}

const nobody = { zh: 'Parley-Act-As 所指的用户不存在', en: 'There is nobody whom Parley-Act-As names' } as const;
