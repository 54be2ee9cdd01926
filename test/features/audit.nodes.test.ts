import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { AuditLogDocument, UpdateUserDocument, UsersDocument } from '../generated/graphql.ts';
import { readText, root } from '../house/sources.ts';
import { createData, startApp, startNodes, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { adminEnv, loginAdmin, type Person, registerUser } from '../support/people.ts';

const recordsOf = async (admin: Person, filter: object) =>
  present((await admin.ask(AuditLogDocument, { filter, first: 100 })).auditLog).edges.map(({ node }) => node);

it('several nodes write down one refusal a minute and person, and an action of several admins at once only where it was done', async () => {
  const nodes = await startNodes(3, adminEnv);
  const [first] = nodes;
  const admin = await loginAdmin(present(first));
  const person = await registerUser(present(first));
  const everywhere = <T>(act: (node: TestApp) => Promise<T>) => Promise.all(nodes.flatMap((node) => [act(node), act(node), act(node)]));
  const refusals = await everywhere((node) => person.at(node).execute(UsersDocument, {}));
  expect(new Set(refusals.flatMap(codesOf))).toEqual(new Set(['FORBIDDEN']));
  expect(await recordsOf(admin, { action: 'refused' })).toHaveLength(1);
  const answers = await everywhere((node) => admin.at(node).execute(UpdateUserDocument, { userId: person.user.id, enabled: false }));
  expect(answers.flatMap(codesOf)).toEqual([]);
  expect((await recordsOf(admin, { targetId: person.user.id })).map(({ action }) => action)).toEqual(['user.disable']);
});

it('nodes that start at once on an empty database make one admin, and one record of that', async () => {
  const data = await createData();
  const nodes = await Promise.all([1, 2, 3].map(() => startApp({ ...data, ...adminEnv })));
  const admin = await loginAdmin(present(nodes[0]));
  expect((await recordsOf(admin, {})).map(({ action }) => action)).toEqual(['user.create']);
});

const warning = 'the account of the database may change and delete what is in audit_record';

/** Runs what docs/operations.md says for an account that may not change the log. */
async function grantAsDocumented(owner: Connection, database: string, account: string): Promise<void> {
  const [, statement = ''] = /```sql\n(SELECT CONCAT\('GRANT[\s\S]*?)```/.exec(readText('docs/operations.md')) ?? [];
  expect(statement).toContain("table_schema = 'parley'");
  const [rows] = await owner.query<RowDataPacket[]>(
    statement.replace("'parley'", `'${database}'`).replace("''parley_server''@''%''", account.replaceAll("'", "''")),
  );
  for (const row of rows) await owner.query(String(Object.values(row)[0]));
}

it('with two accounts, as docs/operations.md has them, servers do all that they do and cannot change the log', async () => {
  const data = await createData();
  const url = new URL(present(data.DATABASE_URL));
  const ownerUrl = url.href;
  const database = url.pathname.slice(1);
  const env = { PATH: process.env.PATH, DATABASE_URL: ownerUrl, DATA_DIR: data.DATA_DIR, TOKEN_SECRET: 'a secret for tests, long enough for everybody' };
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'src/start.cjs'), 'migrate'], { env });
  expect(stdout).toBe('The tables are up to date.\n');

  const owner = await createConnection(ownerUrl);
  closeLater(() => owner.end());
  const name = database.slice(0, 30);
  const account = `'${name}'@'%'`;
  await owner.query(`create user ${account} identified by 'a password for tests'`);
  closeLater(async () => {
    const connection = await createConnection(ownerUrl);
    await connection.query(`drop user ${account}`);
    await connection.end();
  });
  await grantAsDocumented(owner, database, account);
  url.username = name;
  url.password = 'a password for tests';
  const app = await startApp({ ...data, ...adminEnv, DATABASE_URL: url.href });
  const admin = await loginAdmin(app);
  const person = await registerUser(app);
  await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
  expect((await recordsOf(admin, {})).map(({ action }) => action)).toEqual(['user.disable', 'user.create']);
  const lines = () => app.logs().filter((line) => /audit_record|is away/.test(line));
  expect(lines()).toEqual([]);

  const server = await createConnection(url.href);
  closeLater(() => server.end());
  for (const statement of ['delete from audit_record', "update audit_record set action = 'nothing'", 'truncate table audit_record', 'drop table audit_record'])
    await expect(server.query(statement), statement).rejects.toThrow(/denied/);

  const usual = await startApp({ ...data, ...adminEnv });
  expect(usual.logs().filter((line) => line.includes(warning))).toHaveLength(1);
  for (const right of ['update', 'delete']) {
    await owner.query(`grant ${right} on \`${database}\`.audit_record to ${account}`);
    const other = await startApp({ ...data, ...adminEnv, DATABASE_URL: url.href });
    expect(
      other.logs().filter((line) => line.includes(warning)),
      right,
    ).toHaveLength(1);
    await other.stop();
    await owner.query(`revoke ${right} on \`${database}\`.audit_record from ${account}`);
  }
});
