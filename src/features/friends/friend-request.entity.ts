import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** How a friend request stands; its sender never sees IGNORED, which looks PENDING. */
export type FriendRequestStatus = 'PENDING' | 'ACCEPTED' | 'REFUSED' | 'IGNORED' | 'CANCELLED';

/** Somebody asks to be somebody's friend. */
export const FriendRequest = defineEntity({
  name: 'FriendRequest',
  tableName: 'friend_request',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    uuid: p.string().length(36).unique(),
    fromId: p.bigint('number'),
    toId: p.bigint('number'),
    message: p.string().length(200).nullable(),
    status: p.string().length(12).$type<FriendRequestStatus>(),
    /** Sent to somebody who had blocked the sender: the receiver never learns of it. */
    isHidden: p.integer().$type<0 | 1>(),
    createdAt: p.bigint('number'),
    answeredAt: p.bigint('number').nullable(),
  },
  indexes: [{ properties: ['fromId', 'toId'] }, { properties: ['toId', 'id'] }],
});

/** A row of the table. */
export type FriendRequestRow = RowOf<typeof FriendRequest>;

declare module '../../platform/database.ts' {
  interface Tables {
    FriendRequest: TableOf<typeof FriendRequest>;
  }
}
