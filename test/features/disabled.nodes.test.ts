import { createConnection } from 'mysql2/promise';
import { beforeAll, expect, it } from 'vitest';
import {
  AnswerFriendRequestDocument,
  BlockUserDocument,
  EditMessageDocument,
  LeaveGroupDocument,
  MarkReadDocument,
  PinMessageDocument,
  ReactDocument,
  RecallMessageDocument,
  RemoveFriendDocument,
  SendFriendRequestDocument,
  SendMessageDocument,
  UpdateChatsetDocument,
  UpdateProfileDocument,
  UpdateSettingsDocument,
} from '../generated/graphql.ts';
import { createData, type Env, startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, present } from '../support/client.ts';
import { createGroup, idsOf, openTables, registerFriends } from '../support/groups.ts';
import { closeLater } from '../support/lifetime.ts';
import { type Person, registerUser, sendText } from '../support/people.ts';

let data: Env;
let app: TestApp;
beforeAll(async () => {
  data = await createData();
  app = await startApp(data);
});

/** Has somebody do something, and disables them when it has passed the session check and waits for their own log. */
async function disabledMeanwhile(person: Person, act: () => Promise<Answer<unknown>>): Promise<readonly (string | undefined)[]> {
  const [id] = await idsOf(await openTables(app), [person.user]);
  const holder = await createConnection(present(data.DATABASE_URL));
  closeLater(() => holder.destroy());
  await holder.query('begin');
  await holder.query('select id from log where id = ? for update', [id]);
  const acting = act();
  const waiting = async () => {
    const [rows] = await holder.query("select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT'");
    return Array.isArray(rows) ? rows.length : 0;
  };
  // MariaDB looks anew only where nobody has asked for a tenth of a second.
  await expect.poll(waiting, { timeout: 10_000, interval: 250 }).toBeGreaterThan(0);
  await holder.query('update user set enabled = 0 where id = ?', [id]);
  await holder.query('commit');
  await holder.end();
  return codesOf(await acting);
}

const acts: readonly (readonly [
  what: string,
  act: (person: Person, place: { readonly groupId: string; readonly messageId: string; readonly friendId: string }) => Promise<Answer<unknown>>,
])[] = [
  [
    'sends into a group',
    (person, { groupId }) => person.execute(SendMessageDocument, { input: { to: groupId, clientId: crypto.randomUUID(), content: { text: 'late' } } }),
  ],
  ['edits there', (person, { messageId }) => person.execute(EditMessageDocument, { id: messageId, content: { text: 'late' } })],
  ['reacts there', (person, { messageId }) => person.execute(ReactDocument, { messageId, emoji: '👍' })],
  ['pins there', (person, { messageId }) => person.execute(PinMessageDocument, { messageId })],
  ['takes a message back', (person, { messageId }) => person.execute(RecallMessageDocument, { id: messageId })],
  ['takes another name', (person) => person.execute(UpdateProfileDocument, { input: { nickname: 'late' } })],
  ['changes who may write to them', (person) => person.execute(UpdateChatsetDocument, { input: { user: { sendCount: 2 } } })],
  ['changes their settings', (person) => person.execute(UpdateSettingsDocument, { acceptsFriendsAtOnce: true })],
  ['ends a friendship', (person, { friendId }) => person.execute(RemoveFriendDocument, { userId: friendId })],
  ['blocks somebody', (person, { friendId }) => person.execute(BlockUserDocument, { userId: friendId })],
];

it.each(acts)('whoever %s is told that they are disabled, where that was answered before it is done', async (_what, act) => {
  const { owner, friend } = await registerFriends(app, await openTables(app), 'owner', 'friend');
  const group = await createGroup(owner, [friend]);
  const message = await sendText(owner, group.id, 'before');
  const place = { groupId: group.id, messageId: message.id, friendId: friend.user.id };
  expect(await disabledMeanwhile(owner, () => act(owner, place))).toEqual(['USER_DISABLED']);
});

it.each([
  ['reads in a group', (person: Person, conversationId: string) => person.execute(MarkReadDocument, { conversationId, seq: 1000 })],
  ['leaves it', (person: Person, conversationId: string) => person.execute(LeaveGroupDocument, { conversationId })],
] as const)('whoever %s is told so likewise', async (_what, act) => {
  const { owner, friend } = await registerFriends(app, await openTables(app), 'owner', 'friend');
  const { id } = await createGroup(owner, [friend]);
  await sendText(owner, id, 'to be read');
  expect(await disabledMeanwhile(friend, () => act(friend, id))).toEqual(['USER_DISABLED']);
});

it('nobody becomes the friend of somebody who was disabled meanwhile, by an answer of theirs', async () => {
  const [one, other] = [await registerUser(app), await registerUser(app)];
  const { sendFriendRequest } = await one.ask(SendFriendRequestDocument, { userId: other.user.id });
  const { id } = present(sendFriendRequest);
  expect(await disabledMeanwhile(other, () => other.execute(AnswerFriendRequestDocument, { id, answer: 'ACCEPT' }))).toEqual(['USER_DISABLED']);
});

it('nobody is refused as a friend by an answer of somebody who was disabled meanwhile', async () => {
  const [one, other] = [await registerUser(app), await registerUser(app)];
  const { id } = present((await one.ask(SendFriendRequestDocument, { userId: other.user.id })).sendFriendRequest);
  expect(await disabledMeanwhile(other, () => other.execute(AnswerFriendRequestDocument, { id, answer: 'REFUSE' }))).toEqual(['USER_DISABLED']);
});
