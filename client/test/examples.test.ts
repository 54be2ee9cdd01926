import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startApp, type TestApp } from '../../test/support/app.ts';
import { present } from '../../test/support/client.ts';
import { closeLater } from '../../test/support/lifetime.ts';
import { openChatset, type Person, registerUser } from '../../test/support/people.ts';
import { createQueue } from '../../test/support/queue.ts';
import { lines, tidyUp, titles, tryEverything, until, walk } from '../examples/conversations.ts';
import { read, sendPicture, uploadThenSend } from '../examples/files.ts';
import { startBot } from '../examples/node.ts';
import { connectionText, countFriendRequests, cursorOf, nicknameOf, watchPerson } from '../examples/requests.ts';
import { comeIn, goOut, stores, watchSession } from '../examples/sessions.ts';
import type { Parley } from '../src/index.ts';
import { isLive, openPage, tokensOf } from './page.ts';

const asInNode = { webSocket: WebSocket, warmStart: false, locale: 'en' };

/** Ann and Bob, who may write to each other, each at a live page. */
async function openTwo(app: TestApp) {
  const people = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bob' })];
  const [ann, bob] = [present(people[0]), present(people[1])];
  const pageOf = async (person: Person) => {
    await openChatset(person);
    const { parley } = openPage(app, { ...asInNode, tokens: tokensOf(person) });
    await parley.restore();
    await isLive(parley);
    return parley;
  };
  return { ann: { ...ann, parley: await pageOf(ann) }, bob: { ...bob, parley: await pageOf(bob) } };
}

const chatOf = async (parley: Parley, userId: string) => {
  const chat = parley.conversationWith(userId);
  closeLater(chat.subscribe(() => {}));
  await until(chat, ({ isLoading }) => !isLoading);
  return chat;
};

test('sessions.ts: somebody registers, is told in a sentence what is wrong, comes in as a visitor, and goes out', async () => {
  const app = await startApp();
  const { parley } = openPage(app, asInNode);
  const said = createQueue<string>('what is said of the session');
  closeLater(watchSession(parley, (words) => said.push(words)));
  expect(await comeIn(parley, { username: 'nobody', password: 'at all, really' })).not.toContain('Welcome');
  expect(await comeIn(parley, 'register')).toContain('Welcome');
  await goOut(parley, () => false);
  await said.until((words) => words === 'signed out: SIGNED_OUT');
  expect(await comeIn(parley, 'visitor')).toContain('Welcome');
  await goOut(parley, () => true);
  stores.ofOurOwn.set({ token: 'a', refreshToken: 'b' });
  expect(stores.ofOurOwn.get()).toEqual({ token: 'a', refreshToken: 'b' });
});

test('conversations.ts: everything is done with messages, the list is read, and one walks to and fro', { timeout: 60_000 }, async () => {
  const app = await startApp();
  const { ann, bob } = await openTwo(app);
  const chat = await chatOf(ann.parley, bob.user.id);
  const first = await tryEverything(chat, bob.user);
  expect(lines(chat)).toContain('me: Shall we meet there?');
  expect(lines(chat)).toContain('me: (recalled)');
  expect(chat.messages.every(({ isOwn, state }) => isOwn && state === 'sent')).toBe(true);
  tidyUp(chat);
  await walk(chat, first.id);
  const other = await chatOf(bob.parley, ann.user.id);
  await until(other, ({ messages }) => messages.length === chat.messages.length);
  expect(lines(other)[0]).toBe('Ann: Shall we meet there?');
  expect(await titles(bob.parley)).toEqual([expect.stringContaining('Ann (')]);
});

test('files.ts: a picture is sent, a file is uploaded and sent, and both can be read', { timeout: 60_000 }, async () => {
  const app = await startApp();
  const { ann, bob } = await openTwo(app);
  const chat = await chatOf(ann.parley, bob.user.id);
  const text = new Blob(['where the treasure is'], { type: 'text/plain' });
  const seen: string[] = [];
  const sent = await uploadThenSend(ann.parley, chat, text, ({ status }) => seen.push(status));
  expect(seen).toContain('ready');
  if (sent.content?.__typename !== 'AttachmentsContent') throw new Error('no files');
  expect(await (await read(ann.parley, present(sent.content.files[0]))).text()).toBe('where the treasure is');
  const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const shown = await sendPicture(chat, new File([picture], 'dot.png', { type: 'image/png' }), 'A dot');
  expect(shown.content).toMatchObject({ __typename: 'AttachmentsContent', caption: 'A dot' });
});

test('requests.ts: documents are asked, people and events are watched, and the banner says how it stands', async () => {
  const app = await startApp();
  const { ann, bob } = await openTwo(app);
  expect(await cursorOf(ann.parley)).toEqual(expect.any(String));
  expect(await nicknameOf(ann.parley, bob.user.uuid)).toBe('Bob');
  const shown = createQueue<string>('what is shown of a person');
  closeLater(watchPerson(ann.parley, bob.user.id, (user, presence) => shown.push(`${user?.nickname}: ${presence.status}`)));
  const counts = createQueue<number>('how many friend requests');
  closeLater(countFriendRequests(ann.parley, (count) => counts.push(count)));
  await chatOf(ann.parley, bob.user.id);
  await shown.until((text) => text.startsWith('Bob'));
  expect(connectionText(ann.parley)).toBe('live');
});

test('node.ts: a program answers whoever writes to it', async () => {
  const app = await startApp();
  const { ann } = await openTwo(app);
  const person = await registerUser(app, { nickname: 'Robot' });
  await openChatset(person);
  const bot = await startBot(new URL('/graphql', app.url).href, person.username, person.password);
  closeLater(bot.close);
  const chat = await chatOf(ann.parley, person.user.id);
  await chat.send('Anybody there?');
  await until(chat, ({ messages }) => messages.some(({ content }) => content?.text === 'You said: Anybody there?'));
  expect(lines(chat).at(-1)).toBe('Robot: You said: Anybody there?');
});
