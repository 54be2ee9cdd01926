import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** A node that serves this database, while it does. */
export const ServingNode = defineEntity({
  name: 'ServingNode',
  tableName: 'serving_node',
  properties: {
    id: p.string().length(36).primary(),
    /** By what its bells reach others: the same for all who hear each other. */
    carrier: p.string().length(36),
    beganAt: p.bigint('number'),
    seenAt: p.bigint('number'),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    ServingNode: TableOf<typeof ServingNode>;
  }
}
