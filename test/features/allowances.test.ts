import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AllowToWriteDocument,
  AuditLogDocument,
  BlockUserDocument,
  EventsDocument,
  type PersonInput,
  RelationshipToDocument,
  RemoveFriendDocument,
  SendMessageDocument,
  UnblockUserDocument,
  UpdateChatsetDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, outcomeOf, present } from '../support/client.ts';
import { freshExternalId, insertProvider, upsertUser } from '../support/external-users.ts';
import { adminEnv, loginAdmin, makeFriends, openChatset, type Person, registerAgent, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';

let app: TestApp;
let admin: Person;
let shop: KeyClient;
beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
  await insertProvider(app, 'shop');
  shop = await keyClient(app, ['USERS'], admin);
});

const person = ({ user }: Pick<Person, 'user'>): PersonInput => ({ userId: user.id });
const allow = (one: Person, other: Person) => shop.ask(AllowToWriteDocument, { a: person(one), b: person(other) });
const tryToAllow = async (a: PersonInput, b: PersonInput, by: KeyClient = shop) => outcomeOf(await by.execute(AllowToWriteDocument, { a, b }));
const canMessage = async (from: Person, to: Person) => {
  const { canMessage: can } = present((await from.ask(RelationshipToDocument, { uuid: to.user.uuid })).userInfo?.relationship);
  return can.allowed ? can.remaining : can.reason;
};
const send = async (from: Person, to: Person) =>
  outcomeOf(await from.execute(SendMessageDocument, { input: { to: to.user.id, clientId: randomUUID(), content: { text: 'hello' } } }));
const two = () => Promise.all([registerUser(app), registerUser(app)]);

