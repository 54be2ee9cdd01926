import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** Why a session is over. */
export type EndReason = 'LOGOUT' | 'REVOKED' | 'REPLACED' | 'DISABLED' | 'PASSWORD' | 'REGISTERED' | 'REUSED' | 'TOO_MANY';

/** A login on a device. No token is stored: refresh tokens are derived from `uuid` and `generation` with a key. */
export const Session = defineEntity({
  name: 'Session',
  tableName: 'session',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    uuid: p.string().length(36).unique(),
    userId: p.bigint('number'),
    device: p.string().length(100).nullable(),
    /** Counts the refreshes; a refresh token of an older generation is used up. */
    generation: p.integer(),
    createdAt: p.bigint('number'),
    /** When the present pair of tokens was issued. */
    refreshedAt: p.bigint('number'),
    lastSeenAt: p.bigint('number'),
    /** When the present token ends. */
    tokenExpiresAt: p.bigint('number'),
    /** When the present refresh token ends. */
    expiresAt: p.bigint('number'),
    /** How long it lives without a refresh, where a server of the operator's has begun it; null where somebody came in: as configured. */
    ttlMs: p.bigint('number').nullable(),
    endedAt: p.bigint('number').nullable(),
    /** The mark of the address from where a password or a registration began it; null where it was without one. */
    cameFrom: p.string().length(22).nullable(),
    endReason: p.string().length(12).$type<EndReason>().nullable(),
  },
  // The live ones of somebody, however many are over.
  indexes: [{ properties: ['userId', 'endedAt', 'lastSeenAt'] }],
});

/** A row of the table. */
export type SessionRow = RowOf<typeof Session>;

declare module '../../platform/database.ts' {
  interface Tables {
    Session: TableOf<typeof Session>;
  }
}
