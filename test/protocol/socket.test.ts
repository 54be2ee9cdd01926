import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { LogoutDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { openTables } from '../support/groups.ts';
import { loginAgain, type Person, registerUser, registerVisitor } from '../support/people.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';

let app: TestApp;
let ann: Person;
beforeAll(async () => {
  app = await startApp({ SOCKET_OPERATIONS: '5', SOCKET_FRAME_BYTES: '20000', SOCKET_INIT_SECONDS: '0.3', ALLOWED_ORIGINS: 'https://app.example.com' });
  ann = await registerUser(app);
});

async function opened(payload: object = { token: ann.token }, at: TestApp = app): Promise<RawSocket> {
  const socket = await openRawSocket(at.socketUrl);
  await socket.init(payload);
  return socket;
}

/** How the server closes a socket that connects with this payload. */
async function refusedWith(payload: object) {
  const socket = await openRawSocket(app.socketUrl);
  socket.send({ type: 'connection_init', payload });
  return await socket.closed();
}

const ask = (socket: RawSocket, id: string, query: string, variables = {}) => socket.send({ type: 'subscribe', id, payload: { query, variables } });
const waiting = 'subscription { events { __typename cursor } }';

describe('the handshake', () => {
  it('tells who is there', async () => {
    const socket = await openRawSocket(app.socketUrl);
    expect(await socket.init({ token: ann.token })).toEqual({ userUuid: ann.user.uuid, role: 'USER', heartbeatSeconds: 12, serverVersion: expect.any(String) });
  });

  it('takes the token wherever stock clients put it', async () => {
    const header = `Bearer ${ann.token}`;
    for (const payload of [
      { token: ann.token },
      { Authorization: header },
      { authorization: header },
      { headers: { Authorization: header } },
      { headers: { authorization: header } },
      { headers: { AUTHORIZATION: header } },
    ])
      (await opened(payload)).close();
    const visitor = await registerVisitor(app);
    expect(await (await openRawSocket(app.socketUrl)).init({ token: visitor.token })).toMatchObject({ role: 'VISITOR' });
  });

  it('closes with the code of the check', async () => {
    expect(await refusedWith({})).toEqual({ code: 4401, reason: 'TOKEN_MISSING' });
    for (const payload of [{ token: 'nonsense' }, { Authorization: 'Basic x' }, { token: `${ann.token}x` }])
      expect(await refusedWith(payload)).toEqual({ code: 4401, reason: 'TOKEN_INVALID' });
    for (const payload of [{ token: 1 }, { token: { a: 1 } }, { headers: 'x' }, { Authorization: ['x'] }])
      expect(await refusedWith(payload)).toEqual({ code: 4401, reason: 'TOKEN_MISSING' });
  });

  it('waits for the first word only so long', async () => {
    const socket = await openRawSocket(app.socketUrl);
    expect((await socket.closed()).code).toBe(4408);
  });

  it('lets in only listed pages, and whoever is no page', async () => {
    for (const origin of ['https://evil.example.com', 'https://app.example.com.evil.com', 'null'])
      await expect(openRawSocket(app.socketUrl, { headers: { origin } })).rejects.toThrow('403');
    for (const origin of ['https://app.example.com', new URL(app.url).origin]) await openRawSocket(app.socketUrl, { headers: { origin } });
    await expect(openRawSocket(app.socketUrl.replace('/graphql', '/'))).rejects.toThrow('404');
  });

  it('speaks graphql-transport-ws only', async () => {
    await expect(openRawSocket(app.socketUrl, { protocols: ['graphql-ws'] })).rejects.toThrow();
    const socket = await openRawSocket(app.socketUrl, { protocols: [] });
    expect((await socket.closed()).code).toBe(4406);
  });

  it('compresses nothing', async () => {
    const socket = await openRawSocket(app.socketUrl, { headers: { 'sec-websocket-extensions': 'permessage-deflate' } });
    expect(socket.socket.extensions).toBe('');
  });
});

describe('what ends a socket', () => {
  it('a second greeting, an operation before the greeting, an id twice', async () => {
    const twice = await opened();
    twice.send({ type: 'connection_init' });
    expect((await twice.closed()).code).toBe(4429);
    const early = await openRawSocket(app.socketUrl);
    ask(early, '1', '{ serverInfo { name } }');
    expect((await early.closed()).code).toBe(4401);
    const doubled = await opened();
    ask(doubled, '1', waiting);
    await doubled.until('next', '1');
    ask(doubled, '1', waiting);
    expect((await doubled.closed()).code).toBe(4409);
  });

  it('ids of any kind, without a word of theirs in the reason or the log', async () => {
    const told = (id: string) => app.logs().filter((line) => line.includes(id) || line.includes('"level":"error"'));
    for (const id of ['x'.repeat(65), 'é'.repeat(200), 'x'.repeat(10_000)]) {
      const socket = await opened();
      ask(socket, id, waiting);
      expect(await socket.closed()).toEqual({ code: 4400, reason: 'Invalid message received' });
    }
    for (const id of ['x'.repeat(64), '消'.repeat(64), '__proto__', 'constructor', '👋'.repeat(32)]) {
      const socket = await opened();
      ask(socket, id, waiting);
      await socket.until('next', id);
      ask(socket, id, waiting);
      expect(await socket.closed(), id).toEqual({ code: 4409, reason: 'An operation with this id is open already' });
      expect(told(id)).toEqual([]);
    }
    expect(told('no such word')).toEqual([]);
  });

  it('what is no message of the protocol', async () => {
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"type":"unknown"}',
      '{"type":"subscribe","id":"1","payload":{"query":1}}',
      '{"type":"subscribe","payload":{"query":""}}',
    ]) {
      const socket = await opened();
      socket.send(text);
      expect(await socket.closed(), text).toEqual({ code: 4400, reason: 'Invalid message received' });
    }
  });

  it('what only a server may say, before and after the greeting, and without a word in the log', async () => {
    for (const type of ['next', 'error', 'connection_ack'])
      for (const open of [opened, () => openRawSocket(app.socketUrl)]) {
        const socket = await open();
        socket.send({ type, id: '1', payload: [{ message: 'x' }] });
        expect(await socket.closed(), type).toEqual({ code: 4400, reason: 'Invalid message received' });
      }
    expect(app.logs().filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it('a binary frame, a frame above the limit, text that is no UTF-8', async () => {
    const binary = await opened();
    binary.send(Buffer.from('{"type":"ping"}'));
    expect((await binary.closed()).code).toBe(1003);
    const large = await opened();
    large.send({ type: 'ping', payload: { text: 'x'.repeat(20_000) } });
    expect((await large.closed()).code).toBe(1009);
    const broken = await opened();
    broken.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
    expect((await broken.closed()).code).toBe(1007);
  });

  it('the end of its session, with the reason, within a second', async () => {
    const other = await loginAgain(ann);
    const socket = await opened({ token: other.token });
    const began = performance.now();
    await other.ask(LogoutDocument, {});
    expect(await socket.closed()).toEqual({ code: 4401, reason: 'TOKEN_INVALID' });
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('the end of its token, unless somebody refreshes the session', async () => {
    const short = await startApp({ TOKEN_TTL_SECONDS: '1.5' });
    const person = await registerUser(short);
    const left = await opened({ token: person.token }, short);
    const other = await loginAgain(person);
    const kept = await opened({ token: other.token }, short);
    ask(kept, 'r', 'mutation ($token: String!) { refreshSession(refreshToken: $token) { token } }', { token: other.refreshToken });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const again = await fetch(short.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `mutation { refreshSession(refreshToken: "${JSON.parse(JSON.stringify(other.refreshToken))}") { refreshToken } }` }),
    });
    expect(await again.text()).toContain('refreshToken');
    expect(await left.closed()).toEqual({ code: 4403, reason: 'TOKEN_EXPIRED' });
    expect(kept.socket.readyState).toBe(1);
  });

  it.each([
    ['a token that has just ended', { tokenExpiresAt: 1 }, { code: 4403, reason: 'TOKEN_EXPIRED' }],
    ['a session that is over', { endedAt: 1, endReason: 'LOGOUT' }, { code: 4401, reason: 'TOKEN_INVALID' }],
    ['a session that was replaced', { endedAt: 1, endReason: 'REPLACED' }, { code: 4401, reason: 'SESSION_REPLACED' }],
  ] as const)('an operation with %s, before any timer or signal: nothing is said to the operation itself', async (_what, end, closed) => {
    // Nothing is cached (it rounds to 0 ms), so every operation asks the table, and nothing else does: no timer is near, and the end is written past the server, which says so to nobody.
    const asking = await startApp({ SESSION_CACHE_SECONDS: '0.0001', SESSION_CHECK_SECONDS: '3600' });
    const person = await registerUser(asking);
    const tables = await openTables(asking);
    const socket = await opened({ token: person.token }, asking);
    ask(socket, 'before', waiting);
    await socket.until('next', 'before');
    await tables.transaction((tx) => tx.db.updateTable('Session').set(end).execute());
    // A stock client subscribes again to both when it is back. After an error it would take the second one for refused, and never ask again.
    ask(socket, 'after', waiting);
    expect(await socket.closed()).toEqual(closed);
    expect(socket.waiting()).toEqual([]);
  });

  it('nobody on the other side', async () => {
    const quick = await startApp({ SOCKET_PING_SECONDS: '0.2' });
    const person = await registerUser(quick);
    const { port } = new URL(quick.url);
    const dead = connect(Number(port), '127.0.0.1');
    dead.write(
      'GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
    );
    dead.on('data', () => {});
    const alive = await opened({ token: person.token }, quick);
    await new Promise((resolve) => dead.on('close', resolve));
    expect(alive.socket.readyState).toBe(1);
  });
});

