import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** What one user (`userId`) made of another (`otherId`). A row that was never made is all zeros. */
export const Relation = defineEntity({
  name: 'Relation',
  tableName: 'relation',
  properties: {
    userId: p.bigint('number').primary(),
    otherId: p.bigint('number').primary(),
    isFriend: p.integer().$type<0 | 1>(),
    isFollowing: p.integer().$type<0 | 1>(),
    isBlocked: p.integer().$type<0 | 1>(),
    isStarred: p.integer().$type<0 | 1>(),
    remark: p.string().length(50).nullable(),
    /** 1: until the two are unfriended it counts as if `userId` had written to `otherId`, because a server of the operator's has said so. */
    countsAsWritten: p.integer().$type<0 | 1>().default(0),
  },
  // Whether anybody has made anything of somebody.
  indexes: [{ properties: ['otherId'] }],
});

/** A row of the table. */
export type RelationRow = RowOf<typeof Relation>;

declare module '../../platform/database.ts' {
  interface Tables {
    Relation: TableOf<typeof Relation>;
  }
}
