import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerFriendRequestDocument,
  CreateGroupDocument,
  CreateServerKeyDocument,
  FriendDocument,
  HistoryDocument,
  IdentifyDocument,
  IssueSessionDocument,
  LoginDocument,
  RegisterDocument,
  RegisterVisitorDocument,
  SaveProviderDocument,
  SendFriendRequestDocument,
  SendMessageDocument,
  UpdateFriendDocument,
  UpdateGroupDocument,
  UpdateMemberDocument,
  UpdateProfileDocument,
  UpsertUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, present } from '../support/client.ts';
import { freshExternalId } from '../support/external-users.ts';
import { createGroup, idsOf, memberIdOf, openTables, readGroup } from '../support/groups.ts';
import { goodClaims, proofBySecret, secretEnv } from '../support/issuers.ts';
import { adminEnv, freshName, loginAdmin, makeFriends, type Person, registerUser } from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';
import { placesJudgedAs } from '../support/text-places.ts';

let app: TestApp;
let owner: Person;
let admin: Person;
let provider: string;
let server: KeyClient;
let friend: Person;
let groupId: string;
let requestId: string;
beforeAll(async () => {
  app = await startApp({ ...adminEnv, ...secretEnv });
  admin = await loginAdmin(app);
  provider = present((await admin.ask(SaveProviderDocument, { input: { name: 'x', kind: 'SECRET' } })).saveProvider).id;
  server = await keyClient(app, ['USERS', 'SESSIONS'], admin);
  [owner, friend] = await Promise.all([registerUser(app), registerUser(app)]);
  await makeFriends(owner, friend);
  groupId = (await createGroup(owner, [friend], { name: 'a group' })).id;
  const asking = await registerUser(app);
  requestId = present((await asking.ask(SendFriendRequestDocument, { userId: owner.user.id })).sendFriendRequest).id;
});

const credentials = () => ({ username: freshName(), password: 'correct horse' });
const visit = (told: object) => app.execute(RegisterVisitorDocument, { input: { deviceId: randomUUID(), ...told } });

/** Gives a name, in each place where one can be given. */
const give: Readonly<Record<string, (name: string) => Promise<Answer<unknown>>>> = {
  'Mutation.answerFriendRequest(remark:)': (remark) => owner.execute(AnswerFriendRequestDocument, { id: requestId, answer: 'IGNORE', remark }),
  'Mutation.createGroup CreateGroupInput.name': (name) => owner.execute(CreateGroupDocument, { input: { memberIds: [], name } }),
  'Mutation.createServerKey(name:)': (name) => admin.execute(CreateServerKeyDocument, { name, rights: ['READ'] }),
  'Mutation.identify IdentifyInput.device': (device) =>
    app.execute(IdentifyDocument, { input: { provider: 'default', proof: proofBySecret(goodClaims('somebody')), device } }),
  'Mutation.issueSession IssueSessionInput.device': (device) => server.execute(IssueSessionDocument, { input: { person: { userId: owner.user.id }, device } }),
  'Mutation.login LoginInput.device': (device) => app.execute(LoginDocument, { input: { username: owner.username, password: owner.password, device } }),
  'Mutation.register RegisterInput.nickname': (nickname) => app.execute(RegisterDocument, { input: { ...credentials(), nickname } }),
  'Mutation.registerVisitor RegisterVisitorInput.brand': (brand) => visit({ brand }),
  'Mutation.registerVisitor RegisterVisitorInput.model': (model) => visit({ model }),
  'Mutation.registerVisitor RegisterVisitorInput.os': (os) => visit({ os }),
  'Mutation.registerVisitor RegisterVisitorInput.platform': (platform) => visit({ platform }),
  'Mutation.saveProvider ProviderInput.name': (name) => admin.execute(SaveProviderDocument, { input: { id: provider, name, kind: 'SECRET' } }),
  'Mutation.sendMessage LocationInput.name': (name) =>
    owner.execute(SendMessageDocument, { input: { to: groupId, clientId: randomUUID(), content: { location: { latitude: 1, longitude: 2, name } } } }),
  'Mutation.updateFriend UpdateFriendInput.remark': (remark) => owner.execute(UpdateFriendDocument, { input: { userId: friend.user.id, remark } }),
  'Mutation.updateGroup UpdateGroupInput.name': (name) => owner.execute(UpdateGroupDocument, { input: { conversationId: groupId, name } }),
  'Mutation.updateMember(nickname:)': (nickname) => owner.execute(UpdateMemberDocument, { memberId: memberIdOf(groupId, owner), nickname }),
  'Mutation.updateProfile UpdateProfileInput.location': (location) => owner.execute(UpdateProfileDocument, { input: { location } }),
  'Mutation.updateProfile UpdateProfileInput.nickname': (nickname) => owner.execute(UpdateProfileDocument, { input: { nickname } }),
  'Mutation.upsertUser UpsertUserInput.nickname': (nickname) =>
    server.execute(UpsertUserDocument, { input: { provider: 'default', externalId: freshExternalId(), nickname } }),
};

