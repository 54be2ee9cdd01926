import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/**
 * The index of texts: which messages of a conversation hold which grams. `index-layout.service.ts` says what stands in which part, `kernel/postings.ts`
 * how. Nothing in it is a letter of a text.
 */
export const SearchRow = defineEntity({
  name: 'SearchRow',
  tableName: 'search_row',
  properties: {
    conversationId: p.bigint('number').primary(),
    part: p.integer().primary().autoincrement(false),
    data: p.blob().columnType('longblob'),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    SearchRow: TableOf<typeof SearchRow>;
  }
}
