import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { SearchUsersDocument, UsersDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { adminEnv, loginAdmin, type Person, registerUser } from '../support/people.ts';

let app: TestApp;
let admin: Person;
let viewer: Person;

beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
  viewer = await registerUser(app);
});

const byAdmin = async (keyword: string, first = 100) => present((await admin.ask(UsersDocument, { keyword, first })).users).edges.map(({ node }) => node);
const nicknames = async (keyword: string) => (await byAdmin(keyword)).map(({ nickname }) => nickname).sort();
const searched = async (keyword: string) =>
  present((await viewer.ask(SearchUsersDocument, { keyword, first: 100 })).searchUsers)
    .edges.map(({ node }) => node.nickname)
    .sort();

describe('which names are alike', () => {
  it('is the same for admins as for whoever searches, on every database', async () => {
    const tag = randomBytes(3).toString('hex');
    const names = ['ÇELİK', 'Москва', 'Élodie', 'Elodie', 'Zoè', '😀', '🎉', 'ＷＸＹＺ', 'Straße', '100%_ok', "it's \\"].map((name) => `${name} ${tag}`);
    for (const nickname of names) await registerUser(app, { nickname });
    const found: Record<string, string[]> = {};
    for (const [keyword, wanted] of Object.entries({
      МОСКВА: ['Москва'],
      Élodie: ['Élodie'],
      ÉLODIE: ['Élodie'],
      elodie: ['Elodie'],
      zoé: [],
      '😀': ['😀'],
      wxyz: ['ＷＸＹＺ'],
      ｗｘｙｚ: ['ＷＸＹＺ'],
      STRASSE: [],
      '0%_o': ['100%_ok'],
      '1_0%': [],
      "T'S \\": ["it's \\"],
    })) {
      found[keyword] = (await nicknames(keyword)).filter((name) => name.endsWith(tag)).map((name) => name.slice(0, -tag.length - 1));
      expect(found[keyword], keyword).toEqual(wanted);
      expect(
        (await searched(keyword)).filter((name) => name.endsWith(tag)).map((name) => name.slice(0, -tag.length - 1)),
        keyword,
      ).toEqual(wanted);
    }
  });

  it('and in which order they stand: by code points, page by page', async () => {
    const head = `o${randomBytes(3).toString('hex')}`;
    const names = ['_b', 'ab', 'zb', '9b', '__', 'a_'].map((end) => head + end);
    for (const username of names) await registerUser(app, { username });
    const sorted = [...names].sort();
    expect((await byAdmin(head.toUpperCase())).map(({ username }) => username)).toEqual(sorted);
    const paged: string[] = [];
    const next = async (after: string | null): Promise<void> => {
      const { edges, pageInfo } = present((await admin.ask(UsersDocument, { keyword: head, first: 2, after })).users);
      paged.push(...edges.map(({ node }) => node.username));
      if (pageInfo.hasNextPage) await next(pageInfo.endCursor);
    };
    await next(null);
    expect(paged).toEqual(sorted);
  });
});
