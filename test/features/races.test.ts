import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BlockUserDocument,
  ConversationDocument,
  ConversationsDocument,
  EventsDocument,
  HistoryDocument,
  LoginDocument,
  MarkReadDocument,
  RecallMessageDocument,
  RefreshSessionDocument,
  RegisterDocument,
  RegisterVisitorDocument,
  SendMessageDocument,
  UpdateChatsetDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, dataOf, present } from '../support/client.ts';
import {
  adminEnv,
  freshName,
  loginAdmin,
  loginAgain,
  openChatset,
  type Person,
  registerTwo,
  registerUser,
  registerVisitor,
  sendText,
} from '../support/people.ts';

const crowd = 20;
let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
});

/** Does a thing so many times at the same moment. */
const atOnce = <T>(work: (index: number) => Promise<T>, count = crowd) => Promise.all(Array.from({ length: count }, (_, index) => work(index)));
const send = (from: Pick<Person, 'execute'>, to: string, text: string, clientId: string = randomUUID()) =>
  from.execute(SendMessageDocument, { input: { to, clientId, content: { text } } });
const history = async (person: Person, id: string) =>
  present((await person.ask(HistoryDocument, { id, first: 100 })).conversation, 'the conversation').messages.edges.map(({ node }) => node);
const countTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const inOrder = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);
/** How often each code was answered; `sent` stands for none. */
function tally(answers: readonly Answer<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers)
    for (const code of answer.errors.length > 0 ? codesOf(answer) : ['sent']) counts[code ?? 'none'] = (counts[code ?? 'none'] ?? 0) + 1;
  return counts;
}

describe('sends at the same moment', () => {
  it.each(['before the conversation exists', 'into a conversation that exists'])('20 equal ones %s make one message, which all of them get', async (when) => {
    const [one, other] = await registerTwo(app);
    if (when.startsWith('into')) await sendText(one, other.user.id, 'before');
    const clientId = randomUUID();
    const answers = await atOnce(() => send(one, other.user.id, 'once', clientId));
    const messages = answers.map((answer) => present(dataOf(answer).sendMessage));
    for (const message of messages) expect(message).toEqual(messages[0]);
    const all = await history(one, present(messages[0]).conversation.id);
    expect(all.filter(({ content }) => content?.text === 'once')).toHaveLength(1);
  });

  it('20 equal ones over both doors make one event', async () => {
    const [one, other] = await registerTwo(app);
    const stream = other.socket().subscribe(EventsDocument, {});
    await stream.next();
    const [clientId, socket] = [randomUUID(), one.socket()];
    await atOnce((index) => send(index % 2 ? one : socket, other.user.id, 'once', clientId));
    await sendText(one, other.user.id, 'end');
    const texts = [(await stream.next()).events, (await stream.next()).events].map((event) =>
      event.__typename === 'MessageSent' ? event.message.content?.text : event.__typename,
    );
    expect(texts).toEqual(['once', 'end']);
  });

  it.each(['a visitor', 'a user'])('of 20 different ones of %s exactly one passes where one is allowed (U4)', async (kind) => {
    const [from, to] = await Promise.all([kind === 'a user' ? registerUser(app) : registerVisitor(app), registerUser(app)]);
    const rule = { sendCount: 1, needFollow: false };
    await to.ask(UpdateChatsetDocument, { input: { visitor: rule, user: rule } });
    const answers = await atOnce((index) => send(from, to.user.id, `text ${index}`));
    expect(tally(answers)).toEqual({ sent: 1, MESSAGE_LIMIT_REACHED: crowd - 1 });
    const { conversations } = await to.ask(ConversationsDocument, {});
    expect(conversations?.edges.map(({ node }) => node.lastSeq)).toEqual([1]);
  });

  it('20 first ones crossing in both directions make one conversation', async () => {
    const [one, other] = await registerTwo(app);
    await openChatset(one);
    const answers = await atOnce((index) => (index % 2 ? send(one, other.user.id, `${index}`) : send(other, one.user.id, `${index}`)));
    const messages = answers.map((answer) => present(dataOf(answer).sendMessage));
    expect(new Set(messages.map(({ conversation }) => conversation.id)).size).toBe(1);
    expect(inOrder(messages.map(({ seq }) => seq))).toEqual(countTo(crowd));
    expect(inOrder(messages.map(({ rev }) => rev))).toEqual(countTo(crowd));
    for (const person of [one, other]) {
      const { conversations } = await person.ask(ConversationsDocument, {});
      expect(conversations?.edges.map(({ node }) => [node.id, node.lastSeq])).toEqual([[messages[0]?.conversation.id, crowd]]);
    }
  });

  it('first ones between four people, everybody to everybody, all succeed', async () => {
    const people = await atOnce(() => registerUser(app), 4);
    await Promise.all(people.map(openChatset));
    const pairs = people.flatMap((one) => people.filter((other) => other !== one).map((other) => [one, other] as const));
    const answers = await Promise.all(pairs.map(([one, other]) => send(one, other.user.id, 'hello')));
    expect(tally(answers)).toEqual({ sent: 12 });
    for (const person of people) expect((await person.ask(ConversationsDocument, {})).conversations?.edges.map(({ node }) => node.lastSeq)).toEqual([2, 2, 2]);
  });

  it('of one person over both doors, by either id, keep seq without holes, and every reader gets each once in order', async () => {
    const [one, other] = await registerTwo(app);
    const { conversation } = await sendText(one, other.user.id, 'first');
    const stream = other.socket().subscribe(EventsDocument, {});
    await stream.next();
    const socket = one.socket();
    const answers = await atOnce((index) => send(index % 2 ? one : socket, index % 3 ? conversation.id : other.user.id, `text ${index}`), 40);
    expect(inOrder(answers.map((answer) => present(dataOf(answer).sendMessage).seq))).toEqual(countTo(41).slice(1));
    const given: number[] = [];
    while (given.length < 40) {
      const { events } = await stream.next();
      if (events.__typename === 'MessageSent') given.push(events.message.seq);
    }
    expect(given).toEqual(countTo(41).slice(1));
    expect((await history(other, conversation.id)).map(({ seq }) => seq)).toEqual(countTo(41));
  });
});

