import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { entities } from '../../src/entities.ts';
import { gramBits, gramsOf, gramsToFind } from '../../src/kernel/grams.ts';
import { foldText } from '../../src/kernel/search-text.ts';
import { createDatabase, type Database } from '../../src/platform/database.ts';
import {
  CreateGroupDocument,
  DissolveGroupDocument,
  EditMessageDocument,
  GroupDocument,
  InviteToGroupDocument,
  LeaveGroupDocument,
  RecallMessageDocument,
  RegisterDocument,
  RemoveMemberDocument,
  SearchMessagesDocument,
  SearchUsersDocument,
  SendMessageDocument,
  ServerInfoDocument,
  UpdateProfileDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { anyCharacter } from '../support/any-text.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { storedGrams } from '../support/indexing.ts';
import { adminEnv, loginAdmin, makeFriends, type Person, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';

let app: TestApp;
let seeker: Person;
beforeAll(async () => {
  app = await startApp(adminEnv);
  seeker = await registerUser(app);
});

interface Options {
  readonly first?: number;
  readonly after?: string;
}
const users = async (keyword: string, options: Options = {}, person = seeker) =>
  present((await person.ask(SearchUsersDocument, { keyword, ...options })).searchUsers, 'the page');
const names = async (keyword: string, person = seeker) => (await users(keyword, {}, person)).edges.map(({ node }) => node.username);
const rename = (person: Person, nickname: string | null) => person.ask(UpdateProfileDocument, { input: { nickname } });
const letters = () =>
  randomUUID()
    .replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)))
    .slice(0, 8);

const messages = async (person: Person, keyword: string, options: Options & { readonly conversationId?: string } = {}) =>
  present((await person.ask(SearchMessagesDocument, { keyword, ...options })).searchMessages, 'the page');
const texts = async (person: Person, keyword: string, conversationId?: string) =>
  (await messages(person, keyword, conversationId === undefined ? {} : { conversationId })).edges.map(({ node }) => node.content?.text);

/** Two people, their conversation, and what sends into it. */
async function acquainted(where = app) {
  const [one, other] = await registerTwo(where);
  const { conversation } = await sendText(one, other.user.id, 'first');
  return { one, other, conversationId: conversation.id };
}

/** The database of a server that has stopped. */
function openData({ env }: TestApp): Promise<Database> {
  const { dataDir, database } = readConfig(env);
  return createDatabase({ ...database, dataDir }, entities);
}

/** A group of the owner's friends. */
async function createGroup(owner: Person, ...members: readonly Person[]): Promise<string> {
  for (const member of members) await makeFriends(owner, member);
  const data = await owner.ask(CreateGroupDocument, { input: { name: 'group', memberIds: members.map(({ user }) => user.id) } });
  return present(data.createGroup, 'the group').id;
}

