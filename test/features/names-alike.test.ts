import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { ReactDocument, SearchUsersDocument, UsersDocument } from '../generated/graphql.ts';
import { createData, startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { adminEnv, loginAdmin, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

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
    const names = ['ÇELİK', 'Москва', 'Élodie', 'Elodie', 'Zoè', '😀', '🎉', 'ＡＢＣ', 'Straße', '100%_ok', "it's \\"].map((name) => `${name} ${tag}`);
    for (const nickname of names) await registerUser(app, { nickname });
    const found: Record<string, string[]> = {};
    for (const [keyword, wanted] of Object.entries({
      МОСКВА: ['Москва'],
      Élodie: ['Élodie'],
      ÉLODIE: ['Élodie'],
      elodie: ['Elodie'],
      zoé: [],
      '😀': ['😀'],
      abc: ['ＡＢＣ'],
      ａｂｃ: ['ＡＢＣ'],
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

it.runIf(inject('backend') === 'services')(
  'whatever the server and the tables were like before, everything is compared by bytes, tables of later versions too',
  async () => {
    const data = await createData();
    const connection = await createConnection({ uri: present(data.DATABASE_URL), multipleStatements: true });
    const others = async () => {
      const [rows] = await connection.query(`
      select table_name as name, table_collation as collation from information_schema.tables where table_schema = database() and table_collation <> 'utf8mb4_bin'
      union all select concat(table_name, '.', column_name), collation_name from information_schema.columns where table_schema = database() and collation_name <> 'utf8mb4_bin'
      union all select schema_name, default_collation_name from information_schema.schemata where schema_name = database() and default_collation_name <> 'utf8mb4_bin'`);
      return rows;
    };
    try {
      await connection.query('set names utf8mb4; alter database character set latin1');
      const first = await startApp(data);
      expect(await others()).toEqual([]);
      await first.stop();
      await connection.query(`
      alter table user convert to character set utf8mb4 collate utf8mb4_general_ci; alter table message modify text text collate utf8mb4_unicode_ci;
      alter database collate utf8mb4_general_ci; create table later (name varchar(20) not null primary key) character set utf8mb4`);
      const again = await startApp(data);
      expect(await others()).toEqual([]);
      const [sender, reader] = await registerTwo(again);
      const { id } = await sendText(sender, reader.user.id, 'x');
      for (const emoji of ['👍', '🎉', '👎']) await reader.ask(ReactDocument, { messageId: id, emoji });
    } finally {
      connection.destroy();
    }
  },
);
