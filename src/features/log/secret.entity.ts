import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** Secrets of the database itself: made once, and the same for ever on every node, whatever becomes of TOKEN_SECRET. */
export const Secret = defineEntity({
  name: 'Secret',
  tableName: 'secret',
  properties: {
    /** What it is used for. */
    name: p.string().length(32).primary(),
    /** 32 random bytes in hex. */
    value: p.string().length(64),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    Secret: TableOf<typeof Secret>;
  }
}
