import { expect, it } from 'vitest';
import { CursorDocument, EventsDocument } from '../generated/graphql.ts';
import { startNodes } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, openTables, registerFriends } from '../support/groups.ts';
import { sendText } from '../support/people.ts';
import { watchStatements } from '../support/statements.ts';

it('counts', async () => {
  const [app] = await startNodes(1, { COMPARE_SECONDS: '60' });
  const { a, b } = await registerFriends(present(app), await openTables(present(app)), 'a', 'b');
  const { id } = await createGroup(a, [b]);
  const cursor = present((await b.ask(CursorDocument, {})).viewer).cursor;
  for (let index = 0; index < 10; index += 1) await sendText(a, id, `text ${index}`);
  const watched = watchStatements();
  watched.take();
  const socket = b.socket();
  await socket.connected();
  console.log('connect', watched.take());
  const stream = socket.subscribe(EventsDocument, { after: cursor });
  await stream.until((data) => data.events.__typename === 'CaughtUp');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const all = watched.take();
  for (const text of all) console.log('PACKET', text.slice(0, 1500));
  expect(all.length).toBe(0);
});
