import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** What somebody thinks of a message, in one emoji. */
export const Reaction = defineEntity({
  name: 'Reaction',
  tableName: 'reaction',
  properties: {
    conversationId: p.bigint('number').primary(),
    seq: p.bigint('number').primary(),
    userId: p.bigint('number').primary(),
    /** The emoji's UTF-8 bytes in hex: collations of MySQL take many emoji for equal. */
    emojiHex: p.string().length(80).primary(),
    at: p.bigint('number'),
  },
  // Who reacted first, without reading all who did.
  indexes: [{ properties: ['conversationId', 'seq', 'emojiHex', 'at', 'userId'] }],
});

declare module '../../platform/database.ts' {
  interface Tables {
    Reaction: TableOf<typeof Reaction>;
  }
}
