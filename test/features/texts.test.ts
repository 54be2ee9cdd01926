import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  EditMessageDocument,
  JoinGroupDocument,
  type MessageContentInput,
  SendFriendRequestDocument,
  SendMessageDocument,
  SendNoticeDocument,
  UpdateGroupDocument,
  UpdateProfileDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, present } from '../support/client.ts';
import { sendContent } from '../support/contents.ts';
import { createGroup, openTables, readGroup } from '../support/groups.ts';
import { insertFiles, kindsOfFiles } from '../support/inserted-files.ts';
import { noticeTo } from '../support/notices.ts';
import { adminEnv, loginAdmin, openChatset, type Person, registerUser, sendText } from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';
import { placesJudgedAs } from '../support/text-places.ts';

let app: TestApp;
let [one, other, admin]: Person[] = [];
let key: KeyClient;
let message: Awaited<ReturnType<typeof sendText>>;
let group: Awaited<ReturnType<typeof createGroup>>;
let picture: string;
let captioned: Awaited<ReturnType<typeof sendContent>>;
beforeAll(async () => {
  app = await startApp(adminEnv);
  [one, other, admin] = [await registerUser(app), await registerUser(app), await loginAdmin(app)];
  key = await keyClient(app, ['NOTICES'], admin);
  await openChatset(other);
  message = await sendText(one, other.user.id, 'hello');
  [picture = ''] = await insertFiles(await openTables(app), one, [kindsOfFiles.image]);
  captioned = await sendContent(one, other.user.id, { attachments: { uploadIds: [picture] } });
  group = await createGroup(one, [], { joinPolicy: 'APPROVAL' });
});

const sendTo = async (content: MessageContentInput) =>
  await present(one).execute(SendMessageDocument, { input: { to: present(other).user.id, clientId: randomUUID(), content } });

/** Gives a text in each place where one can be given: how many characters it may have, and what is shown of it then. */
const give: Readonly<Record<string, { readonly most: number; given(text: string): Promise<Answer<unknown>>; shown?(): Promise<string | null | undefined> }>> = {
  'Mutation.sendMessage MessageContentInput.text': { most: 5000, given: (text) => sendTo({ text }) },
  'Mutation.sendMessage CustomContentInput.text': { most: 5000, given: (text) => sendTo({ custom: { type: 'a', data: '{}', text } }) },
  'Mutation.sendNotice SendNoticeInput.text': {
    most: 5000,
    given: (text) => key.execute(SendNoticeDocument, { input: noticeTo({ userId: present(other).user.id }, text) }),
  },
  'Mutation.editMessage EditedContentInput.text': {
    most: 5000,
    given: (text) => present(one).execute(EditMessageDocument, { id: message.id, content: { text } }),
  },
  'Mutation.sendMessage AttachmentsInput.caption': { most: 5000, given: (caption) => sendTo({ attachments: { uploadIds: [picture], caption } }) },
  'Mutation.editMessage EditedContentInput.caption': {
    most: 5000,
    given: (caption) => present(one).execute(EditMessageDocument, { id: captioned.id, content: { caption } }),
  },
  'Mutation.joinGroup(message:)': {
    most: 200,
    given: async (text) => await (await registerUser(app)).execute(JoinGroupDocument, { inviteCode: group.inviteCode, message: text }),
  },
  'Mutation.sendFriendRequest(message:)': {
    most: 200,
    given: async (text) => await (await registerUser(app)).execute(SendFriendRequestDocument, { userId: present(other).user.id, message: text }),
  },
  'Mutation.updateGroup UpdateGroupInput.announcement': {
    most: 2000,
    given: (announcement) => present(one).execute(UpdateGroupDocument, { input: { conversationId: group.id, announcement } }),
    shown: async () => (await readGroup(present(one), group.id)).group.announcement,
  },
  'Mutation.updateProfile UpdateProfileInput.bio': {
    most: 500,
    given: (bio) => present(one).execute(UpdateProfileDocument, { input: { bio } }),
    shown: async () => (await present(one).ask(UpdateProfileDocument, { input: {} })).updateProfile?.profile.bio,
  },
  'Mutation.updateUser(reason:)': {
    most: 500,
    given: (reason) => present(admin).execute(UpdateUserDocument, { userId: present(other).user.id, reason }),
  },
};

const codes = ({ errors }: Answer<unknown>) => errors.map(({ extensions }) => `${extensions?.code} ${String(extensions?.field).split('.').at(-1)}`);
const fieldOf = (place: string) => /(\w+)(?::\))?$/.exec(place)?.[1];
const nothing = [' ', '\n\n', '\u3000', '\u200b', '\u2800', '\ufe0f', '\u3164', '\u115f', '\uffa0', '\u00ad', '\u2060\u200e', '\u{e0020}', '\t\u0001'];
const something = '.\u0301\u0302\u0303\u0304\r\n\u202e\u2066x\t\u0001 ';

it('every place of the schema in which a text is given is tried', () => {
  expect(Object.keys(give).toSorted()).toEqual(placesJudgedAs('TEXT').toSorted());
});

describe.each(Object.entries(give))('a text in %s', (place, { most, given, shown }) => {
  it(`has at most ${most} code points`, async () => {
    for (const letter of ['😀', 'e\u0301'.slice(0, 1)]) expect(codes(await given(letter.repeat(most)))).toEqual([]);
    for (const letter of ['😀', 'x']) expect(codes(await given(letter.repeat(most + 1)))).toEqual([`BAD_USER_INPUT ${fieldOf(place)}`]);
  });

  it('is none where nothing of it can be seen', async () => {
    for (const text of nothing) {
      const optional = !place.endsWith('.text');
      expect([text, ...codes(await given(text))]).toEqual([text, ...(optional ? [] : ['BAD_USER_INPUT text'])]);
      if (shown) expect(await shown()).toBeNull();
    }
  });

  it('is stored as it was given, marks and controls included', async () => {
    expect(codes(await given(something))).toEqual([]);
    if (shown) expect(await shown()).toBe(something);
  });
});

it('a message of before that shows nothing cannot be forwarded', async () => {
  const { id, seq } = await sendText(present(one), present(other).user.id, 'soon invisible');
  const database = await openTables(app);
  await database.transaction((tx) =>
    tx.db.updateTable('Message').set({ text: '\u200b' }).where('seq', '=', seq).where('text', '=', 'soon invisible').execute(),
  );
  expect(codes(await sendTo({ forward: id }))).toEqual(['BAD_USER_INPUT forward']);
});
