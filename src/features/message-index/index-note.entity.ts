import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/**
 * That a message got another text, so that what the index says of it is to be written again: one row for each edit, until the job has come to it. The
 * rev is that of the edit, so nobody who leaves a note waits for another one, or for the job.
 */
export const IndexNote = defineEntity({
  name: 'IndexNote',
  tableName: 'index_note',
  properties: {
    conversationId: p.bigint('number').primary(),
    seq: p.bigint('number').primary(),
    rev: p.bigint('number').primary(),
    /** The text until then, by which a node of 0.1.0 finds it. Null: it had none, or nobody knows. */
    text: p.text().nullable(),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    IndexNote: TableOf<typeof IndexNote>;
  }
}
