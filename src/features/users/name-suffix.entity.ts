import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/**
 * Where parts of names are found: one row for each place of the username and the nickname of a user who can be found, with the name from there
 * on. Names that hold a keyword are one range of this key, in the order of the list.
 */
export const NameSuffix = defineEntity({
  name: 'NameSuffix',
  tableName: 'name_suffix',
  properties: {
    /** 0 where the name begins, 1 within it: who begins with the keyword comes first. */
    place: p.integer().primary().$type<0 | 1>().autoincrement(false),
    /** `suffixKey` of the folded name from there on. */
    suffix: p.string().length(64).primary(),
    userId: p.bigint('number').primary(),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    NameSuffix: TableOf<typeof NameSuffix>;
  }
}
