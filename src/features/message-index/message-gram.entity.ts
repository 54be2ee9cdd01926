import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** Where a node of 0.1.0 finds texts: one row for each three letters that follow each other. `message-gram.service.ts` says what this version does with it. */
export const MessageGram = defineEntity({
  name: 'MessageGram',
  tableName: 'message_gram',
  properties: {
    conversationId: p.bigint('number').primary(),
    /** Of `triplesOf` the folded text. */
    gram: p.bigint('number').primary(),
    seq: p.bigint('number').primary(),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    MessageGram: TableOf<typeof MessageGram>;
  }
}
