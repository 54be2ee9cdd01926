import { randomUUID } from 'node:crypto';
import { parse } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ConversationDocument,
  EventsDocument,
  type EventsSubscription,
  HistoryDocument,
  MarkReadDocument,
  MeDocument,
  MessagesDocument,
  NodeDocument,
  OverviewDocument,
  PresenceDocument,
  PresenceOfDocument,
  RecallMessageDocument,
  RelationshipToDocument,
  SendMessageDocument,
  UpdateUserDocument,
  UserInfoDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, executeHttp, present } from '../support/client.ts';
import { adminEnv, loginAdmin, loginAgain, type Person, registerAgent, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';
import type { Stream } from '../support/socket.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
});

const globalId = (typename: string, key: string) => Buffer.from(`${typename}:${key}`).toString('base64url');
const seqOf = ({ events }: EventsSubscription) => (events.__typename === 'MessageSent' ? events.message.seq : null);
const countTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('presence, where one of two devices closes', () => {
  it('is still ONLINE, and OFFLINE only with the last one', async () => {
    const [person, viewer] = [await registerAgent(admin), await registerUser(app)];
    const devices = [person.socket(), (await loginAgain(person)).socket(), person.socket()];
    for (const device of devices) await device.connected();
    const presence = viewer.socket().subscribe(PresenceDocument, { userIds: [person.user.id] });
    expect((await presence.next()).presence.presence).toBe('ONLINE');
    const now = async () => (await viewer.ask(PresenceOfDocument, { uuid: person.user.uuid })).userInfo?.presence;
    // A clean close, a cut connection, and then the last one.
    await devices[0]?.close();
    devices[1]?.cut();
    await devices[1]?.closed();
    expect(await now()).toBe('ONLINE');
    await devices[2]?.ask(MeDocument, {});
    expect(await now()).toBe('ONLINE');
    expect(presence.waiting()).toEqual([]);
    await devices[2]?.close();
    expect((await presence.next()).presence.presence).toBe('OFFLINE');
    expect(await now()).toBe('OFFLINE');
  });
});

describe('between "fetch what I missed" and going live', () => {
  /** What a client does: the state first, with the cursor of the same query, then the events after it. */
  const overview = async (person: Person) => {
    const { viewer, conversations } = await person.ask(OverviewDocument, { last: 100 });
    const messages = conversations?.edges.flatMap(({ node }) => node.messages.edges) ?? [];
    return { cursor: present(viewer).cursor, seqs: messages.map(({ node }) => node.seq) };
  };

  /** The seqs of messages up to a seq, and whether each came in order and once. */
  async function sentUpTo(stream: Stream<EventsSubscription>, last: number): Promise<number[]> {
    const seqs: number[] = [];
    while (seqs.at(-1) !== last) {
      const seq = seqOf(await stream.next(`message ${last}`));
      if (seq !== null) seqs.push(seq);
    }
    return seqs;
  }

  it('a message comes exactly once: in the state or as an event', async () => {
    const [one, other] = await registerTwo(app);
    const { conversation } = await sendText(one, other.user.id, '1');
    await sendText(one, conversation.id, '2');
    const { cursor, seqs } = await overview(other);
    expect(seqs).toEqual([1, 2]);
    await sendText(one, conversation.id, '3');
    const socket = other.socket();
    const stream = socket.subscribe(EventsDocument, { after: cursor });
    await sendText(one, conversation.id, '4');
    await sendText(one, conversation.id, '5');
    expect(await sentUpTo(stream, 5)).toEqual([3, 4, 5]);
    // How much of it was replayed and how much came live decides where CaughtUp stands, and not whether it comes.
    await expect.poll(() => stream.all().filter(({ data }) => data?.events.__typename === 'CaughtUp').length).toBe(1);
  });

  it('the very first message too, which makes the conversation', async () => {
    const [one, other] = await registerTwo(app);
    const { cursor, seqs } = await overview(other);
    expect(seqs).toEqual([]);
    const stream = other.socket().subscribe(EventsDocument, { after: cursor });
    await Promise.all([stream.until(({ events }) => events.__typename === 'CaughtUp'), sendText(one, other.user.id, '1')]);
    await sendText(one, other.user.id, '2');
    const seqsOfAll = () => stream.all().flatMap(({ data }) => (data && seqOf(data) !== null ? [seqOf(data)] : []));
    await expect.poll(seqsOfAll).toHaveLength(2);
    expect(seqsOfAll()).toEqual([1, 2]);
  });

  it('while messages pour in nothing is lost and no event comes twice, however the two fall', async () => {
    const [one, other] = await registerTwo(app);
    const { conversation } = await sendText(one, other.user.id, '1');
    const count = 60;
    const pouring = (async () => {
      for (let sent = 2; sent <= count; sent += 1) await sendText(one, conversation.id, String(sent));
    })();
    const readers: Promise<void>[] = [];
    for (let reader = 0; reader < 6; reader += 1) {
      const { cursor, seqs } = await overview(other);
      expect(seqs).toEqual(countTo(seqs.length));
      const stream = other.socket().subscribe(EventsDocument, { after: cursor });
      readers.push(
        (async () => {
          const told = await sentUpTo(stream, count);
          // In order and without a hole; it begins at the latest right after what the state held.
          const first = present(told[0]);
          expect(first).toBeLessThanOrEqual(seqs.length + 1);
          expect(told).toEqual(countTo(count).slice(first - 1));
        })(),
      );
    }
    await Promise.all([pouring, ...readers]);
  });
});

