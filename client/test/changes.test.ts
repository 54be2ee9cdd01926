import { expect, test } from 'vitest';
import { EditMessageDocument, ReactDocument } from '../../test/generated/graphql.ts';
import { present } from '../../test/support/client.ts';
import { sendText } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import type { Chat } from '../src/index.ts';
import { becomes, openPage, tokensOf } from './page.ts';
import { createHolding, look, setStage, textsOf } from './stage.ts';

/** The message with this text, of those that the chat shows. */
async function shownAs(chat: Chat, text: string) {
  const { messages } = await becomes(chat, (state) => textsOf(state.messages).includes(text), text);
  return present(messages.find(({ content }) => content?.text === text));
}

test('what is sent is shown at once, once at every moment, and is the message of the server later', async () => {
  const { bert, parley } = await setStage();
  const chat = look(parley.conversationWith(bert.user.id));
  const shown: string[] = [];
  chat.subscribe(() => shown.push(textsOf(chat.messages).join()));
  const sending = chat.send('hello');
  expect(chat.messages).toMatchObject([{ state: 'sending', content: { text: 'hello' }, isOwn: true, seq: 0 }]);
  const sent = await sending;
  expect(sent).toMatchObject({ state: 'sent', seq: 1, content: { text: 'hello' } });
  await becomes(chat, ({ messages, isLoading }) => messages[0]?.state === 'sent' && !isLoading, 'the sent message');
  expect(chat.messages).toMatchObject([{ id: sent.id, state: 'sent', isOwn: true, seq: 1, clientId: sent.clientId }]);
  expect(new Set(shown)).toEqual(new Set(['hello']));
});

test('messages of both that cross stand in the order of the server, and each once', async () => {
  const { anna, bert, parley } = await setStage();
  await sendText(bert, anna.user.id, 'first');
  const chat = look(parley.conversationWith(bert.user.id));
  await becomes(chat, ({ messages }) => messages.length === 1, 'the first message');
  const isRight: boolean[] = [];
  chat.subscribe(() => {
    const texts = textsOf(chat.messages);
    isRight.push(new Set(texts).size === texts.length);
  });
  await Promise.all([
    ...Array.from({ length: 10 }, (_, number) => chat.send(`mine ${number}`)),
    (async () => {
      for (let number = 0; number < 10; number++) await sendText(bert, anna.user.id, `theirs ${number}`);
    })(),
  ]);
  await becomes(chat, ({ messages }) => messages.length === 21 && messages.every(({ state }) => state === 'sent'), 'all messages');
  expect(chat.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, place) => place + 1));
  expect(textsOf(chat.messages).filter((text) => text?.startsWith('mine'))).toEqual(Array.from({ length: 10 }, (_, number) => `mine ${number}`));
  expect(isRight).not.toContain(false);
});

test('an answer to a message, a location and a forwarded message are shown as they will be', async () => {
  const { anna, bert, parley } = await setStage();
  const message = await sendText(bert, anna.user.id, 'a question');
  const chat = look(parley.conversationWith(bert.user.id));
  await becomes(chat, ({ messages }) => messages.length === 1, 'the question');
  const all = [
    chat.send('an answer', { replyTo: message.id }),
    chat.send({ location: { latitude: 1, longitude: 2, name: 'here' } }),
    chat.send({ forward: message.id }),
    chat.send({ custom: { type: 'order', text: 'an order', data: '{}' } }),
    chat.send({ contact: bert.user.id }),
  ];
  const before = chat.messages.slice(1);
  expect(before).toMatchObject([
    { content: { text: 'an answer' }, replyTo: { id: message.id, content: { text: 'a question' } } },
    { content: { __typename: 'LocationContent', latitude: 1, longitude: 2, name: 'here' } },
    { content: { __typename: 'TextContent', text: 'a question' }, forwardedFrom: { id: bert.user.id } },
    { content: { __typename: 'CustomContent', type: 'order', text: 'an order' } },
    { content: { __typename: 'ContactContent', user: { id: bert.user.id } } },
  ]);
  await Promise.all(all);
  await becomes(chat, ({ messages }) => messages.length === 6 && messages.every(({ state }) => state === 'sent'), 'all of them');
  for (const [place, { content, replyTo, forwardedFrom }] of chat.messages.slice(1).entries()) {
    expect(content?.__typename).toBe(before[place]?.content?.__typename);
    expect(replyTo?.id).toBe(before[place]?.replyTo?.id);
    expect(forwardedFrom?.id).toBe(before[place]?.forwardedFrom?.id);
  }
});

