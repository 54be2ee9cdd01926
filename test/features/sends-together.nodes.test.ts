import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { LeaveGroupDocument, SendMessageDocument } from '../generated/graphql.ts';
import { startNodes } from '../support/app.ts';
import { codesOf, dataOf, present } from '../support/client.ts';
import { createGroup, openTables, registerFriends } from '../support/groups.ts';
import { type Person, sendText } from '../support/people.ts';

const countFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);
const send = (from: Pick<Person, 'execute'>, to: string, text: string) =>
  from.execute(SendMessageDocument, { input: { to, clientId: randomUUID(), content: { text } } });

it('64 sends into one group through two nodes are all answered, and seq has no holes', async () => {
  const nodes = await startNodes(2);
  const friends = await registerFriends(present(nodes[0]), await openTables(present(nodes[0])), 'a', 'b', 'c', 'd');
  const { id, lastSeq } = await createGroup(friends.a, [friends.b, friends.c, friends.d]);
  const people = Object.values(friends);
  const answers = await Promise.all(
    countFrom(0, 64).map((index) => send(present(people[index % 4]).at(present(nodes[Math.floor(index / 4) % 2])), id, `text ${index}`)),
  );
  expect(answers.map((answer) => present(dataOf(answer).sendMessage).seq).toSorted((a, b) => a - b)).toEqual(countFrom(lastSeq + 1, 64));
});

it('a conversation whose log another transaction holds does not keep sends to others waiting', async () => {
  const [app] = await startNodes(1);
  const tables = await openTables(present(app));
  const { one, other, third, fourth } = await registerFriends(present(app), tables, 'one', 'other', 'third', 'fourth');
  const held = (await sendText(one, other.user.id, 'held')).conversation.id;
  const free = (await sendText(third, fourth.user.id, 'free')).conversation.id;
  const uuid = Buffer.from(held, 'base64url').toString().slice('Conversation:'.length);
  const waiting = await tables.transaction(async (tx) => {
    const { id } = await tx.db.selectFrom('Conversation').select('id').where('uuid', '=', uuid).executeTakeFirstOrThrow();
    await tx.db.selectFrom('Log').select('id').where('id', '=', id).modifyEnd(tx.dialect.forUpdate).executeTakeFirstOrThrow();
    let answered = 0;
    const sends = countFrom(0, 12).map(async (index) => {
      const answer = await send(index % 2 ? one : other, held, `held ${index}`);
      answered += 1;
      return answer;
    });
    // Were these waiting for the held log, the database would end this transaction first, and so the test.
    const others = await Promise.all(countFrom(0, 12).map((index) => send(index % 2 ? third : fourth, free, `free ${index}`)));
    expect(others.flatMap(({ errors }) => errors)).toEqual([]);
    expect(answered).toBe(0);
    // Not awaited here: they can only end when this has.
    return { sends };
  });
  const answers = await Promise.all(waiting.sends);
  expect(answers.map((answer) => present(dataOf(answer).sendMessage).seq).toSorted((a, b) => a - b)).toEqual(countFrom(2, 12));
});

it('somebody who is no member of a group does not come to its lock, though a member has written there through this node', async () => {
  const [app] = await startNodes(1);
  const tables = await openTables(present(app));
  const { owner, left, stranger } = await registerFriends(present(app), tables, 'owner', 'left', 'stranger');
  const { id } = await createGroup(owner, [left]);
  for (const member of [owner, left]) await sendText(member, id, 'by a member');
  await left.ask(LeaveGroupDocument, { conversationId: id });
  // Whoever has left has been told so once.
  expect(codesOf(await send(left, id, 'too late'))).toEqual(['NOT_FOUND']);
  const uuid = Buffer.from(id, 'base64url').toString().slice('Conversation:'.length);
  await tables.transaction(async (tx) => {
    const group = await tx.db.selectFrom('Conversation').select('id').where('uuid', '=', uuid).executeTakeFirstOrThrow();
    await tx.db.selectFrom('Log').select('id').where('id', '=', group.id).modifyEnd(tx.dialect.forUpdate).executeTakeFirstOrThrow();
    // Were these waiting for the held log, the database would end this transaction first, and so the test.
    for (const person of [stranger, left, stranger]) expect(codesOf(await send(person, id, 'x'))).toEqual(['NOT_FOUND']);
  });
});