describe('what does not end a socket', () => {
  it('an operation that is wrong in any way', async () => {
    const socket = await opened();
    const bad: [string, object, string][] = [
      ['{', {}, 'BAD_QUERY'],
      ['', {}, 'BAD_QUERY'],
      ['{ nothing }', {}, 'BAD_QUERY'],
      ['fragment F on Query { __typename }', {}, 'BAD_QUERY'],
      [`{${'a{'.repeat(3000)}`, {}, 'BAD_QUERY'],
      ['query ($uuid: UUID!) { userInfo(uuid: $uuid) { id } }', { uuid: 'x' }, 'BAD_USER_INPUT'],
      ['query ($uuid: UUID!) { userInfo(uuid: $uuid) { id } }', { uuid: '\0' }, 'BAD_USER_INPUT'],
      ['subscription { messages(conversationId: "nonsense") { seq } }', {}, 'NOT_FOUND'],
      ['subscription { messages(conversationId: "nonsense") { nothing } }', {}, 'BAD_QUERY'],
      ['subscription { events { cursor } typing(conversationId: "x") { user { id } } }', {}, 'BAD_QUERY'],
      ['mutation { recallMessage(id: "nonsense") { seq } }', {}, 'NOT_FOUND'],
      ['{ users { edges { cursor } } }', {}, 'FORBIDDEN'],
    ];
    for (const [index, [query, variables, code]] of bad.entries()) {
      ask(socket, `b${index}`, query, variables);
      const { type, payload } = await socket.next(query);
      expect(['error', 'next'], query).toContain(type);
      expect(JSON.stringify(payload), query).toContain(`"code":"${code}"`);
      if (type === 'next') await socket.until('complete', `b${index}`);
    }
    ask(socket, 'good', '{ viewer { user { uuid } } }');
    expect((await socket.until('next', 'good')).payload).toEqual({ data: { viewer: { user: { uuid: ann.user.uuid } } } });
  });

  it('more operations at once than it may have', async () => {
    const socket = await opened();
    for (const id of ['1', '2', '3', '4', '5']) {
      ask(socket, id, waiting);
      await socket.until('next', id);
    }
    ask(socket, '6', waiting);
    expect(await socket.until('error', '6')).toMatchObject({ payload: [{ extensions: { code: 'BAD_QUERY' } }] });
    socket.send({ type: 'complete', id: '1' });
    ask(socket, '7', waiting);
    await socket.until('next', '7');
    expect(socket.socket.readyState).toBe(1);
  });

  it('not reading for a while: the server reads no more until its answers are taken', async () => {
    const roomy = await startApp();
    const person = await registerUser(roomy);
    const socket = await opened({ token: person.token }, roomy);
    socket.socket.pause();
    const count = 30_000;
    for (let index = 0; index < count; index += 1) socket.send({ type: 'ping', payload: { text: 'x'.repeat(900) } });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    // Of 28 MB the buffers of both kernels hold a few.
    expect(socket.socket.bufferedAmount).toBeGreaterThan(10_000_000);
    socket.socket.resume();
    for (let index = 0; index < count; index += 1) await socket.until('pong');
  });

  it('an id that is used again as soon as its operation was completed, however soon that is', async () => {
    const socket = await opened();
    for (let round = 0; round < 30; round += 1) {
      ask(socket, 'same', waiting);
      if (round % 3 > 0) await socket.until('next', 'same');
      socket.send({ type: 'complete', id: 'same' });
      if (round % 2 > 0) await new Promise((resolve) => setTimeout(resolve, round % 5));
    }
    // What was completed is over, and the next one of its id is another one: it gives its own answer and ends by its own word.
    ask(socket, 'same', '{ serverInfo { name } }');
    const frames = [await socket.next()];
    while (frames.at(-1)?.type !== 'complete') frames.push(await socket.next());
    expect(frames.filter(({ payload }) => JSON.stringify(payload)?.includes('Parley'))).toHaveLength(1);
    ask(socket, 'same', waiting);
    await socket.until('next', 'same');
    const person = await registerUser(app);
    const other = await opened({ token: person.token });
    ask(other, 'same', waiting);
    await other.until('next', 'same');
    other.send({ type: 'complete', id: 'same' });
    ask(other, 'same', waiting);
    await other.until('next', 'same');
    const changed = async () => {
      ask(other, 'm', 'mutation { updateSettings(acceptsFriendsAtOnce: true) { id } }');
      await other.until('complete', 'm');
    };
    await changed();
    ask(other, 'end', '{ __typename }');
    const seen: string[] = [];
    for (let frame = await other.next(); frame.id !== 'end'; frame = await other.next()) seen.push(`${frame.type} ${frame.id}`);
    // Once, by the one that is open; not a second time by the one before it, and no word of its end.
    expect(seen.filter((frame) => frame.endsWith('same')).length).toBeLessThanOrEqual(1);
    expect(seen).not.toContain('complete same');
    expect(other.socket.readyState).toBe(1);
  });

  it('pings in both directions', async () => {
    const socket = await opened();
    socket.send({ type: 'ping', payload: { a: 1 } });
    expect(await socket.next()).toEqual({ type: 'pong', payload: { a: 1 } });
    // What is long does not come back; this would nest deeper than the stack.
    for (const payload of [`{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}`, `{"a":"${'x'.repeat(2_000)}"}`]) {
      socket.send(`{"type":"ping","payload":${payload}}`);
      expect(await socket.next()).toEqual({ type: 'pong' });
    }
    socket.send({ type: 'pong' });
    ask(socket, '1', '{ serverInfo { name } }');
    await socket.until('complete', '1');
  });
});

it('speaks the language that the connection asked for', async () => {
  const socket = await opened({ token: ann.token, locale: 'zh-CN' });
  ask(socket, '1', '{ users { edges { cursor } } }');
  expect(JSON.stringify((await socket.until('next', '1')).payload)).toContain('您没有权限执行此操作');
});
