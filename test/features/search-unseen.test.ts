import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { placesOf, suffixKey, triplesOf } from '../../src/kernel/search-text.ts';
import type { Database } from '../../src/platform/database.ts';
import { RecallMessageDocument, SearchMessagesDocument, SearchUsersDocument, UpdateProfileDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { idsOf, openTables } from '../support/groups.ts';
import { type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

let app: TestApp;
let database: Database;
let [one, other]: Person[] = [];
beforeAll(async () => {
  app = await startApp();
  database = await openTables(app);
  [one, other] = await registerTwo(app);
});

const texts = async (keyword: string) =>
  present((await present(one).ask(SearchMessagesDocument, { keyword })).searchMessages).edges.map(({ node }) => node.content?.text);
const names = async (keyword: string) => present((await present(one).ask(SearchUsersDocument, { keyword })).searchUsers).edges.map(({ node }) => node.username);
const word = () => randomUUID().replace(/\W/g, '').slice(0, 10);

describe('what nobody sees', () => {
  it.each([
    ['a soft hyphen', 'hyphen\u00adation', 'hyphenation'],
    ['a zero-width space', 'zero\u200bwidth', 'zerowidth'],
    ['a word joiner', 'word\u2060joiner', 'wordjoiner'],
    ['a byte order mark', 'mark\ufeffbom', 'markbom'],
    ['a variation selector of Japanese', '葛\u{e0100}城市', '葛城'],
    ['a heart that asks for colour', 'i ❤ you', '❤\ufe0f yo'],
    ['a heart that does not', 'she ❤\ufe0f us', '❤ us'],
    ['a joiner of Persian', 'می\u200cخواهم', 'میخواهم'],
  ])('makes no difference to a search for words: %s', async (_what, text, keyword) => {
    await sendText(present(one), present(other).user.id, text);
    expect(await texts(keyword)).toEqual([text]);
    expect(await texts(text)).toEqual([text]);
  });

  it('hides nobody behind a double', async () => {
    const name = word();
    const double = await registerUser(app, { nickname: `${name.slice(0, 4)}\u200b${name.slice(4)}` });
    expect(await names(name)).toEqual([double.username]);
    expect(await names(`${name.slice(0, 6)}\u00ad${name.slice(6)}`)).toEqual([double.username]);
  });

  it('is no keyword, and many marks are no work', async () => {
    for (const keyword of ['\u200b', '\ufe0f\u00ad', `a${'\u0301\u0323'.repeat(50_000)}`])
      for (const document of [SearchMessagesDocument, SearchUsersDocument])
        expect(codesOf(await present(one).execute<object, { keyword: string }>(document, { keyword }))).toEqual(['BAD_USER_INPUT']);
    const began = performance.now();
    for (let count = 0; count < 10; count += 1) await sendText(present(one), present(other).user.id, `b${'\u0301\u0323'.repeat(2499)}`);
    await texts('nothing of the kind');
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('what was taken into the index as it was typed', () => {
  it('is found as before, and by what one sees as soon as the profile changes', async () => {
    const name = word();
    const nickname = `${name} ❤\ufe0f ann`;
    const person = await registerUser(app, { nickname });
    const [userId = 0] = await idsOf(database, [person.user]);
    await database.transaction(async (tx) => {
      await tx.db.deleteFrom('NameSuffix').where('userId', '=', userId).execute();
      const rows = placesOf(nickname).map(({ place, rest }) => ({ place, suffix: suffixKey(rest), userId }));
      await tx.db.insertInto('NameSuffix').values(rows).execute();
    });
    for (const keyword of [name, name.slice(3), `${name.slice(5)} `]) expect(await names(keyword), keyword).toEqual([person.username]);
    await person.ask(UpdateProfileDocument, { input: { bio: 'hello' } });
    for (const keyword of [name, `${name.slice(3)} ❤ an`, `${name.slice(3)} ❤\ufe0f an`]) expect(await names(keyword), keyword).toEqual([person.username]);
    const rows = await database.read((tx) => tx.db.selectFrom('NameSuffix').select('suffix').where('userId', '=', userId).execute());
    expect(rows.filter(({ suffix }) => suffix.includes(Buffer.from('\ufe0f').toString('hex')))).toEqual([]);
  });

  it('is found as before, and goes with a recall', async () => {
    const mark = word();
    const text = `${mark}\u00ad${mark}`;
    const { id, seq, conversation } = await sendText(present(one), present(other).user.id, text);
    const key = Buffer.from(conversation.id, 'base64url').toString().split(':')[1] ?? '';
    const { id: conversationId } = await database.transaction(async (tx) => {
      const row = await tx.db.selectFrom('Conversation').select('id').where('uuid', '=', key).executeTakeFirstOrThrow();
      const rows = triplesOf(text).map((gram) => ({ conversationId: row.id, seq, gram }));
      // The index may have come to it already.
      await tx.db.deleteFrom('MessageGram').where('conversationId', '=', row.id).where('seq', '=', seq).execute();
      await tx.db.insertInto('MessageGram').values(rows).execute();
      await tx.db.updateTable('Conversation').set({ indexedSeq: seq }).where('id', '=', row.id).execute();
      return row;
    });
    for (const keyword of [mark, text]) expect(await texts(keyword)).toEqual([text]);
    await present(one).ask(RecallMessageDocument, { id });
    expect(await texts(text)).toEqual([]);
    const left = await database.read((tx) =>
      tx.db.selectFrom('MessageGram').select('gram').where('conversationId', '=', conversationId).where('seq', '=', seq).execute(),
    );
    expect(left).toEqual([]);
  });
});
