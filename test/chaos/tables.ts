import type { Connection, RowDataPacket } from 'mysql2/promise';
import { encodeGlobalId } from '../../src/kernel/ids.ts';
import type { Server } from './servers.ts';

/** One entry of a log. */
export interface EntryRow {
  readonly rev: number;
  readonly kind: string;
  readonly seq: number | null;
  readonly aboutId: number | null;
  readonly aboutRev: number | null;
}

/** One message. */
export interface MessageRow {
  readonly conversationId: number;
  readonly seq: number;
  readonly rev: number;
  readonly senderId: number | null;
  readonly clientId: string | null;
  readonly text: string | null;
  readonly recalledAt: number | null;
}

/** The head of a log. */
export interface LogRow {
  readonly id: number;
  readonly lastRev: number;
  readonly lastSeq: number;
}

/** A conversation. */
export interface ConversationRow {
  readonly id: number;
  /** As clients know it. */
  readonly globalId: string;
  readonly kind: string;
  /** DIRECT only. */
  readonly userIds: readonly number[];
}

/** What the tables hold when everything is quiet: the truth. */
export interface TablesNow {
  /** Numeric ids by uuid. */
  readonly users: ReadonlyMap<string, number>;
  readonly logs: readonly LogRow[];
  readonly conversations: ReadonlyMap<number, ConversationRow>;
  /** By log, in order of rev. */
  readonly entries: ReadonlyMap<number, readonly EntryRow[]>;
  /** By conversation, in order of seq. */
  readonly messages: ReadonlyMap<number, readonly MessageRow[]>;
}

/** Reads them in one snapshot, past the server and with nothing of its code. */
export async function readTables(server: Server<Connection>, database: string): Promise<TablesNow> {
  return await server.use(async (connection) => {
    const rows = async <Row>(sql: string): Promise<(Row & RowDataPacket)[]> => (await connection.query<(Row & RowDataPacket)[]>(sql))[0];
    await connection.query(`use ${database}`);
    await connection.query('set session transaction isolation level repeatable read');
    await connection.query('start transaction with consistent snapshot, read only');
    const users = await rows<{ id: number; uuid: string }>('select id, uuid from user');
    const logs = await rows<LogRow>('select id, last_rev as lastRev, last_seq as lastSeq from log');
    const conversations = await rows<{ id: number; uuid: string; kind: string; low: number | null; high: number | null }>(
      'select id, uuid, kind, low_user_id as low, high_user_id as high from conversation',
    );
    const entries = await rows<EntryRow & { logId: number }>(
      'select log_id as logId, rev, kind, seq, about_id as aboutId, about_rev as aboutRev from entry order by log_id, rev',
    );
    const messages = await rows<MessageRow>(
      `select conversation_id as conversationId, seq, rev, sender_id as senderId, client_id as clientId, text, recalled_at as recalledAt
       from message order by conversation_id, seq`,
    );
    return {
      users: new Map(users.map(({ id, uuid }) => [uuid, id])),
      logs,
      conversations: new Map(
        conversations.map(({ id, uuid, kind, low, high }) => [
          id,
          { id, globalId: encodeGlobalId('Conversation', uuid), kind, userIds: [low, high].filter((userId) => userId !== null) },
        ]),
      ),
      entries: Map.groupBy(entries, ({ logId }) => logId),
      messages: Map.groupBy(messages, ({ conversationId }) => conversationId),
    };
  }, 60_000);
}
