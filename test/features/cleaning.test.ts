import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { entities } from '../../src/entities.ts';
import { insertAll } from '../../src/platform/bulk.ts';
import type { Database } from '../../src/platform/database.ts';
import {
  AnswerJoinRequestDocument,
  BlockUserDocument,
  DissolveGroupDocument,
  FollowDocument,
  GroupEventsDocument,
  JoinGroupDocument,
  MeDocument,
  UpdateGroupDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { sendContent } from '../support/contents.ts';
import { createFakeLooker } from '../support/fake-looker.ts';
import { createGroup, idsOf, insertUsers, openTables, registerFriends } from '../support/groups.ts';
import { keyIn } from '../support/hidden-things.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { addressOf, announce, pixel, upload, uploadAvatar } from '../support/uploads.ts';

const day = 86_400_000;
const daysAgo = (days: number) => Date.now() - days * day;

/** Makes as if somebody had come, and been seen for the last time, so long ago. */
async function age(database: Database, person: Person, days: number, sessionDays = days): Promise<number> {
  const [userId = 0] = await idsOf(database, [person.user]);
  const at = daysAgo(days);
  await database.transaction(async (tx) => {
    await tx.db.updateTable('User').set({ createdAt: at, lastSeenAt: at }).where('id', '=', userId).execute();
    await tx.db
      .updateTable('Session')
      .set({ createdAt: at, refreshedAt: daysAgo(sessionDays) })
      .where('userId', '=', userId)
      .execute();
  });
  return userId;
}

/** Makes as if what somebody has asked had been answered so long ago. */
async function answeredDaysAgo(database: Database, userId: number, days: number): Promise<void> {
  await database.transaction((tx) =>
    tx.db
      .updateTable('JoinRequest')
      .set({ answeredAt: daysAgo(days) })
      .where('userId', '=', userId)
      .where('status', '!=', 'PENDING')
      .execute(),
  );
}

/** What is aged while it stands still, and cleaned after it has been started again. */
async function cleaned(app: TestApp): Promise<TestApp> {
  await app.stop();
  return await startApp({ ...app.env, CLEAN_SECONDS: '0.2' });
}

describe('visitors', () => {
  it('go after a week in which they were not seen, unless they left a trace', async () => {
    const app = await startApp(adminEnv);
    const database = await openTables(app);
    const admin = await loginAdmin(app);
    const agent = await registerAgent(admin);
    const deviceId = randomUUID();
    const gone = await registerVisitor(app, deviceId);
    const { group } = await createGroup(agent, [], { joinPolicy: 'APPROVAL' });
    const { joinGroup } = await gone.ask(JoinGroupDocument, { inviteCode: present(present(group).inviteCode), clientId: randomUUID() });
    await agent.ask(AnswerJoinRequestDocument, { id: present(joinGroup).id, accept: false });
    await gone.ask(BlockUserDocument, { userId: agent.user.id });
    const [writer, followed, disabled, member, back, young] = await Promise.all(Array.from({ length: 6 }, () => registerVisitor(app)));
    const user = await registerUser(app);
    await sendText(present(writer), agent.user.id, 'hello');
    await agent.ask(FollowDocument, { userId: present(followed).user.id });
    await admin.ask(UpdateUserDocument, { userId: present(disabled).user.id, enabled: false });
    const open = await createGroup(agent, [], {});
    await present(member).ask(JoinGroupDocument, { inviteCode: present(present(open.group).inviteCode) });
    const goneId = await age(database, gone, 7.1);
    await answeredDaysAgo(database, goneId, 7.1);
    for (const person of [writer, followed, disabled, member]) await age(database, present(person), 70);
    await age(database, user, 70);
    // One who was seen by a token only, and one of six days.
    await age(database, present(back), 70, 1);
    await age(database, present(young), 6.9);
    const again = await cleaned(app);
    const tablesOfPeople = entities.filter(({ meta: { properties } }) => 'userId' in properties).map(({ meta }) => meta.tableName);
    expect(tablesOfPeople).toEqual(expect.arrayContaining(['session', 'relation', 'join_request', 'made']));
    const rowsOf = (id: number) =>
      database.read(async (tx) => [
        ...(await tx.db.selectFrom('User').select('id').where('id', '=', id).execute()),
        ...(await tx.db.selectFrom('Log').select('id').where('id', '=', id).execute()),
        // Every table that keeps something of a person.
        ...(await Promise.all(tablesOfPeople.map((table) => sql`select user_id as id from ${sql.table(table)} where user_id = ${id}`.execute(tx.db)))).flatMap(
          ({ rows }) => rows,
        ),
      ]);
    await expect.poll(() => rowsOf(goneId), { timeout: 20_000 }).toEqual([]);
    // For some seconds a node may take the session for good: then nobody is found.
    expect(['TOKEN_INVALID', 'USER_NOT_FOUND']).toContain(codesOf(await again.execute(MeDocument, {}, { token: gone.token })).join());
    const stayed = await idsOf(
      database,
      [writer, followed, disabled, member, back, young, user].map((person) => present(person).user),
    );
    expect(stayed).toHaveLength(7);
    expect((await registerVisitor(again, deviceId)).user.uuid).not.toBe(gone.user.uuid);
  });

  it('take back what they have asked before they go, and those are told who could have answered it', async () => {
    const app = await startApp({ CLEAN_SECONDS: '0.2' });
    const database = await openTables(app);
    const [owner, visitor] = [await registerUser(app), await registerVisitor(app)];
    const { group } = await createGroup(owner, [], { joinPolicy: 'APPROVAL' });
    const { joinGroup } = await visitor.ask(JoinGroupDocument, { inviteCode: present(present(group).inviteCode) });
    const stream = owner.socket().subscribe(GroupEventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    const userId = await age(database, visitor, 7.1);
    const { events } = await stream.until((data) => data.events.__typename === 'JoinRequestChanged', 'the event');
    expect(events).toMatchObject({ joinRequest: { id: present(joinGroup).id, status: 'CANCELLED' } });
    const there = () => database.read((tx) => tx.db.selectFrom('User').select('id').where('id', '=', userId).execute());
    expect(await there()).toEqual([{ id: userId }]);
    await answeredDaysAgo(database, userId, 7.1);
    await expect.poll(there, { timeout: 20_000 }).toEqual([]);
  });

  it('are kept for at least as long as a token lasts that they may be using', () => {
    expect(readConfig({ KEEP_VISITORS_DAYS: '0.001', TOKEN_TTL_SECONDS: '900' }).cleaning.visitorsMs).toBe(900_000);
    expect(readConfig({}).cleaning.visitorsMs).toBe(7 * day);
  });

  it('go however many they are', async () => {
    const app = await startApp();
    const database = await openTables(app);
    await app.stop();
    const ids = (await insertUsers(database, 1300)).map(({ id }) => id);
    await database.transaction(async (tx) => {
      await tx.db.updateTable('User').set({ role: 'VISITOR' }).where('id', '>=', present(ids[0])).execute();
      const session = { generation: 0, createdAt: 1, refreshedAt: 1, lastSeenAt: 1, tokenExpiresAt: 1, expiresAt: daysAgo(20) };
      await insertAll(
        tx,
        'Session',
        ids.map((userId) => ({ ...session, userId, uuid: randomUUID() })),
      );
    });
    await cleaned(app);
    const left = () =>
      database.read(async (tx) => [
        ...(await tx.db.selectFrom('User').select('id').where('id', '>=', present(ids[0])).execute()),
        ...(await tx.db.selectFrom('Session').select('id').where('userId', '>=', present(ids[0])).execute()),
      ]);
    await expect.poll(left, { timeout: 20_000 }).toEqual([]);
  });
});

describe('what is over', () => {
  it('goes when it has been so for long: sessions after 30 days, requests after 90', async () => {
    const app = await startApp();
    const database = await openTables(app);
    const [userId = 0] = await idsOf(database, [(await registerUser(app)).user]);
    const session = { userId, generation: 0, createdAt: 1, refreshedAt: 1, lastSeenAt: 1, tokenExpiresAt: 1 };
    const sessions = [
      { ...session, uuid: 'ended long ago', expiresAt: daysAgo(1), endedAt: daysAgo(30.1) },
      { ...session, uuid: 'ended', expiresAt: daysAgo(-1), endedAt: daysAgo(29.9) },
      { ...session, uuid: 'ran out long ago', expiresAt: daysAgo(30.1), endedAt: null },
      { ...session, uuid: 'ran out', expiresAt: daysAgo(29.9), endedAt: null },
      { ...session, uuid: 'lives', expiresAt: daysAgo(-1), endedAt: null },
      ...Array.from({ length: 1200 }, () => ({ ...session, uuid: randomUUID(), expiresAt: daysAgo(40), endedAt: null })),
    ];
    const request = { createdAt: 1, isHidden: 0 as const, fromId: userId, toId: userId };
    const friendRequests = [
      { ...request, uuid: 'refused long ago', status: 'REFUSED' as const, answeredAt: daysAgo(90.1) },
      { ...request, uuid: 'refused', status: 'REFUSED' as const, answeredAt: daysAgo(89.9) },
      { ...request, uuid: 'ignored', status: 'IGNORED' as const, answeredAt: daysAgo(100) },
      { ...request, uuid: 'waits', status: 'PENDING' as const, answeredAt: null },
    ];
    const joinRequest = { createdAt: 1, userId, conversationId: 1 };
    const joinRequests = [
      { ...joinRequest, uuid: 'accepted long ago', status: 'ACCEPTED' as const, answeredAt: daysAgo(90.1) },
      { ...joinRequest, uuid: 'accepted', status: 'ACCEPTED' as const, answeredAt: daysAgo(89.9) },
      { ...joinRequest, uuid: 'waits', status: 'PENDING' as const, answeredAt: null },
    ];
    await database.transaction(async (tx) => {
      await insertAll(tx, 'Session', sessions);
      await insertAll(tx, 'FriendRequest', friendRequests);
      await insertAll(tx, 'JoinRequest', joinRequests);
    });
    await cleaned(app);
    const named = async (table: 'Session' | 'FriendRequest' | 'JoinRequest') =>
      (await database.read((tx) => tx.db.selectFrom(table).select('uuid').where('createdAt', '=', 1).orderBy('id').execute())).map(({ uuid }) => uuid);
    await expect.poll(() => named('Session'), { timeout: 20_000 }).toEqual(['ended', 'ran out', 'lives']);
    await expect.poll(() => named('FriendRequest')).toEqual(['refused', 'ignored', 'waits']);
    await expect.poll(() => named('JoinRequest')).toEqual(['accepted', 'waits']);
  });
});

describe('a row that cannot be deleted', () => {
  it('keeps no other from going, is said, and goes itself when it can be', async () => {
    const app = await startApp();
    const database = await openTables(app);
    const people = await insertUsers(database, 700);
    const stuckId = present(people[350]).id;
    // Before there is anything to clean up: the first server looks for it, too.
    const run = (text: string) => database.transaction((tx) => sql.raw(text).execute(tx.db));
    const head = 'create trigger kept before delete on session';
    await run(
      database.dialect.name === 'mysql'
        ? `${head} for each row if old.user_id = ${stuckId} then signal sqlstate '45000'; end if`
        : `${head} when old.user_id = ${stuckId} begin select raise(abort, 'kept'); end`,
    );
    const session = { generation: 0, createdAt: 1, refreshedAt: 1, lastSeenAt: 1, tokenExpiresAt: 1, expiresAt: daysAgo(40) };
    await database.transaction(async (tx) => {
      await tx.db.updateTable('User').set({ role: 'VISITOR' }).where('id', '>=', present(people[0]).id).execute();
      await insertAll(
        tx,
        'Session',
        people.map(({ id }) => ({ ...session, userId: id, uuid: randomUUID() })),
      );
    });
    const again = await cleaned(app);
    const left = () =>
      database.read(async (tx) => [
        ...(await tx.db.selectFrom('User').select('id').where('id', '>=', present(people[0]).id).execute()),
        ...(await tx.db.selectFrom('Session').select('userId as id').where('createdAt', '=', 1).execute()),
      ]);
    await expect.poll(left, { timeout: 20_000 }).toEqual([{ id: stuckId }, { id: stuckId }]);
    await expect.poll(() => again.logs().filter((line) => line.includes('background work failed')).length).toBeGreaterThan(0);
    await run('drop trigger kept');
    await expect.poll(left, { timeout: 20_000 }).toEqual([]);
  });
});

describe('a group', () => {
  it('takes as many requests as may wait in it, and further ones when some have been answered', async () => {
    const app = await startApp({ GROUP_REQUESTS: '2' });
    const owner = await registerUser(app);
    const { group } = await createGroup(owner, [], { joinPolicy: 'APPROVAL' });
    const inviteCode = present(present(group).inviteCode);
    const join = async (person: Person) => await person.execute(JoinGroupDocument, { inviteCode });
    const [one, two, three] = [await registerVisitor(app), await registerVisitor(app), await registerVisitor(app)];
    const first = present((await join(one)).data).joinGroup;
    expect(codesOf(await join(two))).toEqual([]);
    const refused = await join(three);
    expect(refused.errors.map(({ extensions }) => [extensions?.code, extensions?.field])).toEqual([['CONFLICT', 'inviteCode']]);
    // Who waits already is told so.
    expect(codesOf(await join(one))).toEqual([]);
    await owner.ask(AnswerJoinRequestDocument, { id: present(first).id, accept: false });
    expect(codesOf(await join(three))).toEqual([]);
  });
});

describe('a group that is dissolved', () => {
  it('lets go of its files, however many: what nothing else shows is removed and takes no room any more', async () => {
    const options = { fileLooker: createFakeLooker() };
    const app = await startApp({ FILE_BYTES_PER_USER: String(4 * pixel.length), CLEAN_SECONDS: '0.2' }, options);
    const database = await openTables(app);
    const { ada, ben } = await registerFriends(app, database, 'ada', 'ben');
    const [going, kept] = [await createGroup(ada, [ben]), await createGroup(ada, [ben])];
    const [only, both, picture] = [await upload(ada), await upload(ada), await uploadAvatar(ada)];
    await sendContent(ada, going.id, { attachments: { uploadIds: [only.id, both.id] } });
    await sendContent(ben, kept.id, { text: 'hello' });
    await sendContent(ada, kept.id, { attachments: { uploadIds: [both.id] } });
    await ada.ask(UpdateGroupDocument, { input: { conversationId: going.id, avatarId: picture.id } });
    const tableOf = async () => {
      const files = await database.read(({ db }) => db.selectFrom('File').select(['id', 'uuid']).execute());
      const uses = await database.read(({ db }) => db.selectFrom('FileUse').select(['logId', 'fileId']).execute());
      const logId = await database.read(({ db }) =>
        db.selectFrom('Conversation').select(['id', 'avatar']).where('uuid', '=', keyIn(going.id)).executeTakeFirst(),
      );
      return { files, uses, group: present(logId) };
    };
    const { files, group } = await tableOf();
    const fileId = present(files.find(({ uuid }) => uuid === keyIn(only.id))).id;
    // More than are let go of at once.
    const more = Array.from({ length: 450 }, (_, index) => ({ logId: group.id, seq: 1000 + index, position: 0, fileId, kind: 'IMAGE' as const }));
    await database.transaction((tx) => insertAll(tx, 'FileUse', more));
    await ada.ask(DissolveGroupDocument, { conversationId: going.id });
    const after = async () => {
      const { files, uses, group } = await tableOf();
      return { files: files.map(({ uuid }) => uuid), uses: uses.length, ofGroup: uses.filter(({ logId }) => logId === group.id).length, avatar: group.avatar };
    };
    await expect.poll(after, { timeout: 20_000 }).toEqual({ files: [keyIn(both.id)], uses: 1, ofGroup: 0, avatar: null });
    expect((await fetch(addressOf(app, present(both.file).url))).status).toBe(200);
    expect((await fetch(addressOf(app, present(only.file).url))).status).toBe(404);
    for (let count = 0; count < 3; count += 1) await announce(ada);
  });
});