describe('searchUsers (C1)', () => {
  it('finds by a part of the username or the nickname, in Chinese and Latin, whatever the case and the width', async () => {
    const word = letters();
    const { username } = await registerUser(app, { username: `Xx_${word}_9`, nickname: 'Ａｎｎａ 王小红🦊' });
    const other = await registerUser(app, { nickname: `ﾊﾟﾘ${word}` });
    expect(await names(`x_${word.toUpperCase()}`)).toEqual([username]);
    expect(await names(`${word}_９`)).toEqual([username]);
    for (const keyword of ['anna 王', '小红', ' ＡＮＮＡ　王小红 ', 'a 王小', '红🦊', '🦊']) expect(await names(keyword), keyword).toEqual([username]);
    expect(await names(`パリ${word}`)).toEqual([other.username]);
    expect(await names('小王')).toEqual([]);
    expect(await names('%')).toEqual([]);
  });

  it('finds registered and enabled users only, and never the viewer', async () => {
    const word = letters();
    const admin = await loginAdmin(app);
    const deviceId = randomUUID();
    const visitor = await registerVisitor(app, deviceId);
    const user = await registerUser(app, { nickname: `one ${word}` });
    const me = await registerUser(app, { nickname: `me ${word}` });
    await rename(visitor, `visitor ${word}`);
    expect(await names(word, me)).toEqual([user.username]);
    expect(await names(visitor.username)).toEqual([]);
    await app.ask(RegisterDocument, { input: { username: `v_${word}`, password: 'correct horse', deviceId } });
    expect(await names(`visitor ${word}`, me)).toEqual([`v_${word}`]);
    await admin.ask(UpdateUserDocument, { userId: user.user.id, enabled: false });
    expect(await names(`one ${word}`, me)).toEqual([]);
    await admin.ask(UpdateUserDocument, { userId: user.user.id, enabled: true });
    expect(await names(`one ${word}`, me)).toEqual([user.username]);
  });

  it('is for registered users', async () => {
    const visitor = await registerVisitor(app);
    expect(codesOf(await visitor.execute(SearchUsersDocument, { keyword: 'a' }))).toEqual(['VISITOR_FORBIDDEN']);
    expect(codesOf(await app.execute(SearchUsersDocument, { keyword: 'a' }))).toEqual(['TOKEN_MISSING']);
  });

  it('finds a new name at once and an old one no more', async () => {
    const [before, after] = [letters(), letters()];
    const user = await registerUser(app, { nickname: `好${before}` });
    await rename(user, `好${after}`);
    expect(await names(before)).toEqual([]);
    expect(await names(after)).toEqual([user.username]);
    await rename(user, null);
    expect(await names(after)).toEqual([]);
    expect(await names(user.username)).toEqual([user.username]);
  });

  it('lists those first whose name begins with the keyword, everybody once, in pages of any size', async () => {
    const word = letters();
    const nicknames = ['', '1', '2', `2${word}`, '明', '明'].flatMap((end) => [`${word}${end}`, `the ${word}${end}`]);
    const people: Person[] = [];
    for (const nickname of nicknames) people.push(await registerUser(app, { nickname }));
    // A username that holds it too does not bring a second one.
    const both = await registerUser(app, { username: `${word}_1`, nickname: `${word} ${word}` });
    const whole = (await users(word, { first: 100 })).edges;
    expect(new Set(whole.map(({ node }) => node.id))).toEqual(new Set([...people, both].map(({ user }) => user.id)));
    expect(whole).toHaveLength(13);
    const shown = whole.map(({ node }) => node.nickname.replaceAll(word, '*'));
    expect(shown).toEqual(['*', '* *', '*1', '*2', '*2*', '*明', '*明', 'the *', 'the *2*', 'the *1', 'the *2', 'the *明', 'the *明']);
    for (const first of [1, 2, 3, 5, 12, 13]) {
      const pages = [await users(word, { first })];
      for (let page = pages[0]; page?.pageInfo.hasNextPage; pages.push(page)) page = await users(word, { first, after: present(page.pageInfo.endCursor) });
      expect(pages.flatMap(({ edges }) => edges)).toEqual(whole);
      expect(pages).toHaveLength(Math.ceil(13 / first));
      expect(pages.map(({ pageInfo }) => pageInfo.hasPreviousPage)).toEqual(pages.map((_page, index) => index > 0));
    }
  });

  it('finds long names by keywords of any length', async () => {
    const long = '长'.repeat(24) + letters();
    const { username } = await registerUser(app, { nickname: long });
    await registerUser(app, { nickname: `${'长'.repeat(24)}${letters()}` });
    expect(await names(long)).toEqual([username]);
    expect(await names(long.slice(3))).toEqual([username]);
    expect(await names(long.slice(-5))).toEqual([username]);
  });

  it('takes keywords of 1 to 50 characters, and cursors of the same search only', async () => {
    for (const keyword of ['', ' 　', 'x'.repeat(51), '🦊'.repeat(51)])
      expect(refusalsOf(await seeker.execute(SearchUsersDocument, { keyword }))).toEqual([['BAD_USER_INPUT', 'keyword']]);
    expect(await names(` ${'🦊'.repeat(50)} `)).toEqual([]);
    const word = letters();
    await registerUser(app, { nickname: word });
    const after = present((await users(word)).pageInfo.endCursor);
    for (const [keyword, cursor] of [
      [`${word}x`, after],
      [word, 'x'],
      [word, Buffer.from(`[0,"${Buffer.from(word).toString('hex')}","${randomUUID()}"]`).toString('base64url')],
    ] as const)
      expect(refusalsOf(await seeker.execute(SearchUsersDocument, { keyword, after: cursor }))).toEqual([['BAD_USER_INPUT', 'after']]);
    expect((await users(word, { after })).edges).toEqual([]);
    expect(refusalsOf(await seeker.execute(SearchUsersDocument, { keyword: word, first: 101 }))).toEqual([['BAD_USER_INPUT', 'first']]);
  });
});

