import { randomUUID } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { insertAll } from '../../src/platform/bulk.ts';
import type { Database } from '../../src/platform/database.ts';
import { FollowDocument, MeDocument, SendMessageDocument } from '../generated/graphql.ts';
import { createData, type Env, startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { idsOf, insertUsers, openTables } from '../support/groups.ts';
import { closeLater } from '../support/lifetime.ts';
import { type Person, registerUser, registerVisitor } from '../support/people.ts';

const cleaning = { CLEAN_SECONDS: '0.2' };
const longAgo = Date.now() - 100 * 86_400_000;

/** Makes people by the hundred, each with one session; they go when they are visitors. */
async function insertPeople(database: Database, count: number, role: 'VISITOR' | 'USER', expiresAt: number): Promise<number[]> {
  const people = (await insertUsers(database, count)).map(({ id }) => id);
  const session = { generation: 0, createdAt: 1, refreshedAt: 1, lastSeenAt: 1, tokenExpiresAt: 1, expiresAt };
  await database.transaction(async (tx) => {
    await tx.db.updateTable('User').set({ role }).where('id', '>=', present(people[0])).execute();
    await insertAll(
      tx,
      'Session',
      people.map((userId) => ({ ...session, userId, uuid: randomUUID() })),
    );
  });
  return people;
}

/** A connection of somebody who is none of the nodes here, in the middle of a transaction as they make them. */
async function begin(data: Env): Promise<Connection> {
  const connection = await createConnection(present(data.DATABASE_URL));
  closeLater(() => connection.destroy());
  await connection.query('set session transaction isolation level read committed');
  await connection.query('begin');
  return connection;
}

const sessionsOf = async (database: Database, people: readonly number[]) =>
  (await database.read((tx) => tx.db.selectFrom('Session').select('userId').where('userId', 'in', people).execute())).map(({ userId }) => userId);
const amongUsers = async (database: Database, people: readonly number[]) =>
  (await database.read((tx) => tx.db.selectFrom('User').select('id').where('id', 'in', people).orderBy('id').execute())).map(({ id }) => id);

/** Rows about somebody who is not there any more, by what they are. */
async function orphans(database: Database) {
  return await database.read(async (tx) => {
    const people = () => tx.db.selectFrom('User').select('id');
    return {
      sessions: await tx.db.selectFrom('Session').select('id').where('userId', 'not in', people()).execute(),
      members: await tx.db.selectFrom('Member').select('userId').where('userId', 'not in', people()).execute(),
      relations: await tx.db.selectFrom('Relation').select('otherId').where('otherId', 'not in', people()).execute(),
      logs: await tx.db.selectFrom('Log').select('id').where('kind', '=', 'USER').where('id', 'not in', people()).execute(),
      withoutLog: await people().where('id', 'not in', tx.db.selectFrom('Log').select('id')).execute(),
    };
  });
}
const none = { sessions: [], members: [], relations: [], logs: [], withoutLog: [] };

it('two nodes clean what is over while somebody holds some of it, which goes when it is free', async () => {
  const data = await createData();
  const first = await startApp(data);
  const database = await openTables(first);
  await first.stop();
  // Most of what there is stays: of a table that mostly goes the database looks at every row, and waits for those that somebody holds.
  const staying = await insertPeople(database, 5000, 'USER', Date.now() + 1e9);
  const going = await insertPeople(database, 600, 'VISITOR', 1);
  const [held, other] = [present(going[10]), present(going[20])];
  // Stays as well, but for the session.
  await database.transaction((tx) => tx.db.updateTable('User').set({ role: 'USER' }).where('id', '=', other).execute());
  const row = await database.read((tx) => tx.db.selectFrom('Session').select('id').where('userId', '=', other).executeTakeFirstOrThrow());
  const holder = await begin(data);
  await holder.query('select id from log where id = ? for update', [held]);
  await holder.query('select id from session where id = ? for update', [row.id]);
  await Promise.all([1, 2].map(() => startApp({ ...data, ...cleaning })));
  const left = async () => ({ people: await amongUsers(database, going), sessions: await sessionsOf(database, going) });
  await expect.poll(left, { timeout: 30_000 }).toEqual({ people: [held, other], sessions: [other] });
  await holder.query('rollback');
  await expect.poll(left, { timeout: 20_000 }).toEqual({ people: [other], sessions: [] });
  expect([(await amongUsers(database, staying)).length, (await sessionsOf(database, staying)).length]).toEqual([5000, 5000]);
  expect(await orphans(database)).toEqual(none);
});

/** Nodes that clean, none of which has a portion of visitors until the transaction ends that is given with them. */
async function startHeldUp(env: Env = {}): Promise<{ nodes: [TestApp, TestApp]; database: Database; holder: Connection }> {
  const data = { ...(await createData()), ...env };
  const nodes: [TestApp, TestApp] = [await startApp({ ...data, ...cleaning }), await startApp({ ...data, ...cleaning })];
  const database = await openTables(nodes[0]);
  const progress = () => database.read((tx) => tx.db.selectFrom('CleaningProgress').select('task').where('task', '=', 'visitors').execute());
  await expect.poll(progress, { timeout: 20_000 }).toHaveLength(1);
  const holder = await begin(data);
  await holder.query("select * from cleaning_progress where task = 'visitors' for update");
  return { nodes, database, holder };
}

it('a node that dies in the middle of a portion keeps nobody from going, and takes nothing half away', async () => {
  const { database, holder } = await startHeldUp();
  const people = await insertPeople(database, 150, 'VISITOR', Date.now() + 1e9);
  const over = await insertPeople(database, 2, 'USER', 1);
  await holder.query('delete from session where user_id in (?)', [people.slice(0, 70)]);
  await holder.query('delete from user where id in (?)', [people.slice(0, 30)]);
  // All else is cleaned meanwhile.
  await expect.poll(() => sessionsOf(database, over), { timeout: 20_000 }).toEqual([]);
  expect([(await amongUsers(database, people)).length, (await sessionsOf(database, people)).length]).toEqual([150, 150]);
  holder.destroy();
  await expect.poll(() => amongUsers(database, people), { timeout: 20_000 }).toEqual([]);
  expect(await orphans(database)).toEqual(none);
});

it('a visitor who comes back, is written to or followed at the moment of the deletion is whole or gone', async () => {
  const open = { sendCount: 2, needFollow: false };
  const { nodes, database, holder } = await startHeldUp({ DEFAULT_CHATSET: JSON.stringify({ user: open, visitor: open }) });
  const sender = await registerUser(nodes[0]);
  const devices = Array.from({ length: 160 }, () => randomUUID());
  const visitors = await Promise.all(devices.map((device) => registerVisitor(nodes[0], device)));
  const ids = await idsOf(
    database,
    visitors.map(({ user }) => user),
  );
  await database.transaction(async (tx) => {
    await tx.db.updateTable('User').set({ createdAt: longAgo, lastSeenAt: longAgo }).where('id', 'in', ids).execute();
    await tx.db.updateTable('Session').set({ createdAt: longAgo, refreshedAt: longAgo }).where('userId', 'in', ids).execute();
  });
  const every = <T>(rest: number, act: (person: Person, index: number) => Promise<T>) =>
    Promise.all(visitors.flatMap((person, index) => (index % 4 === rest ? [act(person, index)] : [])));
  const isThere = ({ user }: Person) =>
    database.read(async (tx) => (await tx.db.selectFrom('User').select('id').where('uuid', '=', user.uuid).execute()).length === 1);
  const input = ({ user }: Person) => ({ to: user.id, clientId: randomUUID(), content: { text: 'hello' } });

  const released = holder.query('rollback');
  const [back, written, followed] = await Promise.all([
    every(0, (_person, index) => registerVisitor(present(nodes[index % 2]), devices[index])),
    every(1, async (person) => [person, codesOf(await sender.at(nodes[1]).execute(SendMessageDocument, { input: input(person) }))] as const),
    every(2, async (person) => [person, codesOf(await sender.execute(FollowDocument, { userId: person.user.id }))] as const),
    released,
  ]);
  const untouched = ids.filter((_id, index) => index % 4 === 3);
  await expect.poll(() => amongUsers(database, untouched), { timeout: 20_000 }).toEqual([]);
  expect(await orphans(database)).toEqual(none);
  // As whoever they were, or as somebody new, but with a session that is good.
  for (const person of back) expect((await person.ask(MeDocument, {})).viewer?.user.uuid).toBe(person.user.uuid);
  for (const [person, codes] of written) {
    expect([[], ['RECIPIENT_UNAVAILABLE'], ['NOT_FOUND']]).toContainEqual(codes);
    expect([person.user.id, await isThere(person)]).toEqual([person.user.id, codes.length === 0]);
  }
  for (const [person, codes] of followed) {
    expect([[], ['NOT_FOUND']]).toContainEqual(codes);
    expect([person.user.id, await isThere(person)]).toEqual([person.user.id, codes.length === 0]);
  }
  for (const node of nodes) expect(node.logs().filter((line) => line.includes('"level":"error"'))).toEqual([]);
});
