import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** The one row that says how far what was written before there was an index has been taken into it. */
export const IndexProgress = defineEntity({
  name: 'IndexProgress',
  tableName: 'index_progress',
  properties: {
    id: p.integer().primary().autoincrement(false),
    /** All logs below this one are through. How far a conversation is, stands there. */
    logId: p.bigint('number'),
    isDone: p.integer().$type<0 | 1>(),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    IndexProgress: TableOf<typeof IndexProgress>;
  }
}
