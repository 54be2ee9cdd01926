import { sql } from 'kysely';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../src/platform/database.ts';
import { CursorDocument, EventsDocument, MessagesDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { openChatset, type Person, registerUser, sendText } from '../support/people.ts';

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
      await vi.waitFor(() => expect(faults()).toBeGreaterThan(before), { timeout: 10_000 });
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