describe('recall', () => {
  it('of somebody else’s message is refused, and changes nothing', async () => {
    const [one, other] = await registerTwo(app);
    const { id, conversation } = await sendText(one, other.user.id, 'mine');
    const stranger = await registerUser(app);
    expect(codesOf(await other.execute(RecallMessageDocument, { id }))).toEqual(['FORBIDDEN']);
    expect(codesOf(await stranger.execute(RecallMessageDocument, { id }))).toEqual(['NOT_FOUND']);
    expect(codesOf(await admin.execute(RecallMessageDocument, { id }))).toEqual(['NOT_FOUND']);
    expect((await other.ask(ConversationDocument, { id: conversation.id })).conversation).toMatchObject({
      rev: 1,
      lastMessage: { content: { text: 'mine' }, recalledAt: null },
    });
  });

  it('with a forged time: there is no way to say one', async () => {
    const brief = await startApp({ RECALL_SECONDS: '0.001' });
    const [one, other] = await registerTwo(brief);
    const message = await sendText(one, other.user.id, 'old');
    const to = message.conversation.id;
    for (let passed = 0; passed <= 1; ) passed = Date.parse((await sendText(one, to, 'tick')).createdAt) - Date.parse(message.createdAt);
    const now = new Date().toISOString();
    const ask = async (query: string, variables: object) => codesOf(await one.execute(parse(query), variables));
    for (const name of ['createdAt', 'recalledAt', 'at', 'now', 'time'])
      expect(await ask(`mutation Recall($id: ID!) { recallMessage(id: $id, ${name}: "${now}") { id } }`, { id: message.id }), name).toEqual(['BAD_QUERY']);
    const sendQuery = 'mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { id createdAt } }';
    for (const name of ['createdAt', 'create_time', 'id', 'seq', 'senderId'])
      expect(await ask(sendQuery, { input: { to, clientId: randomUUID(), content: { text: 'x' }, [name]: now } }), name).toEqual(['BAD_USER_INPUT']);
    const late = await executeHttp(
      brief.url,
      RecallMessageDocument,
      { id: message.id },
      { token: one.token, headers: { date: 'Thu, 01 Jan 1970 00:00:00 GMT' } },
    );
    expect(codesOf(late)).toEqual(['RECALL_EXPIRED']);
    // A message that was sent long ago does not get younger by being sent again.
    expect(await sendText(one, to, 'old', present(message.clientId)).catch(() => null)).toMatchObject({ id: message.id, createdAt: message.createdAt });
    expect(codesOf(await one.execute(RecallMessageDocument, { id: message.id }))).toEqual(['RECALL_EXPIRED']);
  });
});

