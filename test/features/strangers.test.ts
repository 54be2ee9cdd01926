import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConversationsDocument, EventsDocument, HistoryDocument, RemoveFriendDocument, SendMessageDocument } from '../generated/graphql.ts';
import { type Env, startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, present } from '../support/client.ts';
import { adminEnv, loginAdmin, makeFriends, openChatset, type Person, registerAgent, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { watchStatements } from '../support/statements.ts';

async function startCounting(rates: string, env: Env = {}): Promise<TestApp> {
  return await startApp({ RATE_LIMITS: 'on', RATES: `register=1000/min, registerVisitor=1000/min, send=1000/s, sendOfVisitor=1000/s, ${rates}`, ...env });
}

const send = (from: Person, to: string, text = 'hello', clientId: string = randomUUID()) =>
  from.execute(SendMessageDocument, { input: { to, clientId, content: { text } } });
const limited = { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) };
const refusal = (answer: Answer<unknown>) => answer.errors[0]?.extensions;

/** So many people to whom everybody may write. */
async function registerOpen(app: TestApp, many: number): Promise<Person[]> {
  const people = await Promise.all(Array.from({ length: many }, () => registerUser(app)));
  await Promise.all(people.map(openChatset));
  return people;
}

const conversationsOf = async (person: Person) => present((await person.ask(ConversationsDocument, {})).conversations).edges.map(({ node }) => node);

describe('the first words to strangers', () => {
  it('are RATE_LIMITED past the limit, and nothing of the one too many is there, for either of the two', async () => {
    const app = await startCounting('firstWords=3/h');
    const one = await registerUser(app);
    const strangers = await registerOpen(app, 4);
    const [last] = strangers.slice(-1);
    const hearing = present(last).socket().subscribe(EventsDocument, {});
    await hearing.until(({ events }) => events.__typename === 'CaughtUp');
    for (const stranger of strangers.slice(0, 3)) expect(codesOf(await send(one, stranger.user.id))).toEqual([]);
    const refused = await send(one, present(last).user.id);
    expect(refusal(refused)).toMatchObject(limited);
    expect(Number(refusal(refused)?.retryAfterSeconds)).toBeGreaterThan(3000);
    expect(refused.data).toEqual({ sendMessage: null });
    expect(await conversationsOf(one)).toHaveLength(3);
    expect(await conversationsOf(present(last))).toEqual([]);
    // Whatever it is told next was done later.
    const other = await registerUser(app);
    await sendText(other, present(last).user.id, 'from somebody else');
    const { events } = await hearing.until(({ events }) => events.__typename === 'MessageSent');
    expect(events).toMatchObject({ message: { content: { text: 'from somebody else' }, seq: 1 } });
  });

  it('are those that begin a conversation, and no others: friends, agents and whoever is known cost nothing', async () => {
    const app = await startCounting('firstWords=1/h', adminEnv);
    const [one, friend, ...others] = await registerOpen(app, 4);
    const [known, stranger] = others;
    await makeFriends(present(one), present(friend));
    const agent = await registerAgent(await loginAdmin(app));
    await sendText(present(known), present(one).user.id, 'we know each other now');
    for (const { user } of [present(friend), agent, present(known)]) for (const text of ['1', '2']) await sendText(present(one), user.id, text);
    expect(codesOf(await send(present(one), present(stranger).user.id))).toEqual([]);
    expect(codesOf(await send(present(one), present(stranger).user.id, 'and again'))).toEqual([]);
    const [another] = await registerOpen(app, 1);
    expect(refusal(await send(present(one), present(another).user.id))).toMatchObject(limited);
  });

  it('have a bucket for users, one for visitors and one for agents', async () => {
    const app = await startCounting('firstWords=2/h, firstWordsOfVisitor=1/h, firstWordsOfAgent=3/h', adminEnv);
    const admin = await loginAdmin(app);
    const strangers = await registerOpen(app, 4);
    const senders: readonly (readonly [number, Person])[] = [
      [2, await registerUser(app)],
      [1, await registerVisitor(app)],
      [3, await registerAgent(admin)],
      [3, admin],
    ];
    for (const [passing, sender] of senders) {
      const answers: Answer<unknown>[] = [];
      for (const { user } of strangers) answers.push(await send(sender, user.id));
      expect(answers.map(codesOf), sender.user.username).toEqual(answers.map((_, index) => (index < passing ? [] : ['RATE_LIMITED'])));
    }
  });

  it('that are refused for another reason, or sent twice, cost once what was written', async () => {
    const app = await startCounting('firstWords=2/h');
    const one = await registerUser(app);
    const [open, second, third] = await registerOpen(app, 3);
    const closed = await registerUser(app);
    for (let count = 0; count < 3; count += 1) expect(codesOf(await send(one, closed.user.id))).toEqual(['FRIENDSHIP_REQUIRED']);
    const clientId = randomUUID();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(one, present(open).user.id, 'once', clientId)));
    expect(answers.flatMap(codesOf)).toEqual([]);
    expect(codesOf(await send(one, present(second).user.id))).toEqual([]);
    expect(refusal(await send(one, present(third).user.id))).toMatchObject(limited);
    // The bucket is empty, and what was answered once is answered again.
    expect((await send(one, present(open).user.id, 'once', clientId)).data).toEqual(present(answers[0]).data);
  });

  it('to one person, many at once, are written in their order', async () => {
    const app = await startCounting('firstWords=1/h, unansweredSend=40/h');
    const one = await registerUser(app);
    const [stranger] = await registerOpen(app, 1);
    const texts = Array.from({ length: 30 }, (_, index) => `${index}`);
    const socket = one.socket();
    await socket.connected();
    const answers = await Promise.all(
      texts.map((text) => socket.execute(SendMessageDocument, { input: { to: present(stranger).user.id, clientId: randomUUID(), content: { text } } })),
    );
    expect(answers.flatMap(codesOf)).toEqual([]);
    const [conversation] = await conversationsOf(one);
    const { edges } = present((await one.ask(HistoryDocument, { id: present(conversation).id, last: 100 })).conversation).messages;
    expect(edges.map(({ node }) => node.content?.text)).toEqual(texts);
  });
});

