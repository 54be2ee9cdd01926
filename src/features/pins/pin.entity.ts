import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** That a message is pinned in its conversation, and since when. */
export const Pin = defineEntity({
  name: 'Pin',
  tableName: 'pin',
  properties: { conversationId: p.bigint('number').primary(), seq: p.bigint('number').primary(), at: p.bigint('number') },
});

declare module '../../platform/database.ts' {
  interface Tables {
    Pin: TableOf<typeof Pin>;
  }
}