describe('searchMessages', () => {
  it('finds parts of texts, in Chinese and Latin, whatever the case and the width, right after they were sent', async () => {
    const { one, other, conversationId } = await acquainted();
    const [chinese, latin] = ['今天下午３点开会，地点在北京', 'The Meeting is at\n  3 pm in Äpfelweg 🦊🦊'];
    await sendText(one, conversationId, chinese);
    await sendText(other, conversationId, latin);
    for (const person of [one, other]) {
      for (const keyword of ['下午', '下午3点', '今天下午３点开会，地点在北京', '在北京', '北京', '京', '点', '，'])
        expect(await texts(person, keyword), keyword).toEqual([chinese]);
      for (const keyword of ['meeting', 'EETIN', 'the meeting', 'ＡＴ 3 pm', 'äpfel', 'Ä', '🦊', '🦊🦊', 'm', 'is'])
        expect(await texts(person, keyword), keyword).toEqual([latin]);
      expect(await texts(person, '3')).toEqual([latin, chinese]);
      for (const keyword of ['午下', '点会', 'meetings', 'x', '%', '🦊🦊🦊', '北京。']) expect(await texts(person, keyword), keyword).toEqual([]);
    }
    expect((await app.ask(ServerInfoDocument, {})).serverInfo.features).toContain('search');
  });

  it('compares with the text itself: that all pieces of the keyword are in it is not enough', async () => {
    const { one, conversationId } = await acquainted();
    await sendText(one, conversationId, 'xx abcd xx');
    for (let count = 1; count <= 65; count += 1) await sendText(one, conversationId, `bcd abc ${count}`);
    expect(await texts(one, 'abcd')).toEqual(['xx abcd xx']);
    expect(await texts(one, 'bcd abc 6')).toEqual([65, 64, 63, 62, 61, 60, 6].map((count) => `bcd abc ${count}`));
  });

  it('lists the newest first, of all conversations, in pages of any size', async () => {
    const [one, first] = await registerTwo(app);
    const second = await registerUser(app);
    await makeFriends(one, second);
    const sent: string[] = [];
    for (let count = 0; count < 17; count += 1) {
      const text = `number ${count} 好的`;
      await sendText(one, (count % 3 === 0 ? first : second).user.id, text);
      await sendText(one, first.user.id, 'nothing of the kind');
      sent.unshift(text);
    }
    for (const keyword of ['number', '好的', '好', 'num']) {
      const whole = (await messages(one, keyword, { first: 100 })).edges;
      expect(whole.map(({ node }) => Date.parse(node.createdAt))).toEqual(whole.map(({ node }) => Date.parse(node.createdAt)).sort((a, b) => b - a));
      expect(whole.map(({ node }) => node.content?.text).sort()).toEqual(sent.toSorted());
      for (const size of [1, 4, 16, 17]) {
        const pages = [await messages(one, keyword, { first: size })];
        for (let page = pages[0]; page?.pageInfo.hasNextPage; pages.push(page))
          page = await messages(one, keyword, { first: size, after: present(page.pageInfo.endCursor) });
        expect(pages.flatMap(({ edges }) => edges)).toEqual(whole);
        expect(pages).toHaveLength(Math.ceil(17 / size));
      }
    }
    expect(await texts(first, 'number')).toEqual(sent.filter((text) => Number(text.split(' ')[1]) % 3 === 0));
  });

  it('finds the edited text and not the old one', async () => {
    const { one, other, conversationId } = await acquainted();
    const { id } = await sendText(one, conversationId, 'the old wording, 旧的说法');
    await one.ask(EditMessageDocument, { id, content: { text: 'the new wording, 新的说法' } });
    for (const person of [one, other]) {
      for (const keyword of ['old', '旧', '旧的说', 'd wording']) expect(await texts(person, keyword), keyword).toEqual([]);
      for (const keyword of ['new', '新', 'wording', '的说法']) expect(await texts(person, keyword), keyword).toEqual(['the new wording, 新的说法']);
    }
  });

  it('finds nothing of a recalled message, and keeps nothing of it', async () => {
    const own = await startApp();
    const { one, other, conversationId } = await acquainted(own);
    const { id } = await sendText(one, conversationId, `a secret 秘密 ${'🦊 long '.repeat(700)}`);
    expect(await texts(other, '秘密')).toHaveLength(1);
    await one.ask(RecallMessageDocument, { id });
    for (const person of [one, other])
      for (const keyword of ['secret', '秘密', '密', 's', '🦊', 'long']) {
        expect(await texts(person, keyword), keyword).toEqual(keyword === 's' ? ['first'] : []);
      }
    await own.stop();
    const database = await openData(own);
    const left = await storedGrams(database);
    await database.close();
    expect([...left.keys()].filter((seq) => seq > 1)).toEqual([]);
  });

  it('finds what was forwarded, and never notices', async () => {
    const { one, other, conversationId } = await acquainted();
    const { id } = await sendText(one, conversationId, 'worth telling');
    const group = await createGroup(other, one);
    await other.ask(SendMessageDocument, { input: { to: group, clientId: randomUUID(), content: { forward: id } } });
    expect(await texts(one, 'worth telling', group)).toEqual(['worth telling']);
    expect(await texts(one, 'worth telling')).toHaveLength(2);
    for (const keyword of ['created', '创建了', 'group']) expect(await texts(one, keyword), keyword).toEqual([]);
  });

  it('takes keywords of 1 to 50 characters, for every session', async () => {
    for (const keyword of ['', ' ', 'x'.repeat(51)])
      expect(refusalsOf(await seeker.execute(SearchMessagesDocument, { keyword }))).toEqual([['BAD_USER_INPUT', 'keyword']]);
    expect(refusalsOf(await seeker.execute(SearchMessagesDocument, { keyword: 'x', after: 'x' }))).toEqual([['BAD_USER_INPUT', 'after']]);
    expect(codesOf(await app.execute(SearchMessagesDocument, { keyword: 'x' }))).toEqual(['TOKEN_MISSING']);
    expect(await texts(await registerVisitor(app), 'x'.repeat(50))).toEqual([]);
  });
});

