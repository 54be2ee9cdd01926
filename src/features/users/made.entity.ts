import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** What somebody has made with a clientId, kept for as long as there is the person: the same again makes nothing. Messages have theirs themselves. */
export const Made = defineEntity({
  name: 'Made',
  tableName: 'made',
  properties: {
    userId: p.bigint('number').primary(),
    /** The clientId in lower case: ids that differ only in case are the same. */
    clientKey: p.string().length(36).primary(),
    kind: p.string().length(16).$type<'GROUP' | 'FRIEND_REQUEST' | 'JOIN_REQUEST'>(),
    /** The numeric id of what was made, in the table of its kind. It may be gone. */
    thingId: p.bigint('number'),
    /** Of what was given. */
    fingerprint: p.string().length(64),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    Made: TableOf<typeof Made>;
  }
}
