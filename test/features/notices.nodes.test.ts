import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { CursorDocument, EventsDocument, SendNoticeDocument } from '../generated/graphql.ts';
import { startApp, startNodes } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { noticeTo, requireSystem, sendNotice, systemOf } from '../support/notices.ts';
import { adminEnv, registerUser } from '../support/people.ts';
import { keyClient } from '../support/server-keys.ts';

/** Two nodes, each with a key of its own. */
async function startPair(env: Readonly<Record<string, string>> = {}) {
  const [one, other] = await startNodes(2, { ...adminEnv, ...env });
  const [first, second] = [present(one), present(other)];
  return { nodes: [first, second], keys: [await keyClient(first, ['NOTICES']), await keyClient(second, ['NOTICES'])] } as const;
}

it('the same notice sent twice at once, by two keys through two nodes, is sent once', async () => {
  const { nodes, keys } = await startPair();
  const people = await Promise.all(Array.from({ length: 6 }, () => registerUser(nodes[0])));
  // Every second one has a SYSTEM conversation already.
  for (const person of people.filter((_, index) => index % 2 === 0)) await sendNotice(keys[0], person, 'before');
  const sent = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const person = present(people[index % people.length]);
      const clientId = randomUUID();
      const [one, other] = await Promise.all(keys.map((key) => sendNotice(key, person, `notice ${index}`, { clientId })));
      return [present(one), present(other)] as const;
    }),
  );
  for (const [one, other] of sent) expect(other).toEqual(one);
  const lastSeqs = await Promise.all(people.map(async (person) => (await requireSystem(person)).lastSeq));
  expect(lastSeqs).toEqual([11, 10, 11, 10, 11, 10]);
});

it('the same clientId for two people at once through two nodes goes to exactly one of them', async () => {
  const { nodes, keys } = await startPair();
  for (let round = 0; round < 10; round += 1) {
    const people = [await registerUser(nodes[0]), await registerUser(nodes[1])];
    const clientId = randomUUID();
    const answers = await Promise.all(
      people.map(({ user }, index) => present(keys[index]).execute(SendNoticeDocument, { input: noticeTo({ userId: user.id }, 'one of you', { clientId }) })),
    );
    expect(answers.flatMap(codesOf)).toEqual(['CONFLICT']);
    expect((await Promise.all(people.map(systemOf))).flat()).toHaveLength(1);
  }
});

it('the first notices of somebody through two nodes at once make one conversation', async () => {
  const { nodes, keys } = await startPair();
  const people = await Promise.all(Array.from({ length: 5 }, () => registerUser(nodes[0])));
  const sent = await Promise.all(people.flatMap((person) => [0, 1, 2, 3].map((index) => sendNotice(present(keys[index % 2]), person, `notice ${index}`))));
  expect(new Set(sent.map(({ conversation }) => conversation.id)).size).toBe(people.length);
  for (const person of people) expect((await requireSystem(person)).lastSeq).toBe(4);
});

it('a notice through one node comes to a reader of the other, the first one too, by a bell and not by the comparison', async () => {
  const { nodes, keys } = await startPair({ COMPARE_MILLISECONDS: '600000' });
  const person = await registerUser(nodes[0]);
  const stream = person.at(nodes[1]).socket().subscribe(EventsDocument, {});
  await stream.next('CaughtUp');
  for (const text of ['the first', 'the second']) {
    const notice = await sendNotice(keys[0], person, text);
    expect((await stream.next(text)).events).toMatchObject({ __typename: 'MessageSent', message: { id: notice.id, content: { text } } });
  }
});

it('a notice that came while somebody was away is replayed by another node, once and in order, and after all nodes were restarted', async () => {
  const { nodes, keys } = await startPair();
  const person = await registerUser(nodes[0]);
  const after = present((await person.ask(CursorDocument, {})).viewer).cursor;
  const sent: string[] = [];
  for (const text of ['one', 'two', 'three']) sent.push((await sendNotice(keys[0], person, text)).id);
  for (const node of nodes) await node.stop();
  const again = await startApp(nodes[0].env);
  const { cursor } = await replayed(after);
  await sendNotice(await keyClient(again, ['NOTICES']), person, 'four');
  expect((await replayed(cursor)).ids).toHaveLength(1);

  async function replayed(from: string) {
    const stream = person.at(again).socket().subscribe(EventsDocument, { after: from });
    const ids: string[] = [];
    for (;;) {
      const { events: event } = await stream.next('the replay');
      if (event.__typename === 'CaughtUp') {
        if (from === after) expect(ids).toEqual(sent);
        stream.close();
        return { ids, cursor: event.cursor };
      }
      expect(event.__typename).toBe('MessageSent');
      if (event.__typename === 'MessageSent') ids.push(event.message.id);
    }
  }
});
