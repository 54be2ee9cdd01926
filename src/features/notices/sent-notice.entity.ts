import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** By which the same notice is known when it is sent again, by whatever key: it has no sender to whom its id could be unique. */
export const SentNotice = defineEntity({
  name: 'SentNotice',
  tableName: 'sent_notice',
  properties: {
    /** The clientId in lower case. */
    clientKey: p.string().length(36).primary(),
    conversationId: p.bigint('number'),
    seq: p.bigint('number'),
    /** Of what was sent (`Fingerprints`); to whom is known by the conversation. */
    fingerprint: p.string().length(64),
  },
});

declare module '../../platform/database.ts' {
  interface Tables {
    SentNotice: TableOf<typeof SentNotice>;
  }
}