describe('searchMessages, by whom', () => {
  const memberId = async (viewer: Person, conversationId: string, person: Person) => {
    const { conversation } = await viewer.ask(GroupDocument, { id: conversationId, first: 100 });
    return present(conversation?.group?.members?.edges.find(({ node }) => node.user.id === person.user.id)?.node.id, 'the member');
  };

  it('gives a stranger the same as for a conversation that never was', async () => {
    const { one, conversationId } = await acquainted();
    await sendText(one, conversationId, 'between us');
    for (const stranger of [await registerUser(app), await registerVisitor(app)]) {
      expect(await texts(stranger, 'between us')).toEqual([]);
      const answers = [conversationId, Buffer.from(`Conversation:${randomUUID()}`).toString('base64url'), stranger.user.id, 'x', ''].map((id) =>
        stranger.execute(SearchMessagesDocument, { keyword: 'between us', conversationId: id }),
      );
      const [first, ...others] = (await Promise.all(answers)).map(({ data, errors }) => ({ data, errors }));
      expect(first?.data?.searchMessages?.edges).toEqual([]);
      for (const answer of others) expect(answer).toEqual(first);
    }
  });

  it('gives a former member nothing, and whoever comes back what is new', async () => {
    const [owner, left, removed] = await Promise.all([registerUser(app), registerUser(app), registerUser(app)]);
    const group = await createGroup(owner, left, removed);
    await sendText(owner, group, 'the old plan 计划');
    expect(await texts(left, 'plan')).toEqual(['the old plan 计划']);
    await left.ask(LeaveGroupDocument, { conversationId: group });
    await owner.ask(RemoveMemberDocument, { memberId: await memberId(owner, group, removed) });
    await sendText(owner, group, 'the secret plan 计划');
    for (const person of [left, removed])
      for (const keyword of ['plan', '计划', '划', 'the old plan']) {
        expect(await texts(person, keyword), keyword).toEqual([]);
        expect(await texts(person, keyword, group), keyword).toEqual([]);
      }
    await owner.ask(InviteToGroupDocument, { conversationId: group, userIds: [left.user.id] });
    expect(await texts(left, 'plan', group)).toEqual([]);
    await sendText(owner, group, 'the new plan 计划');
    for (const keyword of ['plan', '计划', '划', 'the new plan']) expect(await texts(left, keyword), keyword).toEqual(['the new plan 计划']);
    expect(await texts(owner, 'plan')).toEqual(['the new plan 计划', 'the secret plan 计划', 'the old plan 计划']);
  });

  it('gives a new member nothing from before the join, edited since or not', async () => {
    const [owner, old, late] = await Promise.all([registerUser(app), registerUser(app), registerUser(app)]);
    const group = await createGroup(owner, old);
    const { id } = await sendText(owner, group, 'before the join 之前');
    await makeFriends(owner, late);
    await owner.ask(InviteToGroupDocument, { conversationId: group, userIds: [late.user.id] });
    await owner.ask(EditMessageDocument, { id, content: { text: 'before the join, edited 之前' } });
    await sendText(old, group, 'after the join');
    for (const where of [group, undefined]) {
      expect(await texts(late, 'the join', where)).toEqual(['after the join']);
      expect(await texts(late, 'before', where)).toEqual([]);
      expect(await texts(late, '之', where)).toEqual([]);
    }
    expect(await texts(old, 'the join')).toEqual(['after the join', 'before the join, edited 之前']);
  });

  it('gives nobody anything of a dissolved group', async () => {
    const [owner, member] = await Promise.all([registerUser(app), registerUser(app)]);
    const group = await createGroup(owner, member);
    await sendText(member, group, 'soon gone');
    await owner.ask(DissolveGroupDocument, { conversationId: group });
    for (const person of [owner, member]) {
      expect(await texts(person, 'soon gone')).toEqual([]);
      expect(await texts(person, 'soon gone', group)).toEqual([]);
    }
  });
});

