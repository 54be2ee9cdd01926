import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/**
 * Where texts are found: one row for each gram (three letters that follow each other) of a message that has a text. The key keeps those of a
 * conversation together and has the newest at the end, so that a search costs what the searcher's own conversations hold, and not what the server holds.
 */
export const MessageGram = defineEntity({
  name: 'MessageGram',
  tableName: 'message_gram',
  properties: {
    conversationId: p.bigint('number').primary(),
    /** Of `gramsOf` the folded text. */
    gram: p.bigint('number').primary(),
    seq: p.bigint('number').primary(),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    MessageGram: TableOf<typeof MessageGram>;
  }
}