describe('what is sent to one person who is no friend and never answered', () => {
  it('is RATE_LIMITED past the limit, for that person only and until they answer', async () => {
    const app = await startCounting('unansweredSend=3/h');
    const one = await registerUser(app);
    const [stranger, other] = await registerOpen(app, 2);
    for (const text of ['1', '2', '3']) expect(codesOf(await send(one, present(stranger).user.id, text))).toEqual([]);
    const clientId = randomUUID();
    expect(refusal(await send(one, present(stranger).user.id, '4', clientId))).toMatchObject(limited);
    expect(codesOf(await send(one, present(other).user.id))).toEqual([]);
    await sendText(present(stranger), one.user.id, 'what is it?');
    // The same that was refused.
    expect((await sendText(one, present(stranger).user.id, '4', clientId)).seq).toBe(5);
    for (const text of ['5', '6', '7', '8']) await sendText(one, present(stranger).user.id, text);
  });

  it('is counted neither to nor by agents, nor between friends', async () => {
    const app = await startCounting('unansweredSend=1/h', adminEnv);
    const admin = await loginAdmin(app);
    const agent = await registerAgent(admin);
    const [one, friend, stranger] = await registerOpen(app, 3);
    const visitor = await registerVisitor(app);
    await makeFriends(present(one), present(friend));
    const ways: readonly (readonly [Person, Person])[] = [
      [present(one), agent],
      [visitor, agent],
      [agent, present(stranger)],
      [admin, present(stranger)],
      [present(one), present(friend)],
    ];
    for (const [from, to] of ways) for (const text of ['1', '2', '3']) await sendText(from, to.user.id, text);
    expect(codesOf(await send(visitor, present(stranger).user.id))).toEqual([]);
    expect(refusal(await send(visitor, present(stranger).user.id))).toMatchObject(limited);
    // No friends any more, and what was written before is no answer.
    await present(one).ask(RemoveFriendDocument, { userId: present(friend).user.id });
    expect(codesOf(await send(present(one), present(friend).user.id))).toEqual([]);
    expect(refusal(await send(present(one), present(friend).user.id))).toMatchObject(limited);
  });

  it('is given back where the message is not written after all', async () => {
    const app = await startCounting('unansweredSend=2/h');
    const one = await registerUser(app);
    const [stranger, other] = await registerOpen(app, 2);
    const secret = await sendText(present(stranger), present(other).user.id, 'not for everybody');
    const forward = () =>
      one.execute(SendMessageDocument, { input: { to: present(stranger).user.id, clientId: randomUUID(), content: { forward: secret.id } } });
    for (let count = 0; count < 4; count += 1) expect(codesOf(await forward())).toEqual(['NOT_FOUND']);
    for (const text of ['1', '2']) expect(codesOf(await send(one, present(stranger).user.id, text))).toEqual([]);
    expect(refusal(await send(one, present(stranger).user.id, '3'))).toMatchObject(limited);
  });
});

it('what is sent between people who know each other is decided in one transaction, as where nothing is counted', async () => {
  const app = await startCounting('');
  const [one, friend, known, stranger] = await registerOpen(app, 4);
  await makeFriends(present(one), present(friend));
  await sendText(present(known), present(one).user.id, 'we know each other now');
  const statements = watchStatements();
  /** How often it was asked what the two are to each other: nothing but sends asks that here. */
  const decisionsAbout = async (person: Person) => {
    await sendText(present(one), person.user.id, 'hello');
    return statements.take().filter((text) => /\brelation\b/i.test(text)).length;
  };
  expect(await decisionsAbout(present(friend))).toBe(1);
  expect(await decisionsAbout(present(known))).toBe(1);
  expect(await decisionsAbout(present(stranger))).toBeGreaterThan(1);
});
