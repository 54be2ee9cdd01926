import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** The one conversation of somebody in which the operator's servers write to them. */
export const SystemConversation = defineEntity({
  name: 'SystemConversation',
  tableName: 'system_conversation',
  properties: {
    userId: p.bigint('number').primary().autoincrement(false),
    conversationId: p.bigint('number'),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    SystemConversation: TableOf<typeof SystemConversation>;
  }
}
