import { expect, it } from 'vitest';
import { CursorDocument, EventsDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, openTables, registerFriends } from '../support/groups.ts';
import { type Person, sendText } from '../support/people.ts';
import { watchStatements } from '../support/statements.ts';

const missed = Array.from({ length: 10 }, (_, index) => `text ${index}`);

/** What a node asks for itself, whoever comes back: for the index of messages, for what it does behind the scenes, and for its comparisons. */
const ofTheNode =
  /message_gram|index|search|shel[fv]|job|looked_until|^select \W*active_at\b|^select \W*(conversation_id|seq)\b|^select \W*last_epoch\b|^select \W*(l\W*\.\W*)?id\W+ as \W*log_id\b/;

/** Likewise: it reads the clock without asking how old a cursor may be. */
const ofTheClock = /from \W*clock\b/;

/**
 * A group whose host is here, so that the node follows it, and of which so many members are away and miss ten messages. Gives what is asked of the tables
 * until all of them have come back and been told.
 */
async function returning(count: number) {
  const app = await startApp({ COMPARE_MILLISECONDS: '3600000' });
  const names = Array.from({ length: count }, (_, index) => `person ${index}`);
  const { host, ...friends } = await registerFriends(app, await openTables(app), 'host', ...names);
  const people: Person[] = Object.values(friends);
  const { id } = await createGroup(present(host), people);
  const there = present(host).socket().subscribe(EventsDocument, {});
  await there.until(({ events }) => events.__typename === 'CaughtUp');
  const cursors = await Promise.all(people.map(async (person) => present((await person.ask(CursorDocument, {})).viewer).cursor));
  for (const text of missed) await sendText(present(host), id, text);
  await there.until(({ events }) => events.__typename === 'MessageSent' && events.message.content?.text === missed.at(-1));
  const sockets = people.map((person) => person.socket());
  for (const socket of sockets) await socket.connected();
  const watched = watchStatements();
  const streams = sockets.map((socket, index) => socket.subscribe(EventsDocument, { after: cursors[index] ?? '' }));
  for (const stream of streams) await stream.until(({ events }) => events.__typename === 'CaughtUp');
  const statements = watched
    .take()
    .flatMap((packet) => packet.split('; '))
    .filter((text) => text.startsWith('select') && !ofTheNode.test(text) && (text.includes('too_old') || !ofTheClock.test(text)));
  const texts = streams.map((stream) =>
    stream.all().flatMap(({ data }) => (data?.events.__typename === 'MessageSent' ? [data.events.message.content?.text ?? ''] : [])),
  );
  return { statements, texts };
}

it('somebody who comes back costs six statements, with all that they are shown of what they missed', async () => {
  const { statements, texts } = await returning(1);
  expect(texts).toEqual([missed]);
  // What several events ask for is asked for apart where a turn of the event loop ends between them, and on SQLite, which answers at once.
  const different = new Set(statements.map((text) => text.replace(/\bwhere\b.*/s, '')));
  expect(different.size, statements.join('\n')).toBeLessThanOrEqual(6);
  expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(12);
});

it('those who come back together share them', async () => {
  const count = 50;
  const { statements, texts } = await returning(count);
  expect(texts).toEqual(Array.from({ length: count }, () => missed));
  // They come as their sockets do, and not all in one moment.
  expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(count);
});