describe('allowToWrite', () => {
  it('lets two people write to each other without limit, whatever their chatsets say, and makes no conversation', async () => {
    const [buyer, seller] = await two();
    await seller.ask(UpdateChatsetDocument, { input: { user: { sendCount: 1, needFollow: true } } });
    expect([await canMessage(buyer, seller), await canMessage(seller, buyer)]).toEqual(['FOLLOW_REQUIRED', 'FRIENDSHIP_REQUIRED']);
    expect(await allow(buyer, seller)).toEqual({ allowToWrite: true });
    expect([await canMessage(buyer, seller), await canMessage(seller, buyer)]).toEqual([null, null]);
    for (const [from, to] of [
      [buyer, seller],
      [buyer, seller],
      [seller, buyer],
    ] as const)
      expect(await send(from, to)).toBe('OK');
    const visitor = await registerVisitor(app);
    expect(await send(visitor, seller)).toBe('LOGIN_REQUIRED');
    await allow(seller, visitor);
    expect([await send(visitor, seller), await send(seller, visitor)]).toEqual(['OK', 'OK']);
    expect(await send(visitor, buyer)).toBe('LOGIN_REQUIRED');
  });

  it('names people of a provider as well, and is told to both', async () => {
    const [externalId, seller] = [freshExternalId(), await registerUser(app)];
    const buyer = await upsertUser(shop, { externalId });
    const stream = seller.socket().subscribe(EventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    expect(await tryToAllow({ external: { id: externalId, provider: 'shop' } }, person(seller))).toBe('OK');
    await stream.until(({ events }) => events.__typename === 'UserChanged' && events.user.id === buyer.id);
    await sendText(seller, buyer.id, 'hello');
  });

  it('does nothing more when it is done again, in whatever order, and leaves one record', async () => {
    const [one, other] = await two();
    await allow(one, other);
    const stream = one.socket().subscribe(EventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    for (const [a, b] of [
      [one, other],
      [other, one],
    ] as const)
      await allow(a, b);
    await one.ask(UpdateChatsetDocument, { input: { user: { sendCount: 2 } } });
    expect((await stream.next()).events).toMatchObject({ __typename: 'UserChanged', user: { id: one.user.id } });
    const records = async (userId: string) => present((await admin.ask(AuditLogDocument, { filter: { targetId: userId } })).auditLog).edges;
    expect((await records(one.user.id)).map(({ node }) => [node.action, node.change])).toEqual([
      ['user.allowToWrite', JSON.stringify({ after: { with: other.user.uuid } })],
    ]);
    expect(await records(other.user.id)).toEqual([]);
  });

  it('is held by a block', async () => {
    const [one, other] = await two();
    await other.ask(BlockUserDocument, { userId: one.user.id });
    await allow(one, other);
    expect([await canMessage(one, other), await canMessage(other, one)]).toEqual(['BLOCKED', 'BLOCKED_BY_YOU']);
    expect(await send(one, other)).toBe('BLOCKED');
    await other.ask(UnblockUserDocument, { userId: one.user.id });
    expect([await send(one, other), await send(other, one)]).toEqual(['OK', 'OK']);
  });

  it('is ended by unfriending, and may be given anew', async () => {
    const [one, other] = await two();
    await allow(one, other);
    await makeFriends(one, other);
    await one.ask(RemoveFriendDocument, { userId: other.user.id });
    expect([await canMessage(one, other), await canMessage(other, one)]).toEqual(['FRIENDSHIP_REQUIRED', 'FRIENDSHIP_REQUIRED']);
    await allow(other, one);
    expect([await canMessage(one, other), await canMessage(other, one)]).toEqual([null, null]);
  });

  it('takes nothing out of the rates of messages to strangers', async () => {
    const counting = await startApp({ ...adminEnv, RATE_LIMITS: 'on', RATES: 'register=1000/min, unansweredSend=2/h, firstWords=1/h' });
    const server = await keyClient(counting, ['USERS']);
    const buyer = await registerUser(counting);
    for (let count = 0; count < 3; count += 1) {
      const seller = await registerUser(counting);
      await server.ask(AllowToWriteDocument, { a: person(buyer), b: person(seller) });
      for (let again = 0; again < 4; again += 1) expect(await send(buyer, seller)).toBe('OK');
    }
    const strangers = await Promise.all([registerUser(counting), registerUser(counting)]);
    for (const stranger of strangers) await openChatset(stranger);
    const outcomes: string[] = [];
    for (const stranger of strangers) outcomes.push(await send(buyer, stranger));
    expect(outcomes).toEqual(['OK', 'RATE_LIMITED']);
  });

  it('opens no admin, nobody to themselves, and nobody who is not there', async () => {
    const [one, agent] = [await registerUser(app), await registerAgent(admin)];
    for (const by of [shop, await keyClient(app, ['ALL'], admin)]) {
      expect(await tryToAllow(person(one), person(admin), by)).toBe('FORBIDDEN');
      expect(await tryToAllow(person(admin), person(one), by)).toBe('FORBIDDEN');
    }
    expect(await canMessage(one, admin)).toBe('FRIENDSHIP_REQUIRED');
    expect(await tryToAllow(person(one), { userId: one.user.uuid })).toBe('BAD_USER_INPUT b');
    expect(await tryToAllow(person(one), { external: { id: one.user.uuid } })).toBe('NOT_FOUND');
    expect(await tryToAllow({ userId: '' }, person(one))).toBe('NOT_FOUND');
    expect(await tryToAllow(person(one), person(agent))).toBe('OK');
    const others = await keyClient(app, ['SESSIONS', 'NOTICES', 'READ', 'ACT'], admin);
    expect(await tryToAllow(person(one), person(agent), others)).toBe('FORBIDDEN');
    expect(codesOf(await one.execute(AllowToWriteDocument, { a: person(one), b: person(agent) }))).toEqual(['FORBIDDEN']);
  });

  it('lets nobody write to a disabled account', async () => {
    const [one, other] = await two();
    await admin.ask(UpdateUserDocument, { userId: other.user.id, enabled: false });
    await allow(one, other);
    expect(await send(one, other)).toBe('RECIPIENT_UNAVAILABLE');
  });

  it('of the same two at the same moment, in both orders, is done once', async () => {
    const [one, other] = await two();
    const ways = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? ([one, other] as const) : ([other, one] as const)));
    await Promise.all(ways.map(([a, b]) => allow(a, b)));
    expect([await canMessage(one, other), await canMessage(other, one)]).toEqual([null, null]);
    const { auditLog } = await admin.ask(AuditLogDocument, { filter: { action: 'user.allowToWrite' }, first: 100 });
    const about = new Set([one.user.id, other.user.id]);
    expect(present(auditLog).edges.filter(({ node }) => about.has(present(node.targetId)))).toHaveLength(1);
  });
});
