import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** A key with which a server of the operator's asks. The key itself is kept nowhere. */
export const ServerKey = defineEntity({
  name: 'ServerKey',
  tableName: 'server_key',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    uuid: p.string().length(36).unique(),
    name: p.string().length(50),
    /** Names of rights, with commas between them. A newer version may have written some that this one does not know. */
    rights: p.string().length(100),
    /** Keyed hash, in hex. */
    keyHash: p.string().length(64).unique(),
    /** The last four characters of the key, by which people tell keys apart. */
    ending: p.string().length(4),
    /** The admin who made it. */
    createdById: p.bigint('number').nullable(),
    createdAt: p.bigint('number'),
    /** To within a minute. */
    lastUsedAt: p.bigint('number').nullable(),
    revokedAt: p.bigint('number').nullable(),
  },
});

/** A row of the table. */
export type ServerKeyRow = RowOf<typeof ServerKey>;

declare module '../../platform/database.ts' {
  interface Tables {
    ServerKey: TableOf<typeof ServerKey>;
  }
}
