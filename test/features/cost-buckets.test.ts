import { describe, expect, it } from 'vitest';
import { LoginDocument, MeDocument, RefreshSessionDocument, UpdateProfileDocument } from '../generated/graphql.ts';
import { type Env, startApp, type TestApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { codeOf, type Outcome, overHttp, overSocket } from '../support/doors.ts';
import { insertFriendsOf, openTables } from '../support/groups.ts';
import { adminEnv, loginAdmin, loginAgain, registerAgent, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { type Frame, openRawSocket } from '../support/raw-socket.ts';

/** A server that counts what is asked. */
async function startCounting(rates: string, env: Env = {}): Promise<TestApp> {
  return await startApp({ RATE_LIMITS: 'on', RATES: `register=1000/min, registerVisitor=1000/min, ${rates}`, TRUSTED_PROXIES: '127.0.0.1', ...env });
}

/** What costs nearly nothing stays taken with 10. */
const small = '{ viewer { id } }';
/** 302, and nobody here is in a conversation: so it gives 292 back. */
const large = '{ conversations(first: 100) { edges { node { id title } } } }';

const limitedOf = ({ data, errors }: Outcome) => ({ data, ...errors?.[0]?.extensions });
const limited = { data: undefined, code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) };

describe('what operations cost', () => {
  it('is counted for the person, through both doors together, and what is too much is refused as a whole', async () => {
    const app = await startCounting('cost=100/h');
    const [one, other] = [await registerUser(app), await registerUser(app)];
    const doors = [overHttp(app, one.token), await overSocket(app, one.token)];
    for (let count = 0; count < 5; count += 1) for (const ask of doors) expect(codeOf(await ask(small))).toBeUndefined();
    for (const ask of doors) {
      const refused = await ask(small);
      expect(limitedOf(refused)).toEqual(limited);
      expect(refused.errors?.[0]?.extensions?.retryAfterSeconds).toBeGreaterThan(3500);
    }
    expect(codesOf(await one.execute(UpdateProfileDocument, { input: { bio: 'not done' } }))).toEqual(['RATE_LIMITED']);
    // Neither somebody else from there nor who has no session is slowed down.
    expect(await other.ask(MeDocument, {})).toMatchObject({ viewer: {} });
    expect(codeOf(await overHttp(app)('{ serverInfo { name } }'))).toBeUndefined();
    const seen = await overHttp(app, other.token)(`{ userInfo(uuid: "${one.user.uuid}") { profile { bio } } }`);
    expect(seen.data).toEqual({ userInfo: { profile: { bio: null } } });
  });

  it('is given back where it was not resolved', async () => {
    const app = await startCounting('cost=400/h');
    const one = await registerUser(app);
    const ask = overHttp(app, one.token);
    // There is room for 302 once; what it resolves is next to nothing.
    for (let count = 0; count < 9; count += 1) expect(codeOf(await ask(large))).toBeUndefined();
    for (let count = 0; count < 5; count += 1) expect(codeOf(await ask(small))).toBeUndefined();
    expect(codeOf(await ask(large))).toBe('RATE_LIMITED');
    expect(codeOf(await ask(small))).toBeUndefined();
  });

  it('is given back where there is nothing of what was asked for', async () => {
    const app = await startCounting('cost=400/h');
    const one = await registerUser(app);
    const nothing = '{ conversation(id: "nonsense") { messages(last: 70) { edges { node { id seq rev } } } } }';
    for (let count = 0; count < 9; count += 1) expect(['BAD_USER_INPUT', 'NOT_FOUND', undefined]).toContain(codeOf(await overHttp(app, one.token)(nothing)));
  });

  it('is given back where nobody waits for it any more when it is to run, or to run on', async () => {
    const app = await startCounting('cost=20000/h');
    const one = await registerUser(app);
    const socket = await openRawSocket(app.socketUrl);
    await socket.init({ token: one.token });
    const names = Array.from({ length: 9 }, (_, index) => `a${index}: serverInfo { limits { name value } }`);
    const dear = `{ ${names.join(' ')} }`;
    for (let count = 0; count < 40; count += 1) {
      // Both are there before anything of it is done.
      socket.send({ type: 'subscribe', id: 'x', payload: { query: dear } });
      socket.send({ type: 'complete', id: 'x' });
      socket.send({ type: 'subscribe', id: 'after', payload: { query: small } });
      await socket.until('complete', 'after');
    }
    socket.send({ type: 'subscribe', id: 'at last', payload: { query: dear } });
    expect(await socket.until('next', 'at last')).toMatchObject({ payload: { data: { a0: { limits: expect.any(Array) } } } });
  });

  it('counts what had to be looked at', async () => {
    const app = await startCounting('cost=100/h');
    const one = await registerUser(app);
    const database = await openTables(app);
    await insertFriendsOf(database, one, 1000);
    const codes: unknown[] = [];
    for (let count = 0; count < 5; count += 1)
      codes.push(codeOf(await overHttp(app, one.token)('{ contacts(kind: FRIEND, first: 1) { pageInfo { hasNextPage } } }')));
    // 3 for what it gives and 20 for those among whom it was found: the fifth has no room for 10.
    expect(codes).toEqual([undefined, undefined, undefined, undefined, 'RATE_LIMITED']);
  });

  it('is never more than the bucket holds', async () => {
    const app = await startCounting('cost=50/h');
    const one = await registerUser(app);
    expect(codeOf(await overHttp(app, one.token)(large))).toBeUndefined();
  });

  it('is counted for the address without a session, and what is told of the schema with it', async () => {
    const app = await startCounting('costOfAddress=100/h');
    const from = (address: string) => async (query: string) => {
      const answer = await fetch(app.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ query }),
      });
      return (await answer.json()) as Outcome;
    };
    const name = '{ serverInfo { name } }';
    for (let count = 0; count < 10; count += 1) expect(codeOf(await from('2001:db8::1')(name))).toBeUndefined();
    expect(limitedOf(await from('2001:db8::2')(name))).toEqual(limited);
    expect(codeOf(await from('203.0.113.1')('{ __schema { types { name fields { name } } } }'))).toBeUndefined();
    expect(limitedOf(await from('203.0.113.1')(name))).toEqual(limited);
  });

  it('keeps nobody out who comes in from where a neighbour has spent all that an address may cost, or all of its requests for files', async () => {
    const app = await startCounting('costOfAddress=20/h, fileOfAddress=2/h, cost=1000/h');
    const before = await registerUser(app);
    const name = '{ serverInfo { name } }';
    const askForFile = async () => (await fetch(new URL('/avatars/0123456789abcdef0123456789abcdef', app.url))).status;
    while (codeOf(await overHttp(app)(name)) === undefined);
    for (const status of [404, 404, 429]) expect(await askForFile()).toBe(status);

    const again = await loginAgain(before);
    const refreshed = await app.execute(RefreshSessionDocument, { refreshToken: again.refreshToken });
    expect(codesOf(refreshed)).toEqual([]);
    await registerUser(app);
    await registerVisitor(app);
    expect(codesOf(await app.execute(LoginDocument, { input: { username: before.user.username, password: 'wrong' } }))).toEqual(['INVALID_CREDENTIALS']);
    expect(codeOf(await overHttp(app, again.token)(name))).toBeUndefined();
    // What has anything else beside it counts.
    expect(codeOf(await overHttp(app)('query { serverInfo { name } }'))).toBe('RATE_LIMITED');
  });

  it('has a bucket for visitors and one for agents', async () => {
    const app = await startCounting('costOfVisitor=10/h, cost=20/h, costOfAgent=10/h', adminEnv);
    const visitor = overHttp(app, (await registerVisitor(app)).token);
    const user = overHttp(app, (await registerUser(app)).token);
    const admin = overHttp(app, (await loginAdmin(app)).token);
    for (const ask of [visitor, user, admin]) expect(codeOf(await ask(small))).toBeUndefined();
    for (const ask of [visitor, admin]) expect(codeOf(await ask(small))).toBe('RATE_LIMITED');
    expect(codeOf(await user(small))).toBeUndefined();
  });

  it('is told over HTTP by Retry-After, and by 429 to whoever asks for the type of GraphQL', async () => {
    const app = await startCounting('cost=10/h');
    const { token } = await registerUser(app);
    const ask = (accept: string, init: RequestInit = { method: 'POST', body: JSON.stringify({ query: small }) }, search = '') =>
      fetch(app.url + search, { ...init, headers: { accept, authorization: `Bearer ${token}`, 'content-type': 'application/json' } });
    const strict = 'application/graphql-response+json';
    expect((await ask(strict)).headers.get('retry-after')).toBeNull();
    const answers = [await ask('application/json'), await ask(strict), await ask(strict, {}, `?query=${encodeURIComponent(small)}`)];
    expect(answers.map(({ status }) => status)).toEqual([200, 429, 429]);
    for (const { headers } of answers) expect(Number(headers.get('retry-after'))).toBeGreaterThan(3500);
  });
});