test('an edit, a reaction and a recall are shown at once, and are true when they are made', async () => {
  const { bert, parley } = await setStage();
  const chat = look(parley.conversationWith(bert.user.id));
  const { id } = await chat.send('hello');
  await shownAs(chat, 'hello');
  const edit = chat.edit(id, 'hello there');
  expect(chat.messages[0]).toMatchObject({ content: { text: 'hello there' }, rev: 1 });
  expect(chat.messages[0]?.editedAt).not.toBe(null);
  await edit;
  expect(chat.messages[0]).toMatchObject({ content: { text: 'hello there' }, rev: 2 });
  const react = chat.react(id, '👍');
  expect(chat.messages[0]?.reactions).toEqual([{ emoji: '👍', count: 1, viewerReacted: true }]);
  await react;
  const unreact = chat.unreact(id, '👍');
  expect(chat.messages[0]?.reactions).toEqual([]);
  await unreact;
  expect(chat.messages[0]).toMatchObject({ reactions: [], rev: 4 });
  const recall = chat.recall(id);
  expect(chat.messages[0]).toMatchObject({ content: null });
  expect(chat.conversation?.lastMessage?.content).toBe(null);
  await recall;
  expect(chat.messages[0]).toMatchObject({ content: null, rev: 5 });
});

test('what is refused is taken back, and says why', async () => {
  const { anna, bert, parley } = await setStage();
  const { id } = await sendText(bert, anna.user.id, 'hello');
  const chat = look(parley.conversationWith(bert.user.id));
  await shownAs(chat, 'hello');
  const [before] = chat.messages;
  const edit = chat.edit(id, 'not hers to change');
  expect(textsOf(chat.messages)).toEqual(['not hers to change']);
  await expect(edit).rejects.toMatchObject({ name: 'ParleyError', code: 'FORBIDDEN' });
  expect(chat.messages[0]).toEqual(before);
  const react = chat.react(id, 'no emoji');
  expect(chat.messages[0]?.reactions).toHaveLength(1);
  await expect(react).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(chat.messages[0]).toEqual(before);
  await expect(chat.recall('what is not there')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a change that crosses another one of the same message keeps what both did', async () => {
  const { fetch, hold } = createHolding();
  const { anna, bert, parley } = await setStage({}, { fetch });
  const { id } = await sendText(bert, anna.user.id, 'hello');
  const chat = look(parley.conversationWith(bert.user.id));
  await shownAs(chat, 'hello');
  const answer = hold('mutation React(');
  const react = chat.react(id, '👍');
  await answer.held;
  await bert.ask(ReactDocument, { messageId: id, emoji: '👍' });
  await bert.ask(EditMessageDocument, { id, content: { text: 'hello again' } });
  await shownAs(chat, 'hello again');
  expect(chat.messages[0]?.reactions).toEqual([{ emoji: '👍', count: 2, viewerReacted: true }]);
  answer.release();
  await react;
  expect(chat.messages[0]).toMatchObject({ content: { text: 'hello again' }, reactions: [{ emoji: '👍', count: 2, viewerReacted: true }] });
});

test('two edits of one message are made in their order, and a lost network is waited for', async () => {
  const { app, anna, bert } = await setStage();
  const proxy = await openProxy(app.url);
  const { parley } = openPage({ url: proxy.url }, { tokens: tokensOf(anna) });
  await parley.restore();
  const chat = look(parley.conversationWith(bert.user.id));
  const { id } = await chat.send('one');
  await shownAs(chat, 'one');
  await proxy.cut();
  const edits = [chat.edit(id, 'two'), chat.edit(id, 'three')];
  expect(textsOf(chat.messages)).toEqual(['three']);
  await proxy.mend();
  await Promise.all(edits);
  expect(chat.messages[0]).toMatchObject({ content: { text: 'three' }, rev: 3 });
});
