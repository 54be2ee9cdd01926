import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** The one row that says how far what was written has been taken into the index. How far a conversation is, stands there. */
export const SearchProgress = defineEntity({
  name: 'SearchProgress',
  tableName: 'search_progress',
  properties: {
    id: p.integer().primary().autoincrement(false),
    /** Whether the names of people were taken into theirs, in a database that is older than that. */
    isDone: p.integer().$type<0 | 1>(),
    /** What was written in epochs up to this one is in the index. */
    epoch: p.bigint('number'),
  },
});

/** A row of the table. */
export type SearchProgressRow = RowOf<typeof SearchProgress>;

declare module '../../platform/database.ts' {
  interface Tables {
    SearchProgress: TableOf<typeof SearchProgress>;
  }
}
