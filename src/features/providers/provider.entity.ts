import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** How a provider proves who somebody is: with a secret that it shares with this server, or with keys that it publishes. */
export type ProviderKind = 'SECRET' | 'JWKS';

/** Who vouches for people that Parley does not know by a password. */
export const Provider = defineEntity({
  name: 'Provider',
  tableName: 'provider',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    uuid: p.string().length(36).unique(),
    /** Public: what clients and servers name it by. Never changed. */
    key: p.string().length(50).unique(),
    name: p.string().length(50),
    kind: p.string().length(8).$type<ProviderKind>(),
    /** The three of a JWKS; null for a SECRET. */
    jwksUrl: p.string().length(2048).nullable(),
    issuer: p.string().length(255).nullable(),
    audience: p.string().length(255).nullable(),
    /** Those of a SECRET, the present one and the one before, each sealed with a key of TOKEN_SECRET; null for a JWKS. */
    secret: p.string().length(255).nullable(),
    secretSetAt: p.bigint('number').nullable(),
    previousSecret: p.string().length(255).nullable(),
    previousSetAt: p.bigint('number').nullable(),
    enabled: p.integer().$type<0 | 1>(),
    /** When somebody first came by it; from then on kind and issuer stay as they are. */
    usedAt: p.bigint('number').nullable(),
    createdAt: p.bigint('number'),
  },
});

/** A row of the table. */
export type ProviderRow = RowOf<typeof Provider>;

declare module '../../platform/database.ts' {
  interface Tables {
    Provider: TableOf<typeof Provider>;
  }
}