describe('a send against something else', () => {
  type Ending = (one: Person, other: Person) => Promise<Answer<unknown>>;
  const endings: readonly (readonly [what: string, code: string, end: Ending])[] = [
    ['a block by the recipient', 'BLOCKED', (one, other) => other.execute(BlockUserDocument, { userId: one.user.id })],
    ['a block by the sender', 'BLOCKED_BY_YOU', (one, other) => one.execute(BlockUserDocument, { userId: other.user.id })],
    ['a chatset that closes', 'FRIENDSHIP_REQUIRED', (_one, other) => other.execute(UpdateChatsetDocument, { input: { user: { sendCount: 0 } } })],
    ['the recipient being disabled', 'RECIPIENT_UNAVAILABLE', (_one, other) => admin.execute(UpdateUserDocument, { userId: other.user.id, enabled: false })],
    ['the sender being disabled', 'USER_DISABLED', (one) => admin.execute(UpdateUserDocument, { userId: one.user.id, enabled: false })],
  ];

  it.each(endings)('and %s: when that has answered, nothing is sent any more', async (_what, code, end) => {
    for (let round = 0; round < 4; round += 1) {
      const [one, other] = await registerTwo(app);
      const { conversation } = await sendText(one, other.user.id, 'first');
      const newest = async () => {
        const reader = code === 'RECIPIENT_UNAVAILABLE' ? one : other;
        return present((await reader.ask(ConversationDocument, { id: conversation.id })).conversation).lastSeq;
      };
      const ending = end(one, other);
      const early = atOnce((index) => send(one, index % 2 ? conversation.id : other.user.id, `early ${index}`), 8);
      expect(codesOf(await ending)).toEqual([]);
      // What the database holds at this moment is all that there will ever be.
      const held = await newest();
      expect(tally(await atOnce((index) => send(one, conversation.id, `late ${index}`), 4))).toEqual({ [code]: 4 });
      const { sent = 0, [code]: refused = 0, ...others } = tally(await early);
      expect(others).toEqual({});
      expect(sent + refused).toBe(8);
      expect([await newest(), sent + 1]).toEqual([held, held]);
    }
  });

  it('and read marks of both: seq stays whole, marks end at the newest, nobody waits for ever', async () => {
    const [one, other] = await registerTwo(app);
    const { conversation } = await sendText(one, other.user.id, 'first');
    const conversationId = conversation.id;
    const answers = await atOnce<Answer<unknown>>((index) => {
      const person = index % 2 ? one : other;
      return index % 4 < 2 ? send(person, conversationId, `${index}`) : person.execute(MarkReadDocument, { conversationId, seq: index });
    }, 40);
    expect(answers.flatMap((answer) => codesOf(answer))).toEqual([]);
    expect((await history(one, conversationId)).map(({ seq }) => seq)).toEqual(countTo(21));
    await Promise.all([one, other].map((person) => person.ask(MarkReadDocument, { conversationId, seq: 1000 })));
    for (const person of [one, other]) {
      const shown = (await person.ask(ConversationDocument, { id: conversationId })).conversation;
      expect(shown).toMatchObject({ lastSeq: 21, rev: 21, readSeq: 21, peerReadSeq: 21, unreadCount: 0 });
    }
  });

  it('and read marks of one reader: the mark never goes back', async () => {
    const [one, other] = await registerTwo(app);
    const { conversation } = await sendText(one, other.user.id, 'first');
    const conversationId = conversation.id;
    for (let sent = 1; sent < crowd; sent += 1) await sendText(one, conversationId, 'more');
    const stream = one.socket().subscribe(EventsDocument, {});
    await stream.next();
    const answers = await atOnce((index) => other.ask(MarkReadDocument, { conversationId, seq: ((index * 7) % crowd) + 1 }));
    for (const [index, { markRead }] of answers.entries()) expect(present(markRead).readSeq).toBeGreaterThanOrEqual(((index * 7) % crowd) + 1);
    let last = 0;
    while (last < crowd) {
      const { events } = await stream.next();
      if (events.__typename !== 'ConversationChanged') continue;
      expect(present(events.conversation.peerReadSeq)).toBeGreaterThanOrEqual(last);
      last = present(events.conversation.peerReadSeq);
    }
    expect((await other.ask(ConversationDocument, { id: conversationId })).conversation).toMatchObject({ readSeq: crowd, unreadCount: 0 });
  });

  it('and 20 recalls of one message: one change', async () => {
    const [one, other] = await registerTwo(app);
    const message = await sendText(one, other.user.id, 'first');
    const [answers, sends] = await Promise.all([
      atOnce(() => one.ask(RecallMessageDocument, { id: message.id })),
      atOnce((index) => send(other, message.conversation.id, `${index}`), 5),
    ]);
    for (const { recallMessage } of answers) expect(recallMessage).toEqual(answers[0]?.recallMessage);
    expect(tally(sends)).toEqual({ sent: 5 });
    expect((await one.ask(ConversationDocument, { id: message.conversation.id })).conversation).toMatchObject({ lastSeq: 6, rev: 7 });
  });
});

