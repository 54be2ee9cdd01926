import { randomUUID } from 'node:crypto';
import { readConfig } from '../../src/config.ts';
import { entities } from '../../src/entities.ts';
import { createDatabase, type Database } from '../../src/platform/database.ts';
import { CreateGroupDocument, type CreateGroupInput, GroupDocument, UpdateMemberDocument } from '../generated/graphql.ts';
import type { TestApp } from './app.ts';
import { present } from './client.ts';
import { closeLater } from './lifetime.ts';
import { type Person, registerUser } from './people.ts';

/** The tables of a running server, for what no client can do. */
export async function openTables(app: TestApp): Promise<Database> {
  const config = readConfig(app.env);
  // Thousands of rows at once, on a slow machine, take longer than a server gives its callers.
  const database = await createDatabase({ ...config.database, dataDir: config.dataDir, timeoutMs: 30_000 }, entities);
  closeLater(() => database.close());
  return database;
}

/** The numeric ids of these people, in their order. */
export async function idsOf(database: Database, people: readonly { readonly uuid: string }[]): Promise<number[]> {
  const uuids = people.map(({ uuid }) => uuid);
  const rows = await database.read((tx) => tx.db.selectFrom('User').select(['id', 'uuid']).where('uuid', 'in', uuids).execute());
  const ids = new Map(rows.map(({ id, uuid }) => [uuid, id]));
  return uuids.map((uuid) => present(ids.get(uuid), 'the person'));
}

/** Makes all of these people friends of each other, without a word to anybody. */
async function befriendAll(database: Database, people: readonly { readonly uuid: string }[]): Promise<void> {
  const ids = await idsOf(database, people);
  const pairs = ids.flatMap((userId) => ids.filter((otherId) => otherId !== userId).map((otherId) => ({ userId, otherId })));
  await insertFriends(database, pairs);
}

/** Makes people without passwords, and friends of one person, by the hundred; gives their global ids. */
export async function insertFriendsOf(database: Database, person: Person, count: number): Promise<string[]> {
  const [personId = 0] = await idsOf(database, [person.user]);
  const users = await insertUsers(database, count);
  await insertFriends(
    database,
    users.flatMap(({ id }) => [
      { userId: personId, otherId: id },
      { userId: id, otherId: personId },
    ]),
  );
  return users.map(({ uuid }) => Buffer.from(`User:${uuid}`).toString('base64url'));
}

/** Makes people without passwords by the hundred. */
export async function insertUsers(database: Database, count: number): Promise<{ readonly id: number; readonly uuid: string }[]> {
  return await database.transaction(async (tx) => {
    const last = await tx.db
      .selectFrom('Log')
      .select((eb) => eb.fn.max('id').as('id'))
      .executeTakeFirst();
    const first = Number(last?.id ?? 0) + 1;
    const users = Array.from({ length: count }, (_, index) => ({ id: first + index, uuid: randomUUID() }));
    for (const part of inParts(users)) {
      await tx.db
        .insertInto('Log')
        .values(part.map(({ id }) => ({ id, kind: 'USER', lastRev: 0, lastSeq: 0, lastEpoch: 0, activeAt: 0 })))
        .execute();
      const fields = { role: 'USER', enabled: 1, gender: 'UNKNOWN', acceptsFriendsAtOnce: 0, createdAt: 0 } as const;
      await tx.db
        .insertInto('User')
        .values(part.map(({ id, uuid }) => ({ ...fields, id, uuid, username: `x_${id}`, usernameKey: `x_${id}`, nickname: `x ${id}` })))
        .execute();
    }
    return users;
  });
}

async function insertFriends(database: Database, pairs: readonly { readonly userId: number; readonly otherId: number }[]): Promise<void> {
  await database.transaction(async (tx) => {
    for (const part of inParts(pairs))
      await tx.db
        .insertInto('Relation')
        .values(part.map((pair) => ({ ...pair, isFriend: 1, isFollowing: 0, isBlocked: 0, isStarred: 0 })))
        .execute();
  });
}

/** So that no statement has too many values. */
export function inParts<T>(rows: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows.length / 500) }, (_, index) => rows.slice(index * 500, (index + 1) * 500));
}

/** Users who are all friends of each other. */
export async function registerFriends<const Names extends readonly string[]>(
  app: TestApp,
  database: Database,
  ...names: Names
): Promise<Record<Names[number], Person>> {
  const people = await Promise.all(names.map((nickname) => registerUser(app, { nickname })));
  await befriendAll(
    database,
    people.map(({ user }) => user),
  );
  const entries: [string, Person][] = people.map((person, index) => [names[index] ?? '', person]);
  const isWhole = (value: Record<string, Person>): value is Record<Names[number], Person> => names.every((name) => name in value);
  const found = Object.fromEntries(entries);
  if (!isWhole(found)) throw new Error('somebody is missing');
  return found;
}

/** Makes a group and gives its conversation. */
export async function createGroup(owner: Person, members: readonly Person[], input: Partial<CreateGroupInput> = {}) {
  const data = await owner.ask(CreateGroupDocument, { input: { memberIds: members.map(({ user }) => user.id), ...input } });
  const conversation = present(data.createGroup, 'the group');
  const group = present(conversation.group);
  return { ...conversation, group, inviteCode: present(group.inviteCode) };
}

/** The conversation of a group with all that a member can read of it. */
export async function readGroup(person: Person, id: string, page: { readonly first?: number; readonly after?: string } = {}) {
  const conversation = present((await person.ask(GroupDocument, { id, ...page })).conversation, 'the conversation');
  return { ...conversation, group: present(conversation.group) };
}

/** The global id of somebody's place in a group. */
export function memberIdOf(conversationId: string, person: Person): string {
  const uuid = Buffer.from(conversationId, 'base64url').toString().split(':')[1];
  return Buffer.from(`Member:${uuid}:${person.user.uuid}`).toString('base64url');
}

/** Gives somebody a role. */
export async function giveRole(owner: Person, conversationId: string, person: Person, role: 'OWNER' | 'ADMIN' | 'MEMBER'): Promise<void> {
  await owner.ask(UpdateMemberDocument, { memberId: memberIdOf(conversationId, person), role });
}
