import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** The one row that says how far a node of 0.1.0 has taken what was written into the index that it has. */
export const IndexProgress = defineEntity({
  name: 'IndexProgress',
  tableName: 'index_progress',
  properties: {
    id: p.integer().primary().autoincrement(false),
    /** All logs below this one are through. How far a conversation is, stands there. */
    logId: p.bigint('number'),
    isDone: p.integer().$type<0 | 1>(),
    /** What was written in epochs up to this one is in the index. */
    epoch: p.bigint('number').nullable(),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    IndexProgress: TableOf<typeof IndexProgress>;
  }
}
