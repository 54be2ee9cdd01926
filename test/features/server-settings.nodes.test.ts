import { randomBytes } from 'node:crypto';
import type { Connection } from 'mysql2/promise';
import { beforeAll, expect, it } from 'vitest';
import { createDatabaseServer, createFolder, type Server } from '../chaos/servers.ts';
import { FriendRequestsDocument, HistoryDocument, MeDocument, UpdateProfileDocument } from '../generated/graphql.ts';
import { createData, type Env, startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { adminEnv, registerTwo, registerUser, sendText } from '../support/people.ts';

/** A server whose every setting that a session begins with is another one than the statements of Parley need. */
const hostile = [
  "sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,ONLY_FULL_GROUP_BY,PAD_CHAR_TO_FULL_LENGTH'",
  'autocommit = 0',
  'completion_type = 2',
  'sql_auto_is_null = 1',
  'sql_safe_updates = 1',
  'sql_select_limit = 1',
  'max_join_size = 1',
  'foreign_key_checks = 0',
  'unique_checks = 0',
  'max_sort_length = 8',
  'wait_timeout = 2',
  'lock_wait_timeout = 1',
  'innodb_lock_wait_timeout = 1',
  "time_zone = '+09:00'",
  "character_set_server = 'latin1'",
  "init_connect = 'set names latin1'",
];

let server: Server<Connection>;
let isMariadb = true;

beforeAll(async () => {
  const folder = createFolder();
  closeLater(folder.remove);
  server = await createDatabaseServer(folder.path);
  closeLater(server.program.retire);
  await server.start();
  isMariadb = JSON.stringify(await server.use((connection) => connection.query('select version() as version'))).includes('MariaDB');
});

/** A database of its own, for an account that may do everything there and nothing elsewhere. */
async function createAccount(): Promise<Env> {
  const name = `parley_${randomBytes(4).toString('hex')}`;
  await server.use(async (connection) => {
    await connection.query(`create database ${name}`);
    await connection.query(`create user ${name}@'127.0.0.1' identified by 'a password'`);
    await connection.query(`grant all on ${name}.* to ${name}@'127.0.0.1'`);
  });
  const url = new URL(server.url);
  return { ...(await createData()), ...adminEnv, DATABASE_URL: `mysql://${name}:a%20password@${url.host}/${name}` };
}

/** Sets something for all sessions that begin from now on, until the end of the test. */
async function setForAll(names: readonly string[]): Promise<void> {
  await server.use(async (connection) => {
    for (const each of names) {
      const name = each.split(' ')[0] ?? '';
      const [rows] = await connection.query(`select cast(@@global.${name} as char) as value`);
      const { value } = JSON.parse(JSON.stringify(rows))[0];
      // As text, because some numbers are too large for JavaScript.
      const written = /^\d+(\.\d+)?$/.test(value) ? value : `'${value}'`;
      closeLater(() => server.use((again) => again.query(`set global ${name} = ${written}`)));
      await connection.query(`set global ${each}`);
    }
  });
}

it('a server that is set otherwise than the statements need changes nothing: each connection sets what it depends on', async () => {
  const account = await createAccount();
  const limits = isMariadb ? ['max_statement_time = 0.001', 'tx_isolation = SERIALIZABLE', 'tx_read_only = 1'] : ['max_execution_time = 1'];
  await setForAll([...hostile, ...limits]);
  const app = await startApp(account);
  const [sender, reader] = await registerTwo(app);
  const texts = ['it\'s \\ a "text"', "'; update user set role = 'ADMIN'; -- ", "\\'; update user set role = 'ADMIN'; -- ", '第一行\n😀', 'plain'];
  const sent = await Promise.all(texts.map((text) => sendText(sender, reader.user.id, text)));
  const { conversation } = await reader.ask(HistoryDocument, { id: present(sent[0]).conversation.id, first: 10 });
  expect(conversation?.messages.edges.map(({ node }) => node.content?.text).sort()).toEqual([...texts].sort());
  const bio = "x', role = 'ADMIN' where 1 = 1; -- ";
  expect((await sender.ask(UpdateProfileDocument, { input: { bio } })).updateProfile?.profile.bio).toBe(bio);
  // Longer than a connection may be idle there.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect((await sender.ask(MeDocument, {})).viewer?.user).toMatchObject({ id: sender.user.id, role: 'USER' });
  expect((await reader.ask(FriendRequestsDocument, { direction: 'INCOMING' })).friendRequests?.edges).toEqual([]);
  await sendText(await registerUser(app), reader.user.id, 'a further one');
  // That nobody is slowed down, and that the account has all rights, is said at the start.
  expect(app.logs().filter((line) => /"level":"(error|warn)"/.test(line) && !/RATE_LIMITS is off|audit_record/.test(line))).toEqual([]);
});

it('a server on which it cannot work is refused at the start, with a sentence', async () => {
  const account = await createAccount();
  await setForAll(['max_allowed_packet = 1048576']);
  await expect(startApp(account)).rejects.toThrow(
    /^The database mysql:\/\/[^@]* cannot be used: max_allowed_packet of the server is 1048576: set it to 8388608 or more/,
  );
});

it('and so is one whose log has a form in which nothing can be written', async () => {
  const account = await createAccount();
  await setForAll(["binlog_format = 'STATEMENT'"]);
  await expect(startApp(account)).rejects.toThrow(/cannot be used: binlog_format of the server is STATEMENT/);
});
