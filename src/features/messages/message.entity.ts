import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** A message, stored under its conversation and its number there, so that a page of history is one range of the primary key. */
export const Message = defineEntity({
  name: 'Message',
  tableName: 'message',
  properties: {
    conversationId: p.bigint('number').primary(),
    seq: p.bigint('number').primary(),
    /** The conversation's rev at the last change. */
    rev: p.bigint('number'),
    /** Null for a notice of the server itself, and for what a server of the operator's has sent. */
    senderId: p.bigint('number').nullable(),
    /** As the sender gave it; null for notices. */
    clientId: p.string().length(36).nullable(),
    /** The clientId in lower case: ids that differ only in case are the same. */
    clientKey: p.string().length(36).nullable(),
    /** The fingerprint of what was sent (`Fingerprints`): a repeated send is known by it even after a recall. */
    contentHash: p.string().length(64).nullable(),
    /** The kind of its content: this version may not know it. */
    kind: p.string().length(20),
    /** JSON of the content, by its kind; null once recalled, and where the columns that follow hold it, which a node of 0.1.0 knows. */
    content: p.text().nullable(),
    text: p.text().nullable(),
    noticeCode: p.string().length(32).nullable(),
    /** JSON of what the sentence of the notice names, as it was then. */
    noticeNames: p.text().nullable(),
    /** Set by the sender's edit; the text is the newest one. */
    editedAt: p.bigint('number').nullable(),
    /** Whether it names all members; single people are named by `Mention`. */
    mentionsEveryone: p.integer().$type<0 | 1>(),
    /** The author of the message that this one forwards; 0: a server of the operator's. */
    forwardedFromId: p.bigint('number').nullable(),
    replyToSeq: p.bigint('number').nullable(),
    createdAt: p.bigint('number'),
    recalledAt: p.bigint('number').nullable(),
    /** The server key that sent it, as its sender or without one: its id, or 0 for that of the environment. */
    actedById: p.bigint('number').nullable(),
  },
  indexes: [{ properties: ['conversationId', 'rev'] }],
  uniques: [{ properties: ['senderId', 'clientKey'] }],
});

/** A row of the table. */
export type MessageRow = RowOf<typeof Message>;

/** That a message names somebody; with user id 0: everyone. */
export const Mention = defineEntity({
  name: 'Mention',
  tableName: 'mention',
  properties: { userId: p.bigint('number').primary(), conversationId: p.bigint('number').primary(), seq: p.bigint('number').primary() },
  indexes: [{ properties: ['conversationId', 'seq'] }],
});

declare module '../../platform/database.ts' {
  interface Tables {
    Message: TableOf<typeof Message>;
    Mention: TableOf<typeof Mention>;
  }
}
