import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { ConversationsDocument, SendMessageDocument } from '../generated/graphql.ts';
import { startNodes } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { openChatset, type Person, registerUser } from '../support/people.ts';

const send = (from: Person, to: string, clientId: string) => from.execute(SendMessageDocument, { input: { to, clientId, content: { text: 'hello' } } });

it('of twenty first words of one person through two nodes as many pass as the bucket has, and each that is sent again after an answer has the same', async () => {
  const nodes = await startNodes(2, { RATE_LIMITS: 'on', RATES: 'register=1000/min, send=1000/s, firstWords=7/h' });
  const one = await registerUser(present(nodes[0]));
  const strangers = await Promise.all(Array.from({ length: 20 }, (_, index) => registerUser(present(nodes[index % 2]))));
  await Promise.all(strangers.map(openChatset));
  const sends = strangers.map(({ user }, index) => ({ to: user.id, clientId: randomUUID(), node: present(nodes[index % 2]) }));
  const answers = await Promise.all(sends.map(({ to, clientId, node }) => send(one.at(node), to, clientId)));
  const passed = sends.filter((_, index) => codesOf(present(answers[index])).length === 0);
  expect(answers.flatMap(codesOf)).toEqual(Array.from({ length: 20 - passed.length }, () => 'RATE_LIMITED'));
  expect(passed).toHaveLength(7);
  // What was refused is nowhere.
  expect((await one.ask(ConversationsDocument, {})).conversations?.edges).toHaveLength(passed.length);
  const lists = await Promise.all(strangers.map(async (stranger) => (await stranger.ask(ConversationsDocument, {})).conversations?.edges.length));
  expect(lists).toEqual(answers.map((answer) => (codesOf(answer).length === 0 ? 1 : 0)));
  for (const { to, clientId, node } of passed)
    for (const other of nodes) expect((await send(one.at(other), to, clientId)).data, node.url).toMatchObject({ sendMessage: { seq: 1 } });
});
