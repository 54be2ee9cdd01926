import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { uuidOf } from '../../src/kernel/ids.ts';
import { EventsDocument, UpdateProfileDocument, UpdateUserDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, idsOf, openTables, registerFriends } from '../support/groups.ts';
import { closeLater } from '../support/lifetime.ts';
import { adminEnv, loginAdmin, registerTwo, sendText } from '../support/people.ts';

it('a log that somebody holds keeps nobody else from hearing of a changed profile, and its own person hears when it is free', async () => {
  const app = await startApp();
  const database = await openTables(app);
  const [ann, ben] = await registerTwo(app);
  const [cara, dan] = await registerTwo(app);
  await sendText(ann, ben.user.id, 'hello');
  await sendText(cara, dan.user.id, 'hello');
  const [benEvents, danEvents] = [ben.socket().subscribe(EventsDocument, {}), dan.socket().subscribe(EventsDocument, {})];
  await benEvents.next();
  await danEvents.next();
  const [benId = 0] = await idsOf(database, [ben.user]);
  const holder = await createConnection(present(app.env.DATABASE_URL));
  closeLater(() => holder.end());
  await holder.query('begin');
  await holder.query('select id from log where id = ? for update', [benId]);
  for (const nickname of ['ann 1', 'ann 2']) await ann.ask(UpdateProfileDocument, { input: { nickname } });
  await cara.ask(UpdateProfileDocument, { input: { nickname: 'cara 1' } });
  const began = performance.now();
  expect((await danEvents.next()).events.__typename).toBe('UserChanged');
  // The time for which a transaction waits for a lock is three seconds: nobody has waited for one.
  expect(performance.now() - began).toBeLessThan(2500);
  expect(benEvents.waiting()).toEqual([]);
  await holder.query('rollback');
  expect((await benEvents.next()).events).toMatchObject({ __typename: 'UserChanged', user: { nickname: 'ann 2' } });
});

it('a group that somebody holds keeps none of the other groups of its owner from going to somebody, and goes when it is free', async () => {
  const app = await startApp(adminEnv);
  const database = await openTables(app);
  const root = await loginAdmin(app);
  const { owner, member } = await registerFriends(app, database, 'owner', 'member');
  const held = await createGroup(owner, [member]);
  await createGroup(owner, [member]);
  const [memberId = 0] = await idsOf(database, [member.user]);
  const holder = await createConnection(present(app.env.DATABASE_URL));
  closeLater(() => holder.end());
  await holder.query('begin');
  await holder.query('select l.id from log l join conversation c on c.id = l.id where c.uuid = ? for update', [uuidOf('Conversation', held.id)]);
  const began = performance.now();
  await root.ask(UpdateUserDocument, { userId: owner.user.id, enabled: false });
  const owned = async () =>
    (await database.read((tx) => tx.db.selectFrom('Member').select('logId').where('userId', '=', memberId).where('role', '=', 'OWNER').execute())).length;
  await expect.poll(owned).toBe(1);
  // Nobody has waited for a lock, which takes three seconds.
  expect(performance.now() - began).toBeLessThan(2500);
  await holder.query('rollback');
  await expect.poll(owned, { timeout: 20_000 }).toBe(2);
});
