import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConversationsDocument, EventsDocument, SendMessageDocument, UpdateChatsetDocument } from '../generated/graphql.ts';
import { startNodes, type TestApp } from '../support/app.ts';
import { codesOf, dataOf, present } from '../support/client.ts';
import { openChatset, type Person, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';

const crowd = 20;
let nodes: TestApp[];
beforeAll(async () => {
  nodes = await startNodes(2);
});

const nodeAt = (index: number) => present(nodes[index % 2], 'a node');
const atOnce = <T>(work: (node: TestApp, index: number) => Promise<T>) => Promise.all(Array.from({ length: crowd }, (_, index) => work(nodeAt(index), index)));
const send = (from: Person, to: string, text: string, clientId: string = randomUUID()) =>
  from.execute(SendMessageDocument, { input: { to, clientId, content: { text } } });

describe('sends at the same moment through two nodes', () => {
  it('20 equal ones make one message, which all of them get', async () => {
    const [one, other] = await registerTwo(nodeAt(0));
    const clientId = randomUUID();
    const answers = await atOnce((node) => send(one.at(node), other.user.id, 'once', clientId));
    const messages = answers.map((answer) => present(dataOf(answer).sendMessage));
    for (const message of messages) expect(message).toEqual(messages[0]);
    expect(await sendText(one, other.user.id, 'next')).toMatchObject({ seq: 2, rev: 2 });
  });

  it('of 20 different ones exactly one passes where one is allowed (U4)', async () => {
    const [from, to] = await Promise.all([registerVisitor(nodeAt(0)), registerUser(nodeAt(1))]);
    await to.ask(UpdateChatsetDocument, { input: { visitor: { sendCount: 1, needFollow: false } } });
    const answers = await atOnce((node, index) => send(from.at(node), to.user.id, `${index}`));
    expect(answers.flatMap((answer) => codesOf(answer))).toEqual(Array.from({ length: crowd - 1 }, () => 'MESSAGE_LIMIT_REACHED'));
  });

  it('20 first ones crossing in both directions make one conversation, and every device hears each once, in order', async () => {
    const [one, other] = await registerTwo(nodeAt(0));
    await openChatset(one);
    const streams = [one, other].flatMap((person) => nodes.map((node) => person.at(node).socket().subscribe(EventsDocument, {})));
    for (const stream of streams) await stream.until(({ events }) => events.__typename === 'CaughtUp');
    const answers = await atOnce((node, index) =>
      index % 4 < 2 ? send(one.at(node), other.user.id, `${index}`) : send(other.at(node), one.user.id, `${index}`),
    );
    expect(new Set(answers.map((answer) => dataOf(answer).sendMessage?.conversation.id)).size).toBe(1);
    const all = Array.from({ length: crowd }, (_, index) => index + 1);
    for (const stream of streams) {
      const seqs: number[] = [];
      while (seqs.length < crowd) {
        const { events } = await stream.next();
        if (events.__typename === 'MessageSent') seqs.push(events.message.seq);
      }
      expect(seqs).toEqual(all);
    }
    expect((await one.ask(ConversationsDocument, {})).conversations?.edges.map(({ node }) => node.lastSeq)).toEqual([crowd]);
  });
});
