import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** Somebody with very many conversations, for whom a list of them is kept, and how far that has followed the logs. See `roll.service.ts`. */
export const Roll = defineEntity({
  name: 'Roll',
  tableName: 'roll',
  properties: {
    userId: p.bigint('number').primary().autoincrement(false),
    /** All conversations stand on it. Before that it is filled by their ids, and nobody reads it. */
    isReady: p.integer().$type<0 | 1>(),
    /** Up to which id it is filled. */
    filledUpTo: p.bigint('number'),
    /** Whatever was written up to this epoch is taken in, of the person's own log up to this rev. */
    epoch: p.bigint('number'),
    ownRev: p.bigint('number'),
  },
});

/** A conversation of somebody who has a roll: what it says holds as of the roll's epoch, and what has changed since is in the logs. */
export const RollPlace = defineEntity({
  name: 'RollPlace',
  tableName: 'roll_place',
  properties: {
    userId: p.bigint('number').primary(),
    logId: p.bigint('number').primary(),
    /** 1: no DIRECT one. Of these somebody has few, and they are asked one by one: what is said here of others does not hold for them. */
    isFew: p.integer().$type<0 | 1>(),
    uuid: p.string().length(36),
    activeAt: p.bigint('number'),
    lastEpoch: p.bigint('number'),
    isArchived: p.integer().$type<0 | 1>(),
    /** Whether anything in it counts as unread. */
    isUnread: p.integer().$type<0 | 1>(),
  },
  indexes: [
    { properties: ['userId', 'isFew', 'isArchived', 'activeAt', 'uuid'] },
    { properties: ['userId', 'lastEpoch'] },
    { properties: ['userId', 'isUnread'] },
  ],
});

declare module '../../platform/database.ts' {
  interface Tables {
    Roll: TableOf<typeof Roll>;
    RollPlace: TableOf<typeof RollPlace>;
  }
}
