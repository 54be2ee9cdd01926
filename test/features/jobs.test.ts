import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { uuidOf } from '../../src/kernel/ids.ts';
import { insertAll } from '../../src/platform/bulk.ts';
import type { Database } from '../../src/platform/database.ts';
import { EventsDocument, UpdateProfileDocument, UpdateUserDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { createGroup, idsOf, insertUsers, openTables, registerFriends } from '../support/groups.ts';
import { adminEnv, loginAdmin, openChatset, registerTwo, registerUser, sendText } from '../support/people.ts';

const peerCount = 3000;

/** Makes people with whom somebody has a DIRECT conversation, and gives their ids. */
async function insertPeersOf(database: Database, userId: number, count: number): Promise<number[]> {
  const peers = (await insertUsers(database, count)).map(({ id }) => id);
  const first = Math.max(...peers) + 1;
  await database.transaction(async (tx) => {
    await insertAll(
      tx,
      'Log',
      peers.map((_, index) => ({ id: first + index, kind: 'DIRECT' as const, lastRev: 0, lastSeq: 0, lastEpoch: 0, activeAt: 0 })),
    );
    await insertAll(
      tx,
      'Conversation',
      peers.map((peerId, index) => ({ id: first + index, uuid: randomUUID(), kind: 'DIRECT' as const, lowUserId: userId, highUserId: peerId, createdAt: 1 })),
    );
    const fields = { stateRev: 1, fromSeq: 1, active: 1, role: 'MEMBER', isMuted: 0, isArchived: 0, readSeq: 0, sentCount: 0, joinedAt: 1 } as const;
    await insertAll(
      tx,
      'Member',
      peers.flatMap((peerId, index) => [
        { ...fields, userId, logId: first + index },
        { ...fields, userId: peerId, logId: first + index },
      ]),
    );
  });
  return peers;
}

it('somebody with very many peers is told of to each of them once, and does not keep others waiting meanwhile', async () => {
  const app = await startApp();
  const database = await openTables(app);
  const busy = await registerUser(app);
  const [busyId = 0] = await idsOf(database, [busy.user]);
  const peers = new Set(await insertPeersOf(database, busyId, peerCount));
  const told = async () => {
    const entries = await database.read((tx) => tx.db.selectFrom('Entry').select('logId').where('kind', '=', 'PERSON').where('aboutId', '=', busyId).execute());
    return entries.flatMap(({ logId }) => (peers.has(logId) ? [logId] : []));
  };
  const [one, other] = await registerTwo(app);
  await sendText(one, other.user.id, 'hello');
  const events = other.socket().subscribe(EventsDocument, {});
  await events.next();
  await busy.ask(UpdateProfileDocument, { input: { nickname: 'busy' } });
  await one.ask(UpdateProfileDocument, { input: { nickname: 'one' } });
  expect((await events.next()).events.__typename).toBe('UserChanged');
  expect((await told()).length).toBeLessThan(peerCount);
  await expect.poll(async () => (await told()).length, { timeout: 20_000 }).toBe(peerCount);
  await expect.poll(() => database.read((tx) => tx.db.selectFrom('ProfileJob').selectAll().execute())).toEqual([]);
  expect(new Set(await told())).toEqual(peers);
  expect(await told()).toHaveLength(peerCount);
});

describe('a row that cannot be written', () => {
  /** Refuses rows of a table that hold a number in a column. Gives what lets them in again. */
  async function refuse(database: Database, table: string, column: string, value: number): Promise<() => Promise<void>> {
    const run = (text: string) => database.transaction((tx) => sql.raw(text).execute(tx.db));
    const head = `create trigger refused before insert on ${table}`;
    await run(
      database.dialect.name === 'mysql'
        ? `${head} for each row if new.${column} = ${value} then signal sqlstate '45000'; end if`
        : `${head} when new.${column} = ${value} begin select raise(abort, 'refused'); end`,
    );
    return async () => void (await run('drop trigger refused'));
  }

  /** The rows of conversations, in the order of their ids. */
  async function conversationIdsOf(database: Database, ids: readonly string[]): Promise<number[]> {
    const uuids = ids.map((id) => uuidOf('Conversation', id) ?? '');
    const rows = await database.read((tx) => tx.db.selectFrom('Conversation').select('id').where('uuid', 'in', uuids).orderBy('id').execute());
    return rows.map(({ id }) => id);
  }

  it('keeps nobody else from hearing of a changed profile', async () => {
    const app = await startApp();
    const database = await openTables(app);
    const busy = await registerUser(app);
    const [busyId = 0] = await idsOf(database, [busy.user]);
    const peers = await insertPeersOf(database, busyId, 250);
    await refuse(database, 'entry', 'log_id', peers[50] ?? 0);
    await busy.ask(UpdateProfileDocument, { input: { nickname: 'busy' } });
    const told = async () => {
      const entries = await database.read((tx) => tx.db.selectFrom('Entry').select('logId').where('kind', '=', 'PERSON').execute());
      return entries.flatMap(({ logId }) => (peers.includes(logId) ? [logId] : [])).sort((a, b) => a - b);
    };
    await expect.poll(async () => (await told()).length, { timeout: 20_000 }).toBe(249);
    expect(await told()).toEqual(peers.filter((id) => id !== peers[50]).sort((a, b) => a - b));
  });

  it('keeps none of the other groups of its owner from going to somebody', async () => {
    const app = await startApp(adminEnv);
    const database = await openTables(app);
    const root = await loginAdmin(app);
    const { owner, member } = await registerFriends(app, database, 'owner', 'member');
    const groups: string[] = [];
    for (let count = 0; count < 3; count += 1) groups.push((await createGroup(owner, [member])).id);
    const ids = await conversationIdsOf(database, groups);
    const allow = await refuse(database, 'entry', 'log_id', ids[0] ?? 0);
    await root.ask(UpdateUserDocument, { userId: owner.user.id, enabled: false });
    const [memberId = 0] = await idsOf(database, [member.user]);
    const owned = async () => {
      const rows = await database.read((tx) => tx.db.selectFrom('Member').select('logId').where('userId', '=', memberId).where('role', '=', 'OWNER').execute());
      return rows.map(({ logId }) => logId).sort((a, b) => a - b);
    };
    await expect.poll(owned, { timeout: 20_000 }).toEqual(ids.slice(1));
    // Healed, it goes like the others.
    await allow();
    await expect.poll(owned, { timeout: 20_000 }).toEqual(ids);
    await expect.poll(() => database.read((tx) => tx.db.selectFrom('OwnerJob').selectAll().execute())).toEqual([]);
  });

  it('is tried again later each time, is said once, and what it was kept from happens when it can be written', async () => {
    const app = await startApp();
    const database = await openTables(app);
    const busy = await registerUser(app);
    const [busyId = 0] = await idsOf(database, [busy.user]);
    const [peer = 0] = await insertPeersOf(database, busyId, 1);
    const allow = await refuse(database, 'entry', 'log_id', peer);
    await busy.ask(UpdateProfileDocument, { input: { nickname: 'busy' } });
    const faults = () => app.logs().filter((line) => line.includes('background work failed')).length;
    // The portion, and then what is left of it for that one.
    await expect.poll(faults, { timeout: 20_000 }).toBe(2);
    const other = await registerUser(app);
    const [otherId = 0] = await idsOf(database, [other.user]);
    const peers = await insertPeersOf(database, otherId, 1);
    // Each change makes the worker look at all jobs, and it looks every two seconds by itself.
    for (const nickname of ['one', 'two', 'three']) await other.ask(UpdateProfileDocument, { input: { nickname } });
    const told = async (ids: readonly number[]) =>
      (await database.read((tx) => tx.db.selectFrom('Entry').select('logId').where('kind', '=', 'PERSON').execute())).filter(({ logId }) => ids.includes(logId))
        .length;
    await expect.poll(() => told(peers), { timeout: 20_000 }).toBeGreaterThan(0);
    expect(faults()).toBe(2);
    await allow();
    await expect.poll(() => told([peer]), { timeout: 20_000 }).toBe(1);
    expect(faults()).toBe(2);
  });

  it('keeps nothing else out of the index, neither of what is new nor of what is older than it', async () => {
    const app = await startApp();
    const database = await openTables(app);
    const [one, other] = await registerTwo(app);
    const third = await registerUser(app);
    await openChatset(one);
    const refused = await sendText(one, other.user.id, 'first');
    const [rowId = 0] = await conversationIdsOf(database, [refused.conversation.id]);
    await refuse(database, 'search_row', 'conversation_id', rowId);
    await database.transaction(async (tx) => {
      await tx.db.updateTable('Conversation').set({ searchableSeq: null }).execute();
      await tx.db.updateTable('SearchProgress').set({ isDone: 0, epoch: 0 }).execute();
    });
    await sendText(third, one.user.id, 'second');
    const indexed = async () => {
      const rows = await database.read((tx) => tx.db.selectFrom('Conversation').select('searchableSeq').where('id', '!=', rowId).execute());
      return rows.map(({ searchableSeq }) => searchableSeq);
    };
    await expect.poll(indexed, { timeout: 20_000 }).toEqual([1]);
    expect(app.logs().filter((line) => line.includes('background work failed')).length).toBeLessThan(5);
  });
});
