import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/platform/database.ts';
import { CursorDocument, EventsDocument, JoinGroupDocument, SendFriendRequestDocument, SetTypingDocument, ShownDocument } from '../generated/graphql.ts';
import { filesIn, readText } from '../house/sources.ts';
import { startApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { attachmentsOf, sendContent } from '../support/contents.ts';
import { createGroup, openTables, registerFriends } from '../support/groups.ts';
import { openChatset, type Person, registerUser, registerVisitor, sendText } from '../support/people.ts';

const words = ['NEWER', 'toString', ''];
const trees = ['{"v":2,', '[]', 'null', '7', '{"visitor":{"sendCount":9},"user":[],"joined":"all","left":[1.5],"people":{},"actor":{}}'];
const times = ['9000000000000000', '-9000000000000000'];

/** Columns in which a newer version may store what this one does not know, and what that might be. */
const columns: Readonly<Record<string, readonly string[]>> = {
  'conversation.kind': words,
  'entry.kind': words,
  'entry.people': trees,
  'entry.seq': ['999999'],
  'entry.about_id': ['999999', 'null'],
  'file.kind': words,
  'file.state': words,
  'file_use.kind': words,
  'friend_request.status': words,
  'group.join_policy': words,
  'join_request.status': words,
  'log.kind': words,
  'made.kind': words,
  'member.muted_until': times,
  'member.role': words,
  'message.content': trees,
  'message.created_at': times,
  'message.kind': words,
  'message.notice_code': words,
  'message.notice_names': trees,
  'provider.kind': words,
  'session.end_reason': words,
  'user.chatset': trees,
  'user.gender': words,
  'user.role': words,
};

/** Numbers and null as they are, everything else as a text of SQL. */
const literal = (value: string, isText: boolean) => (isText ? `'${value}'` : value);

const run = (database: Database, text: string) => database.transaction((tx) => sql.raw(text).execute(tx.db));

describe('rows that a newer version has written', () => {
  let database: Database;
  let owner: Person;
  let member: Person;
  let groupId: string;
  let beginning: string;

  beforeAll(async () => {
    const app = await startApp({ COMPARE_MILLISECONDS: '100' });
    database = await openTables(app);
    ({ owner, member } = await registerFriends(app, database, 'owner', 'member'));
    beginning = present((await owner.ask(CursorDocument, {})).viewer).cursor;
    await openChatset(owner);
    const group = await createGroup(owner, [member], { joinPolicy: 'APPROVAL' });
    groupId = group.id;
    await sendText(member, groupId, 'hello');
    await sendContent(member, groupId, await attachmentsOf(database, member));
    await sendText(member, owner.user.id, 'hello');
    const [stranger, visitor, other] = [await registerUser(app), await registerVisitor(app), await registerUser(app)];
    for (const person of [stranger, visitor]) await person.ask(JoinGroupDocument, { inviteCode: group.inviteCode });
    await stranger.ask(SendFriendRequestDocument, { userId: owner.user.id });
    await owner.ask(SendFriendRequestDocument, { userId: other.user.id });
  });

  /** Puts something else into all rows while something is done. */
  async function having(column: string, value: string, act: () => Promise<void>): Promise<void> {
    const [table = '', name = ''] = column.split('.');
    const kept = `kept_${table}`;
    await run(database, `create table ${kept} as select * from \`${table}\``);
    await run(database, `update \`${table}\` set \`${name}\` = ${literal(value, columns[column] === words || columns[column] === trees)}`);
    try {
      await act();
    } finally {
      await database.transaction(async (tx) => {
        for (const text of [`delete from \`${table}\``, `insert into \`${table}\` select * from ${kept}`]) await sql.raw(text).execute(tx.db);
      });
      await run(database, `drop table ${kept}`);
    }
  }

  it.each(Object.entries(columns).flatMap(([column, values]) => values.map((value) => [column, value] as const)))(
    'are shown where %s is %j, and end no stream',
    async (column, value) => {
      const live = owner.socket().subscribe(EventsDocument, {});
      await live.next('CaughtUp');
      await having(column, value, async () => {
        const late = owner.socket().subscribe(EventsDocument, { after: beginning });
        // Errors at their places are for `codes`: here only the end of the replay counts.
        for (let ended = false; !ended; ) ended = (await late.answer()).data?.events.__typename === 'CaughtUp';
        const codes = [...late.all(), ...live.all()].flatMap(codesOf);
        for (const person of [owner, member]) {
          codes.push(...codesOf(await person.execute(ShownDocument, {})));
          codes.push(...codesOf(await person.execute(SetTypingDocument, { conversationId: groupId })));
        }
        expect(codes).not.toContain('INTERNAL');
      });
      const { id } = await sendText(member, groupId, 'as ever');
      await live.until(({ events }) => events.__typename === 'MessageSent' && events.message.id === id);
    },
  );

  it.each(words)('let somebody whose role is %j ask what a visitor may', async (role) => {
    const first = await startApp();
    const { token } = await registerUser(first);
    await run(await openTables(first), `update \`user\` set role = '${role}'`);
    await first.stop();
    // Neither within the process nor beside it is the session in a cache.
    const again = await startApp({ ...first.env, REDIS_PREFIX: `${first.env.REDIS_PREFIX ?? ''}again:`, COST_VISITOR: '10' });
    expect(codesOf(await again.execute(CursorDocument, {}, { token }))).toEqual([]);
    expect(codesOf(await again.execute(ShownDocument, {}, { token }))).toEqual(['BAD_QUERY']);
  });

  it('are thought of in every column that says one of some words', () => {
    const said = filesIn('src/features', '.entity.ts').flatMap((path) =>
      [...readText(path).matchAll(/tableName: '(\w+)',\n([\s\S]*?)\n\}\);/g)].flatMap(([, table, body = '']) =>
        [...body.matchAll(/(\w+): p\.(?:string|text)\(\)[^\n]*\$type</g)].map(
          ([, name = '']) => `${table}.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
        ),
      ),
    );
    expect(said.length).toBeGreaterThan(5);
    expect(said.filter((column) => !(column in columns))).toEqual([]);
  });
});
