import { randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { Connection } from 'mysql2';
import { describe, expect, it, vi } from 'vitest';
import { RecallMessageDocument, RemoveMemberDocument } from '../generated/graphql.ts';
import { startNodes, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, memberIdOf, openTables, registerFriends } from '../support/groups.ts';
import { sendText } from '../support/people.ts';

// What a page of a chat shows.
const parts = `fragment MessageParts on Message {
  id seq rev clientId createdAt recalledAt conversation { id } sender { id uuid username } content { __typename text }
}`;

interface Shown {
  readonly id: string;
  readonly seq: number;
  readonly content: { readonly text: string } | null;
}

const documentOf = <R, V>(text: string): TypedDocumentNode<R, V> => parse(`${text} ${parts}`);
const sendDocument = documentOf<{ sendMessage: Shown | null }, { input: object }>(
  'mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { ...MessageParts } }',
);
const eventsDocument = documentOf<{ events: { __typename: string; message?: Shown; changed?: Shown } }, object>(
  `subscription Events {
    events { __typename cursor at ... on MessageSent { message { ...MessageParts } } ... on MessageChanged { changed: message { ...MessageParts } } }
  }`,
);
const messagesDocument = documentOf<{ messages: Shown }, { conversationId: string }>(
  'subscription Messages($conversationId: ID!) { messages(conversationId: $conversationId) { ...MessageParts } }',
);

/** A group of three: one writes, of the others one follows `events` and one `messages`. */
async function open(nodes: readonly TestApp[]) {
  const [here, there] = [present(nodes[0]), present(nodes.at(-1))];
  const { one, other, third } = await registerFriends(here, await openTables(here), 'one', 'other', 'third');
  const { id } = await createGroup(one, [other, third]);
  const events = other.at(there).socket().subscribe(eventsDocument, {});
  await events.until(({ events: { __typename } }) => __typename === 'CaughtUp');
  const messages = third.at(there).socket().subscribe(messagesDocument, { conversationId: id });
  const socket = one.socket();
  const answer = async (text: string) =>
    present((await socket.ask(sendDocument, { input: { to: id, clientId: randomUUID(), content: { text } } })).sendMessage);
  const event = async () => {
    const { events: told } = await events.until(({ events: { __typename } }) => __typename.startsWith('Message'));
    return told;
  };
  const send = async (text: string) => {
    const [answered, told, shown] = await Promise.all([answer(text), event(), messages.next()]);
    expect(told.message).toEqual(answered);
    expect(shown.messages).toEqual(answered);
  };
  // The first ones may come before `messages` is live.
  await expect
    .poll(async () => {
      await answer('is it live?');
      return messages.waiting();
    })
    .not.toEqual([]);
  await answer('all are');
  const isLast = (shown: Shown | undefined) => shown?.content?.text === 'all are';
  await Promise.all([events.until(({ events: { message } }) => isLast(message)), messages.until(({ messages: shown }) => isLast(shown))]);
  return { one, other, id, answer, events, event, messages, send };
}

/** Listens to what is asked of the database. With `hold` the packets wait for which it says so. */
function watchPackets(hold: (text: string) => Promise<void> | null = () => null) {
  const { query } = Connection.prototype;
  return vi.spyOn(Connection.prototype, 'query').mockImplementation(function (this: Connection, ...args: unknown[]) {
    const [sql] = args;
    const held = hold(typeof sql === 'string' ? sql : '');
    if (held === null) return Reflect.apply(query, this, args);
    held.then(() => void Reflect.apply(query, this, args));
  });
}

/** Whether what a frame shows is asked for, and whether at a glance. */
const isReading = (text: string) => text.includes('read only; start transaction; ');
const isGlance = (text: string) => isReading(text) && text.endsWith('; rollback');

/** MySQL has no limit for a transaction that rests, as MariaDB has: that of a connection stands for it, as long as one is open. */
const atRest = /^set session wait_timeout = \d+$/;

describe('a send of which one on the node gets events and another messages', () => {
  it.each([
    ['on the same node', 1],
    ['on another one', 2],
  ])('is three packets to the database, answer and receipts included, %s', async (_where, count) => {
    const { send } = await open(await startNodes(count));
    const query = watchPackets();
    const costs: { packets: number; statements: number }[] = [];
    for (let round = 0; round < 9; round += 1) {
      query.mockClear();
      await send(`text ${round}`);
      const texts = query.mock.calls.map(([sql]: unknown[]) => String(sql)).filter((sql) => !atRest.test(sql));
      costs.push({ packets: texts.length, statements: texts.flatMap((text) => text.split('; ')).length });
    }
    // A job of the server's, such as the index, may fall between two of them, and on a busy machine what is asked at once goes in two packets.
    const [least] = costs.toSorted((a, b) => a.packets - b.packets);
    expect(least?.packets).toBeLessThanOrEqual(3);
    expect(least?.statements).toBeLessThanOrEqual(18);
  });
});

describe('what is known of a message that was just sent', () => {
  /** Sends, and lets something happen between the moment in which it is given and the one in which it is looked whether it is still so. */
  const between = async (scene: Awaited<ReturnType<typeof open>>, happen: (sent: Shown) => Promise<unknown>) => {
    // On a busy machine a glance may need more than one packet, and is not tried the next time.
    const watched = watchPackets();
    await expect
      .poll(async () => {
        watched.mockClear();
        await scene.send('is it read at a glance?');
        return watched.mock.calls.map(([text]: unknown[]) => String(text)).some(isGlance);
      })
      .toBe(true);
    watched.mockRestore();
    const released = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const query = watchPackets((text) => {
      if (!isReading(text)) return null;
      reached.resolve();
      return released.promise;
    });
    const answered = scene.answer('SECRET');
    await reached.promise;
    await happen(await answered);
    released.resolve();
    query.mockRestore();
  };

  it.each([
    ['on the same node', 1],
    ['on another one', 2],
  ])('is not shown where it is recalled meanwhile, %s', async (_where, count) => {
    const scene = await open(await startNodes(count));
    const { one, event, messages } = scene;
    await between(scene, ({ id }) => one.ask(RecallMessageDocument, { id }));
    const [sent, changed] = [await event(), await event()];
    expect([sent.message?.content, changed.changed?.content]).toEqual([null, null]);
    expect((await messages.next()).messages.content).toBe(null);
    expect(messages.all().filter(({ data }) => JSON.stringify(data).includes('SECRET'))).toEqual([]);
  });

  it.each([
    ['on the same node', 1],
    ['on another one', 2],
  ])('is not given to whoever is removed meanwhile, and to the others it is, %s', async (_where, count) => {
    const scene = await open(await startNodes(count));
    const { one, other, id, events, messages } = scene;
    await between(scene, () => one.ask(RemoveMemberDocument, { memberId: memberIdOf(id, other) }));
    expect((await messages.next()).messages.content?.text).toBe('SECRET');
    await events.until(({ events: { __typename } }) => __typename === 'ConversationGone');
    expect(events.all().filter(({ data }) => JSON.stringify(data).includes('SECRET'))).toEqual([]);
  });

  it('is shown where only further messages came meanwhile, each in its order', async () => {
    const scene = await open(await startNodes(1));
    const { one, id, event, messages } = scene;
    await between(scene, async () => {
      await sendText(one, id, 'second');
      await sendText(one, id, 'third');
    });
    const told = [await event(), await event(), await event()].map(({ message }) => message?.content?.text);
    const shown = [await messages.next(), await messages.next(), await messages.next()].map(({ messages: { content } }) => content?.text);
    expect(told).toEqual(['SECRET', 'second', 'third']);
    expect(shown).toEqual(told);
  });
});