describe('a token', () => {
  const partsOf = (token: string) => token.split('.').map((part, index) => (index < 2 ? JSON.parse(Buffer.from(part, 'base64url').toString()) : part));

  it('holds who, which session and until when, and nothing else', async () => {
    const password = 'correct horse battery';
    const user = await registerUser(app, { password, nickname: 'somebody' });
    for (const { token, user: who } of [user, await loginAgain(user, 'my phone'), await registerVisitor(app), admin]) {
      const [head, claims] = partsOf(token);
      expect(Object.keys(head).sort()).toEqual(['alg', 'typ']);
      expect(head.alg).toBe('HS256');
      expect(Object.keys(claims).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
      expect(claims.sub).toBe(who.uuid);
      expect(claims.sid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      for (const name of ['exp', 'iat']) expect(claims[name]).toBeTypeOf('number');
    }
  });
});

describe('a disabled user', () => {
  it('receives nothing any more: the sockets are closed within a second, and no event comes after', async () => {
    const [sender, person] = await registerTwo(app);
    const before = await sendText(sender, person.user.id, 'before');
    const { conversation } = before;
    const devices = [person.socket(), (await loginAgain(person)).socket()];
    const streams = devices.flatMap((device) => [
      device.subscribe(EventsDocument, {}),
      device.subscribe(MessagesDocument, { conversationId: conversation.id, afterRev: 0 }),
    ]);
    for (const stream of streams) await stream.answer();
    const began = performance.now();
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    await sender.ask(RecallMessageDocument, { id: before.id });
    expect(codesOf(await sender.execute(SendMessageDocument, { input: { to: conversation.id, clientId: randomUUID(), content: { text: 'after' } } }))).toEqual([
      'RECIPIENT_UNAVAILABLE',
    ]);
    for (const device of devices) expect(await device.closed(1_000)).toEqual({ code: 4401, reason: 'USER_DISABLED' });
    expect(performance.now() - began).toBeLessThan(2_000);
    for (const stream of streams) {
      await stream.ended();
      // Of the disabling itself the account may still hear; of the recall that came after it, nothing.
      for (const { data } of stream.waiting()) expect(data).toMatchObject({ events: { __typename: expect.stringMatching(/^(Viewer|User)Changed$/) } });
    }
    expect(codesOf(await person.execute(MeDocument, {}))).toEqual(['USER_DISABLED']);
    expect(await person.socket().closed()).toEqual({ code: 4401, reason: 'USER_DISABLED' });
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: true });
    expect(codesOf(await person.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
    expect(await person.socket().closed()).toEqual({ code: 4401, reason: 'TOKEN_INVALID' });
  });
});

describe('what does not exist, or is malformed, is no fault of the server', () => {
  it('a uuid that nobody has is null', async () => {
    expect(await app.ask(UserInfoDocument, { uuid: randomUUID() })).toEqual({ userInfo: null });
    const one = await registerUser(app);
    expect(await one.ask(RelationshipToDocument, { uuid: randomUUID() })).toEqual({ userInfo: null });
    expect(await app.ask(UserInfoDocument, { uuid: one.user.uuid.toUpperCase() })).toMatchObject({ userInfo: { uuid: one.user.uuid } });
  });

  it('a text that is no uuid is BAD_USER_INPUT', async () => {
    for (const uuid of ['', 'x', '1', `${randomUUID()}x`, randomUUID().replaceAll('-', ''), `{${randomUUID()}}`, "' or 1=1 --"])
      expect(codesOf(await app.execute(UserInfoDocument, { uuid })), uuid).toEqual(['BAD_USER_INPUT']);
  });

  it('an id that is none is null, or NOT_FOUND where something was to be done', async () => {
    const one = await registerUser(app);
    const uuid = randomUUID();
    const types = ['User', 'Conversation', 'Message', 'Session', 'Viewer', 'Relationship', 'Query', 'TextContent', '__proto__', 'constructor'];
    const ids = [
      ...types.flatMap((type) => [
        globalId(type, uuid),
        globalId(type, 'x'),
        globalId(type, `${uuid}:1`),
        globalId(type, `${uuid}:99999999999999999999`),
        globalId(type, ''),
      ]),
      '',
      'x',
      uuid,
      '%',
      '\u{1F600}',
      'A'.repeat(5_000),
    ];
    for (const id of ids) {
      const node = await one.execute(NodeDocument, { id });
      expect([node.errors, node.data], id).toEqual([[], { node: null }]);
      expect(await one.ask(ConversationDocument, { id }), id).toEqual({ conversation: null });
      expect(await one.ask(HistoryDocument, { id }), id).toEqual({ conversation: null });
      for (const answer of [await one.execute(RecallMessageDocument, { id }), await one.execute(MarkReadDocument, { conversationId: id, seq: 1 })])
        expect(codesOf(answer), id).toEqual(['NOT_FOUND']);
    }
  });

  it('a malformed token is TOKEN_INVALID, through both doors', async () => {
    const { token } = await registerUser(app);
    const [head = '', claims = '', signature = ''] = token.split('.');
    const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const none = json({ alg: 'none', typ: 'JWT' });
    const bad = [
      'x',
      '..',
      'a.b.c',
      `${head}.${claims}`,
      `${head}.${claims}.`,
      `${head}.${claims}.${signature}x`,
      `${head}.${claims}.${signature.slice(0, -4)}AAAA`,
      `${none}.${claims}.`,
      `${none}.${claims}.${signature}`,
      `${head}.${json({ sub: randomUUID() })}.${signature}`,
      `${json('x')}.${json(1)}.${signature}`,
      `${json(null)}.${json(null)}.x`,
      'A'.repeat(6_000),
    ];
    for (const text of bad) {
      const answer = await app.execute(MeDocument, {}, { token: text });
      expect([answer.status, codesOf(answer)], text.slice(0, 60)).toEqual([200, ['TOKEN_INVALID']]);
      expect(await app.socket({ token: text }).closed(), text.slice(0, 60)).toEqual({ code: 4401, reason: 'TOKEN_INVALID' });
    }
  });

  it('and nothing of all this was logged as a fault', () => {
    expect(app.logs().filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});
