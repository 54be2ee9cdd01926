import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** What was done. `refused`: somebody with a session tried what only admins may do. */
export type AuditAction =
  | 'user.create'
  | 'user.disable'
  | 'user.enable'
  | 'user.role'
  | 'user.password'
  | 'user.profile'
  | 'user.external'
  | 'user.logout'
  | 'user.allowToWrite'
  | 'serverKey.create'
  | 'serverKey.revoke'
  | 'provider.create'
  | 'provider.update'
  | 'provider.rotate'
  | 'refused';

/** What was done by whom, when, to whom and why. Rows are never changed and never deleted, and name people by nothing but their uuid. */
export const AuditRecord = defineEntity({
  name: 'AuditRecord',
  tableName: 'audit_record',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    uuid: p.string().length(36).unique(),
    at: p.bigint('number'),
    /** Null: the server itself. */
    actorUuid: p.string().length(36).nullable(),
    sessionUuid: p.string().length(36).nullable(),
    /** An `AuditAction`, of this version or of a newer one. */
    action: p.string().length(40),
    /** The name of a type that is a `Node`, and the key of the thing in its global id; both null where it was done to nothing that has one. */
    targetType: p.string().length(40).nullable(),
    targetKey: p.string().length(80).nullable(),
    reason: p.string().length(500).nullable(),
    /** JSON of `AuditChange`. */
    changes: p.text().nullable(),
    /** The server key that did it, alone or as the actor: its uuid, or `environment`. */
    serverKey: p.string().length(36).nullable(),
  },
  // One for each way in which records are looked for, in the order in which they are read; the id is at the end of each by itself.
  indexes: [{ properties: ['at'] }, { properties: ['actorUuid', 'at'] }, { properties: ['targetKey', 'at'] }, { properties: ['action', 'at'] }],
});

/** A row of the table. */
export type AuditRow = RowOf<typeof AuditRecord>;

declare module '../../platform/database.ts' {
  interface Tables {
    AuditRecord: TableOf<typeof AuditRecord>;
  }
}
