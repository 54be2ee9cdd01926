import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** How far each kind of cleaning has come: one row for each, which whoever cleans locks, so that nodes take turns. */
export const CleaningProgress = defineEntity({
  name: 'CleaningProgress',
  tableName: 'cleaning_progress',
  properties: {
    task: p.string().length(20).primary(),
    /** Rows up to this id have been looked at. */
    upTo: p.bigint('number'),
    /** When the next round begins, while none is under way. */
    dueAt: p.bigint('number'),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    CleaningProgress: TableOf<typeof CleaningProgress>;
  }
}