describe('people at the same moment', () => {
  it('registering one name 20 times, in either case, makes one account; the others are told', async () => {
    const username = freshName();
    const answers = await atOnce((index) =>
      app.execute(RegisterDocument, { input: { username: index % 2 ? username : username.toUpperCase(), password: `password ${index}` } }),
    );
    expect(tally(answers)).toEqual({ sent: 1, CONFLICT: crowd - 1 });
    for (const { errors } of answers) for (const { extensions } of errors) expect(extensions?.field).toBe('username');
    const winner = answers.findIndex(({ errors }) => errors.length === 0);
    expect((await app.ask(LoginDocument, { input: { username, password: `password ${winner}` } })).login?.user.id).toBe(
      answers[winner]?.data?.register?.user.id,
    );
  });

  it('one device coming 20 times is one visitor', async () => {
    const deviceId = randomUUID();
    const answers = await atOnce(() => app.ask(RegisterVisitorDocument, { input: { deviceId } }));
    expect(new Set(answers.map(({ registerVisitor: payload }) => payload?.user.uuid)).size).toBe(1);
  });

  it('one visitor registering under 5 names turns into one of them', async () => {
    const deviceId = randomUUID();
    const visitor = await registerVisitor(app, deviceId);
    const answers = await atOnce(() => app.execute(RegisterDocument, { input: { username: freshName(), password: 'correct horse', deviceId } }), 5);
    const uuids = answers.flatMap(({ data }) => (data?.register ? [data.register.user.uuid] : []));
    expect(uuids.filter((uuid) => uuid === visitor.user.uuid)).toHaveLength(1);
  });

  it('two refreshes get the same pair, and so do 20', async () => {
    for (const count of [2, crowd]) {
      const person = await loginAgain(await registerUser(app));
      const answers = await atOnce(() => app.ask(RefreshSessionDocument, { refreshToken: person.refreshToken }), count);
      const pairs = answers.map(({ refreshSession }) => [present(refreshSession).token, present(refreshSession).refreshToken]);
      for (const pair of pairs) expect(pair).toEqual(pairs[0]);
      expect(pairs[0]?.[1]).not.toBe(person.refreshToken);
      const next = await app.ask(RefreshSessionDocument, { refreshToken: present(pairs[0]?.[1]) });
      expect(next.refreshSession?.user.id).toBe(person.user.id);
    }
  });
});
