import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** That a user is somebody of a provider's. */
export const ExternalPerson = defineEntity({
  name: 'ExternalPerson',
  tableName: 'external_person',
  properties: {
    providerId: p.bigint('number').primary(),
    /** `externalKeyOf` the external id: ids are the same only where every byte is, and a database may not count what stands at the end. */
    externalKey: p.string().length(64).primary(),
    /** As the provider says it. */
    externalId: p.string().length(128),
    userId: p.bigint('number').unique(),
    /** JSON of what the provider says about them; null where it says nothing. */
    traits: p.text().nullable(),
    /** When the newest proof was made whose profile the user has; null: none has said anything yet. */
    profileAt: p.bigint('number').nullable(),
    /** Proofs that are older than this are not good any more. */
    sessionsEndedAt: p.bigint('number').nullable(),
    createdAt: p.bigint('number'),
  },
});

/** A row of the table. */
export type ExternalPersonRow = RowOf<typeof ExternalPerson>;

declare module '../../platform/database.ts' {
  interface Tables {
    ExternalPerson: TableOf<typeof ExternalPerson>;
  }
}