describe('the index', () => {
  it('takes in what was written before there was one, and goes on where it stopped', async () => {
    const before = await startApp();
    const { one, other, conversationId } = await acquainted(before);
    const word = letters();
    await rename(other, `小 ${word}`);
    for (let count = 1; count <= 130; count += 1) await sendText(one, conversationId, `number ${count}`);
    const late = await registerUser(before, { nickname: `late ${word}` });
    await sendText(late, other.user.id, 'the last one');
    await before.stop();
    const database = await openData(before);
    await database.transaction(async (tx) => {
      await tx.db.deleteFrom('NameSuffix').execute();
      await tx.db.deleteFrom('SearchRow').execute();
      await tx.db.updateTable('Conversation').set({ searchableSeq: null }).execute();
      await tx.db.deleteFrom('SearchProgress').execute();
    });
    await database.close();
    // Stopped while it is at it.
    await (await startApp(before.env)).stop();
    const after = await startApp(before.env);
    const [viewer, viewed] = [one.at(after), other.at(after)];
    await expect.poll(() => texts(viewed, 'the last one')).toEqual(['the last one']);
    expect((await messages(viewer, 'number', { first: 100 })).pageInfo.hasNextPage).toBe(true);
    expect(await texts(viewer, 'number 13')).toEqual(['number 130', 'number 13']);
    expect(await names(word, viewer)).toEqual([other.username, late.username]);
    // Once more on a database that is through: nothing is done again, and nothing is lost.
    await after.stop();
    const third = await startApp(before.env);
    expect(await texts(viewed.at(third), 'the last one')).toEqual(['the last one']);
  });

  it('has all grams of a keyword for every text that holds it', () => {
    const letter = fc.oneof(
      fc.constantFrom('a', 'B', 'ｃ', ' ', '　', '好', '🦊', 'Σ', 'ß', '-', '\n'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    );
    const text = fc.array(letter, { maxLength: 12 }).map((parts) => foldText(parts.join('')));
    fc.assert(
      fc.property(text, text, text, fc.integer({ min: 2, max: 5 }), (head, keyword, tail, most) => {
        fc.pre(keyword !== '');
        const grams = gramsOf(`${head}${keyword}${tail}`);
        const wanted = gramsToFind(keyword, most);
        expect(wanted.length).toBeGreaterThan(0);
        expect(wanted.length).toBeLessThanOrEqual(most);
        expect(grams).toEqual(expect.arrayContaining(wanted));
        expect(grams.every((gram) => Number.isSafeInteger(gram) && gram >= 0 && gram < 2 ** gramBits)).toBe(true);
      }),
    );
  });

  it('folds a folded text into itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        const folded = foldText(text);
        expect(foldText(folded)).toBe(folded);
      }),
      { numRuns: 1000 },
    );
  });
});
