import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** Who comes in by the invite code: whoever has it, whom the owner or an admin approves, or the same without visitors. */
export type JoinPolicy = 'OPEN' | 'APPROVAL' | 'USERS_ONLY';

/** What a group has beyond every conversation; its id is that of the conversation. Name and picture are the conversation's. */
export const Group = defineEntity({
  name: 'Group',
  tableName: 'group',
  properties: {
    id: p.bigint('number').primary().autoincrement(false),
    joinPolicy: p.string().length(12).$type<JoinPolicy>(),
    announcement: p.string().length(2000).nullable(),
    inviteCode: p.string().length(32).unique(),
    /** Whether new members see what was written before they joined. */
    showsHistory: p.integer().$type<0 | 1>(),
    memberCount: p.integer(),
    /** The owner's account is disabled, and nobody was there to whom the group could go: whoever comes is looked at. */
    needsOwner: p.integer().$type<0 | 1>().default(0),
  },
});

/** A row of the table. */
export type GroupRow = RowOf<typeof Group>;

/** That somebody's account was disabled or enabled, or came to be one that can own groups: their groups without an owner are still to be looked at. */
export const OwnerJob = defineEntity({
  name: 'OwnerJob',
  tableName: 'owner_job',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    userId: p.bigint('number'),
    /** Every group of theirs with an id up to this one has been looked at. */
    doneUpTo: p.bigint('number'),
    /** The only one to look at; null: all of theirs. */
    onlyId: p.bigint('number').nullable(),
  },
  indexes: [{ properties: ['userId'] }],
});

/** How a request to join stands. */
export type JoinRequestStatus = 'PENDING' | 'ACCEPTED' | 'REFUSED' | 'CANCELLED';

/** Somebody asks to be let into a group. */
export const JoinRequest = defineEntity({
  name: 'JoinRequest',
  tableName: 'join_request',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    uuid: p.string().length(36).unique(),
    conversationId: p.bigint('number'),
    userId: p.bigint('number'),
    /** The member who invited the person; null where the person asked. */
    inviterId: p.bigint('number').nullable(),
    /** 1: a server of the operator's has invited the person, acting as the member. */
    isActed: p.integer().$type<0 | 1>().default(0),
    message: p.string().length(200).nullable(),
    status: p.string().length(12).$type<JoinRequestStatus>(),
    createdAt: p.bigint('number'),
    answeredAt: p.bigint('number').nullable(),
  },
  indexes: [{ properties: ['conversationId', 'status', 'id'] }, { properties: ['userId', 'conversationId'] }],
});

/** A row of the table. */
export type JoinRequestRow = RowOf<typeof JoinRequest>;

declare module '../../platform/database.ts' {
  interface Tables {
    Group: TableOf<typeof Group>;
    JoinRequest: TableOf<typeof JoinRequest>;
    OwnerJob: TableOf<typeof OwnerJob>;
  }
}
