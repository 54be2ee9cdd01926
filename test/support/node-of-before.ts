import { createHash } from 'node:crypto';
import { createLogService } from '../../src/features/log/log.service.ts';
import { createMemoryBus } from '../../src/platform/bus.memory.ts';
import type { Database } from '../../src/platform/database.ts';
import { present } from './client.ts';

/** The place of a message, by its global id. */
export async function placeOf(database: Database, messageId: string): Promise<{ readonly conversationId: number; readonly seq: number }> {
  const [, uuid = '', seq = ''] = Buffer.from(messageId, 'base64url').toString().split(':');
  const row = await database.read((tx) => tx.db.selectFrom('Conversation').select('id').where('uuid', '=', uuid).executeTakeFirst());
  return { conversationId: present(row).id, seq: Number(seq) };
}

/** A node of 0.1.0 at the same tables, as far as it writes contents: it knows no column that came later. Its bells reach nobody. */
export interface NodeOfBefore {
  /** Sends a text into a conversation that is there, and gives its seq. */
  send(sent: { readonly conversationId: number; readonly senderId: number; readonly clientId: string; readonly text: string }): Promise<number>;
  edit(messageId: string, text: string): Promise<void>;
  recall(messageId: string): Promise<void>;
}

/** Writes as a node of 0.1.0 does: the same columns of the same rows, under the same locks. */
export function createNodeOfBefore(database: Database): NodeOfBefore {
  const log = createLogService(database, createMemoryBus());
  const change = async (messageId: string, changes: (now: number) => object): Promise<void> => {
    const { conversationId, seq } = await placeOf(database, messageId);
    await log.write(async (writer) => {
      await writer.lock([conversationId]);
      const { now } = await writer.stamp();
      const rev = writer.append(conversationId, { kind: 'CHANGED', seq }, null);
      await writer.db
        .updateTable('Message')
        .set({ ...changes(now), rev })
        .where('conversationId', '=', conversationId)
        .where('seq', '=', seq)
        .execute();
    });
  };
  return {
    send: ({ conversationId, senderId, clientId, text }) =>
      log.write(async (writer) => {
        await writer.lock([senderId, conversationId].sort((a, b) => a - b));
        const { now } = await writer.stamp();
        const seq = writer.nextSeq(conversationId);
        const rev = writer.append(conversationId, { kind: 'SENT', seq }, null);
        const clientKey = clientId.toLowerCase();
        const contentHash = createHash('sha256')
          .update(JSON.stringify([clientKey, text, null]))
          .digest('hex');
        const rest = { noticeCode: null, noticeNames: null, editedAt: null, mentionsEveryone: 0, forwardedFromId: null, replyToSeq: null } as const;
        await writer.db
          .insertInto('Message')
          .values({ conversationId, seq, rev, senderId, clientId, clientKey, contentHash, kind: 'TEXT', text, ...rest, createdAt: now, recalledAt: null })
          .execute();
        return seq;
      }),
    edit: (messageId, text) => change(messageId, (now) => ({ text, editedAt: now })),
    recall: (messageId) => change(messageId, (now) => ({ text: null, editedAt: null, mentionsEveryone: 0, forwardedFromId: null, recalledAt: now })),
  };
}