describe('what events cost', () => {
  const seqOf = ({ payload }: Frame): number => JSON.parse(JSON.stringify(payload)).data.messages?.seq ?? 0;

  it('makes a stream late, which gets everything once and in order, and leaves room for what its reader asks', async () => {
    const app = await startCounting('cost=300/2s, sendOfAgent=1000/s', { ...adminEnv, STREAM_QUEUE: '5' });
    const reader = await registerUser(app);
    const agent = await registerAgent(await loginAdmin(app));
    const { conversation } = await sendText(reader, agent.user.id, 'hello');
    const socket = await openRawSocket(app.socketUrl);
    await socket.init({ token: reader.token });
    const inner = 'seq rev clientId a: seq b: seq c: seq d: seq';
    const events = `subscription { events { __typename ... on MessageSent { message { ${inner} } } } }`;
    const messages = `subscription ($id: ID!) { messages(conversationId: $id, afterRev: 0) { ${inner} } }`;
    socket.send({ type: 'subscribe', id: 'e', payload: { query: events } });
    await socket.until('next', 'e');
    socket.send({ type: 'subscribe', id: 'm', payload: { query: messages, variables: { id: conversation.id } } });
    const many = 40;
    for (let count = 1; count < many; count += 1) await sendText(agent, reader.user.id, `${count}`);
    expect(codeOf(await overHttp(app, reader.token)(small))).toBeUndefined();
    const seqs: Record<string, number[]> = { m: [], e: [] };
    let lateAt = 0;
    while ((seqs.m?.length ?? 0) < many || (seqs.e?.length ?? 0) < many - 1) {
      const frame = await socket.next('another message');
      if (frame.type !== 'next') continue;
      const seq = frame.id === 'm' ? seqOf(frame) : (JSON.parse(JSON.stringify(frame.payload)).data.events.message?.seq ?? 0);
      if (seq > 0) seqs[frame.id ?? '']?.push(seq);
      lateAt ||= performance.now();
    }
    // More than a window had room for.
    expect(performance.now() - lateAt).toBeGreaterThan(1000);
    const all = Array.from({ length: many }, (_, index) => index + 1);
    expect(seqs).toEqual({ m: all, e: all.slice(1) });
  });
});
