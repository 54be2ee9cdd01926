import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** What a conversation is; SYSTEM: in which the operator's servers write to one person. */
export type ConversationKind = 'DIRECT' | 'GROUP' | 'SYSTEM';

/** A conversation; `id` is that of its log. A DIRECT one is unique by its two people, the lower user id first; a SYSTEM one has one member, who only reads there. */
export const Conversation = defineEntity({
  name: 'Conversation',
  tableName: 'conversation',
  properties: {
    id: p.bigint('number').primary().autoincrement(false),
    uuid: p.string().length(36).unique(),
    kind: p.string().length(8).$type<ConversationKind>(),
    lowUserId: p.bigint('number').nullable(),
    highUserId: p.bigint('number').nullable(),
    /** Of a GROUP; null for a DIRECT one, which is named after the peer. */
    name: p.string().length(50).nullable(),
    avatar: p.string().length(2048).nullable(),
    /** Set once: the conversation exists for nobody any more. */
    dissolvedAt: p.bigint('number').nullable(),
    /** As `searchableSeq`, of the index that a node of 0.1.0 writes and reads: no other one touches it. */
    indexedSeq: p.bigint('number').nullable(),
    /** Up to which message the index for searching has come; null: nowhere yet. What is above it is searched by its text. */
    searchableSeq: p.bigint('number').nullable(),
    createdAt: p.bigint('number'),
  },
  uniques: [{ properties: ['lowUserId', 'highUserId'] }],
});

/** What a member may do; of a DIRECT conversation both are MEMBER. */
export type MemberRole = 'OWNER' | 'ADMIN' | 'MEMBER';

/** Somebody's place in a conversation. The row stays when they leave. */
export const Member = defineEntity({
  name: 'Member',
  tableName: 'member',
  properties: {
    userId: p.bigint('number').primary(),
    logId: p.bigint('number').primary(),
    /** The rev at which the person last joined or left. */
    stateRev: p.bigint('number'),
    /** Nothing about messages below this seq exists for the member. */
    fromSeq: p.bigint('number'),
    active: p.integer().$type<0 | 1>(),
    role: p.string().length(8).$type<MemberRole>(),
    /** In this group. */
    nickname: p.string().length(50).nullable(),
    /** Until when the member may not write; null: not muted. */
    mutedUntil: p.bigint('number').nullable(),
    /** The member's own settings: no sound for it, and out of sight. */
    isMuted: p.integer().$type<0 | 1>(),
    isArchived: p.integer().$type<0 | 1>(),
    readSeq: p.bigint('number'),
    /** How far the peer of a DIRECT conversation is shown that this member has read, where a block keeps the rest from them; null: as far as `readSeq`. */
    shownSeq: p.bigint('number').nullable(),
    /** Messages sent by this member, since the two were last unfriended where it is DIRECT. */
    sentCount: p.bigint('number'),
    joinedAt: p.bigint('number'),
  },
  indexes: [{ properties: ['logId', 'stateRev'] }],
});

declare module '../../platform/database.ts' {
  interface Tables {
    Conversation: TableOf<typeof Conversation>;
    Member: TableOf<typeof Member>;
  }
}
