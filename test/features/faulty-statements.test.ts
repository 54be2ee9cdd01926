import { sql } from 'kysely';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { uuidOf } from '../../src/kernel/ids.ts';
import type { Database } from '../../src/platform/database.ts';
import { CursorDocument, EditMessageDocument, EventsDocument, type EventsSubscription, MessagesDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { idsOf, openTables } from '../support/groups.ts';
import { openChatset, type Person, registerUser, sendText } from '../support/people.ts';
import type { Stream } from '../support/socket.ts';

describe('a statement that fails', () => {
  let app: TestApp;
  let database: Database;
  let sender: Person;
  let reader: Person;

  // A server of its own for each: that streams fail is said once in a while only.
  beforeEach(async () => {
    app = await startApp({ COMPARE_MILLISECONDS: '200' });
    database = await openTables(app);
    [sender, reader] = [await registerUser(app), await registerUser(app)];
    await openChatset(reader);
  });

  const rename = (from: string, to: string) => database.transaction((tx) => sql.raw(`alter table ${from} rename to ${to}`).execute(tx.db));
  const faults = () => app.logs().filter((line) => line.includes('background work failed')).length;

  /** Takes a table away until the server has said that something failed. */
  async function without(table: string, act: () => void): Promise<void> {
    const before = faults();
    await rename(table, 'taken_away');
    try {
      act();
      await vi.waitFor(() => expect(faults()).toBeGreaterThan(before), { timeout: 20_000 });
    } finally {
      await rename('taken_away', table);
    }
  }

  it('ends no stream of events that catches up: it goes on as soon as it can', async () => {
    const { cursor } = present((await reader.ask(CursorDocument, {})).viewer);
    const { id } = await sendText(sender, reader.user.id, 'missed');
    const socket = reader.socket();
    let stream = socket.subscribe(EventsDocument, { after: cursor });
    await stream.next('what was missed');
    await without('entry', () => {
      stream = socket.subscribe(EventsDocument, { after: cursor });
    });
    await stream.until(({ events }) => events.__typename === 'MessageSent' && events.message.id === id);
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
  });

  it('ends no stream of messages that catches up', async () => {
    const { id, conversation } = await sendText(sender, reader.user.id, 'missed');
    const socket = reader.socket();
    let stream = socket.subscribe(MessagesDocument, { conversationId: conversation.id, afterRev: 0 });
    await stream.until(({ messages }) => messages.id === id);
    await without('message', () => {
      stream = socket.subscribe(MessagesDocument, { conversationId: conversation.id, afterRev: 0 });
    });
    await stream.until(({ messages }) => messages.id === id);
  });
});

describe('a log that cannot be read', () => {
  /** From now on whoever reads the log gets an error of the database; whatever is written into it is. Gives what ends that. */
  async function breakLog(database: Database, logId: number): Promise<() => Promise<void>> {
    const isMysql = database.dialect.name === 'mysql';
    const run = (texts: readonly string[]) =>
      database.transaction(async (tx) => {
        for (const text of texts) await sql.raw(text).execute(tx.db);
      });
    const columns = ['log_id', 'rev', 'epoch', 'at', 'kind', 'seq', 'about_id', 'about_rev', 'people'];
    const fault = isMysql ? 'exp(1000 + log_id)' : 'abs(-9223372036854775807 - 1)';
    const view = (name: string) => `create view ${name} as select * from entry_rows where case when log_id = ${logId} then ${fault} else 1 end > 0`;
    if (isMysql) {
      // Each such statement commits: were the table away for a moment only, every other log would have a fault as well.
      await run(['create table entry_rows like entry', view('entry_view'), 'drop table entry_rows', 'rename table entry to entry_rows, entry_view to entry']);
      return () => run(['rename table entry to entry_view, entry_rows to entry', 'drop view entry_view']);
    }
    await run([
      'alter table entry rename to entry_rows',
      view('entry'),
      `create trigger entry_in instead of insert on entry begin insert into entry_rows (${columns.join(', ')}) values (${columns.map((name) => `new.${name}`).join(', ')}); end`,
    ]);
    return () => run(['drop view entry', 'alter table entry_rows rename to entry']);
  }

  const messagesOf = (stream: Stream<EventsSubscription>) =>
    stream.all().flatMap(({ data }) => (data?.events.__typename === 'MessageSent' ? [data.events.message.id] : []));

  it('keeps no other event from anybody, is said once, and nothing of it is lost', async () => {
    const app = await startApp({ COMPARE_MILLISECONDS: '100' });
    const database = await openTables(app);
    const [faulty, sender, reader] = await Promise.all([registerUser(app), registerUser(app), registerUser(app)]);
    await openChatset(reader);
    const { conversation, id: firstId } = await sendText(faulty, reader.user.id, 'first');
    await sendText(sender, reader.user.id, 'first');
    const [readerId = 0] = await idsOf(database, [reader.user]);
    const row = await database.read((tx) =>
      tx.db
        .selectFrom('Conversation')
        .select('id')
        .where('uuid', '=', uuidOf('Conversation', conversation.id) ?? '')
        .executeTakeFirstOrThrow(),
    );
    const stream = reader.socket().subscribe(EventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    const heal = await breakLog(database, row.id);
    // What a message says is told and need not be read; what was changed is read.
    await faulty.ask(EditMessageDocument, { id: firstId, content: { text: 'changed' } });
    const held = await sendText(faulty, reader.user.id, 'held');
    const faults = () => app.logs().filter((line) => line.includes('background work failed')).length;
    await vi.waitFor(() => expect(faults()).toBe(1), { timeout: 20_000 });
    const other = await sendText(sender, reader.user.id, 'goes on');
    await stream.until(({ events }) => events.__typename === 'MessageSent' && events.message.id === other.id);
    // Something for which no bell rings: only the comparison finds it.
    await database.transaction(async (tx) => {
      const { n } = await tx.db.selectFrom('Clock').select('n').executeTakeFirstOrThrow();
      const { lastRev } = await tx.db.selectFrom('Log').select('lastRev').where('id', '=', readerId).executeTakeFirstOrThrow();
      await tx.db
        .insertInto('Entry')
        .values({ logId: readerId, rev: lastRev + 1, epoch: n, at: 1, kind: 'VIEWER' })
        .execute();
      await tx.db
        .updateTable('Log')
        .set({ lastRev: lastRev + 1, lastEpoch: n })
        .where('id', '=', readerId)
        .execute();
    });
    await stream.until(({ events }) => events.__typename === 'ViewerChanged');
    expect(faults()).toBe(1);
    await heal();
    // As long as the longest pause between two tries, on a slow machine.
    await vi.waitFor(() => expect(messagesOf(stream)).toContain(held.id), { timeout: 20_000 });
    const last = await sendText(faulty, reader.user.id, 'last');
    await stream.until(({ events }) => events.__typename === 'MessageSent' && events.message.id === last.id);
    expect(messagesOf(stream)).toEqual([other.id, held.id, last.id]);
  });
});
