import { AppError, badInput } from '../../kernel/errors.ts';
import type { ServerCaller } from '../../kernel/server-caller.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { letWrite } from '../contacts/allowance.service.ts';
import type { LogService } from '../log/log.service.ts';
import { requireNoAdmin } from '../server-keys/reach.policy.ts';
import { usersById } from '../users/user.service.ts';
import { findPerson, type PersonInput } from './person.service.ts';

/** Whom servers of the operator's let write to each other. */
export interface Allowances {
  /**
   * From now on as if each of two people had written to the other; see `letWrite`. Again it changes nothing. Throws what `findPerson` throws,
   * `BAD_USER_INPUT` for `b` where both are the same, and `FORBIDDEN` where one is an admin.
   */
  allow(server: ServerCaller, a: PersonInput, b: PersonInput): Promise<void>;
}

/** Makes the service. */
export function createAllowances(log: LogService, audit: AuditService): Allowances {
  return {
    allow: (server, a, b) =>
      log.write(async (writer) => {
        const ids = [(await findPerson(writer, a)).id, (await findPerson(writer, b)).id] as const;
        if (ids[0] === ids[1]) throw badInput('b', { zh: '请指定两个不同的人', en: 'Name two different people' });
        await writer.lock(ids);
        const users = await usersById(writer, { ids });
        const [one, other] = ids.map((id) => users.find((user) => user.id === id));
        // A visitor who left no trace may have gone meanwhile.
        if (!one || !other) throw new AppError('NOT_FOUND');
        for (const user of users) requireNoAdmin(user);
        if (!(await letWrite(writer, one.id, other.id))) return;
        const change = { after: { with: other.uuid } };
        await audit.record(writer, { by: server, action: 'user.allowToWrite', target: { type: 'User', key: one.uuid }, reason: null, change });
      }),
  };
}