const misleading = {
  'RIGHT-TO-LEFT OVERRIDE': 'nimda\u202e',
  'an embedding': '\u202ax\u202c',
  'an isolate': '\u2067x\u2069',
  'the end of an isolate': 'x\u2069y',
  'a mark of direction': 'x\u200fy',
  'a mark of Arabic': 'x\u061cy',
  'a line break': 'bob\nalice was removed',
  'a carriage return': 'bob\rx',
  'a tab': 'bob\tx',
  'LINE SEPARATOR': 'bob\u2028x',
  'PARAGRAPH SEPARATOR': 'bob\u2029x',
  'NEXT LINE': 'bob\u0085x',
  'an escape': 'bob\u001b[31m',
  'a bell': 'bob\u0007',
  DELETE: 'bob\u007f',
  'four marks on a letter': 'a\u0301\u0302\u0303\u0304',
  'four marks with something between that nobody sees': 'a\u0301\u0302\u115f\u0303\u00ad\u3164\u0304',
  'four marks with something between that joins': 'a\u0301\u200d\u0302\u200d\u0303\u200c\u0304',
  'a hundred and one letters': 'x'.repeat(101),
} as const;

const unseen = {
  'ZERO WIDTH SPACE': '\u200b\u200b',
  'HANGUL FILLER': '\u3164',
  'HANGUL CHOSEONG FILLER': '\u115f\u1160',
  'HALFWIDTH HANGUL FILLER': '\uffa0',
  'BRAILLE PATTERN BLANK': '\u2800',
  'WORD JOINER': '\u2060',
  'SOFT HYPHEN': '\u00ad',
  'a variation selector': '\ufe0f',
  'COMBINING GRAPHEME JOINER': '\u034f',
  'MONGOLIAN VOWEL SEPARATOR': '\u180e',
  'a tag': '\u{e0041}',
  'NO-BREAK SPACE': '\u00a0',
  'IDEOGRAPHIC SPACE': '\u3000',
  'many of them': ' \u200b\u3164 \u2800\ufe0f',
} as const;

const good = {
  'people of all scripts': '李小龍 Мария عمر דוד',
  'a family': '👨‍👩‍👧‍👦 & ❤️‍🔥',
  'a flag of tags': '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'three marks': 'z\u0310\u0311\u0312o',
  'Burmese, which writes many signs': 'ကျော်ကြော့',
  Tibetan: 'བསྒྲུབས་རྒྱུད',
  'Persian, which joins and does not': 'می\u200cخواهم',
  'braces and dollars': '{actor}$&\\1{people}',
} as const;

const codes = ({ errors }: Answer<unknown>) => errors.map(({ extensions }) => `${extensions?.code} ${String(extensions?.field).split('.').at(-1)}`);
const fieldOf = (place: string) => /(\w+)(?::\))?$/.exec(place)?.[1];

it('every place of the schema in which a name is given is tried', () => {
  expect(Object.keys(give).toSorted()).toEqual(placesJudgedAs('NAME').toSorted());
});

describe.each(Object.entries(give))('a name in %s', (place, given) => {
  it('is refused with what breaks or turns the text around it', async () => {
    for (const [what, name] of Object.entries(misleading)) expect([what, ...codes(await given(name))]).toEqual([what, `BAD_USER_INPUT ${fieldOf(place)}`]);
  });

  it('may be in any script and hold any emoji', async () => {
    for (const [what, name] of Object.entries(good)) expect([what, ...codes(await given(name))]).toEqual([what]);
  });
});

describe('a name of which nothing can be seen', () => {
  it.each(Object.entries(unseen))('of %s is none', async (_what, name) => {
    const { updateProfile } = await owner.ask(UpdateProfileDocument, { input: { nickname: name, location: name } });
    expect(updateProfile).toMatchObject({ nickname: owner.username, profile: { location: null } });
    const { updateMember } = await owner.ask(UpdateMemberDocument, { memberId: memberIdOf(groupId, owner), nickname: name });
    expect(present(updateMember).nickname).toBeNull();
    expect((await createGroup(owner, [], { name })).title).toBe(owner.username);
    for (const place of ['Mutation.updateFriend UpdateFriendInput.remark', 'Mutation.updateGroup UpdateGroupInput.name'])
      expect([place, ...codes(await present(give[place])(name))]).toEqual([place, `BAD_USER_INPUT ${fieldOf(place)}`]);
    expect((await registerUser(app, { nickname: name })).user.nickname).toMatch(/^u_/);
  });
});

describe('a name that was stored before', () => {
  it('is read as it is, and leaves the sentence of a notice and the name of a group whole', async () => {
    const old = 'evil\u202e\u2069gpj\nx';
    const person = await registerUser(app);
    const database = await openTables(app);
    const [id] = await idsOf(database, [person.user]);
    await database.transaction((tx) => tx.db.updateTable('User').set({ nickname: old }).where('id', '=', present(id)).execute());
    await makeFriends(owner, person);
    expect((await owner.ask(FriendDocument, { uuid: person.user.uuid })).userInfo?.nickname).toBe(old);
    const group = await createGroup(person, [owner]);
    expect(group.title).toBe(`evilgpj x、${owner.username}`);
    const { conversation } = await owner.ask(HistoryDocument, { id: group.id, last: 1 });
    expect(present(conversation).messages.edges[0]?.node.content?.text).toBe('\u2068evilgpj x\u2069 created the group');
    expect((await readGroup(owner, group.id)).group.members?.edges.map(({ node }) => node.user.nickname)).toContain(old);
  });
});
