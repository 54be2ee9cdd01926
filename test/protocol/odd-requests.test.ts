import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { within } from '../support/lifetime.ts';
import { registerUser } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ BODY_BYTES: '20000' });
});

const body = '{"query":"{ __typename }"}';
const answer = '{"data":{"__typename":"Query"}}';

/** What comes back for these bytes until the server closes, or `until` has come. */
async function raw(bytes: string | Buffer, until = 'no such bytes'): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  let text = '';
  const done = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes(until)) resolve();
    });
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
  socket.write(bytes);
  await within(done, 8_000, () => `no end; so far: ${text}`);
  socket.destroy();
  return text;
}

const host = () => new URL(app.url).host;
const post = (headers = '', target = '/graphql', sent: string | Buffer = body) =>
  raw(
    Buffer.concat([
      Buffer.from(
        `POST ${target} HTTP/1.1\r\nHost: ${host()}\r\nConnection: close\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(sent)}\r\n\r\n`,
      ),
      Buffer.from(sent),
    ]),
  );
const statusOf = (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);

describe('an upgrade', () => {
  it.each(['h2c', 'TLS/1.0', 'h2c, foo', ''])('to %j is ignored, and the request answered', async (protocol) => {
    const more = `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n`;
    const asked = await raw(
      `POST /graphql HTTP/1.1\r\nHost: x\r\n${more}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      answer,
    );
    expect([statusOf(asked), asked.endsWith(answer)]).toEqual([200, true]);
    for (const path of ['/healthz', '/readyz']) expect(statusOf(await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`, '}'))).toBe(200);
  });

  it('is made where a WebSocket is among what is offered, in any letters, and nowhere else', async () => {
    const handshake = (upgrade: string, target: string, method = 'GET') =>
      raw(
        `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: ${upgrade}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
        '\r\n\r\n',
      );
    for (const upgrade of ['websocket', 'WebSocket', 'h2c, websocket', 'WEBSOCKET,h2c'])
      expect(statusOf(await handshake(upgrade, '/graphql')), upgrade).toBe(101);
    expect(statusOf(await handshake('websocket', 'http://x/graphql?a=1'))).toBe(101);
    expect(statusOf(await handshake('websocket', '/elsewhere'))).toBe(404);
    expect(statusOf(await handshake('websocket', '/healthz'))).toBe(200);
    expect(statusOf(await handshake('websocket', '/graphql', 'DELETE'))).toBe(405);
  });
});

describe('a target', () => {
  it('in absolute form is served, and names the host', async () => {
    expect(await post('', `http://${host()}/graphql`)).toContain(answer);
    expect(await post('', `HTTPS://user@other:1/graphql?a#b`)).toContain(answer);
    expect(statusOf(await raw('GET http://x HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n'))).toBe(404);
    expect(statusOf(await raw('GET http://x/healthz HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n'))).toBe(200);
    expect(statusOf(await post('Origin: https://other\r\n', 'http://other/graphql'))).toBe(200);
    expect(statusOf(await post(`Origin: http://${host()}\r\n`, 'http://other/graphql'))).toBe(200);
    expect(statusOf(await post('Origin: https://evil\r\n', 'http://other/graphql'))).toBe(403);
  });

  it('that is none gets a plain answer', async () => {
    const ask = (line: string) => raw(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(await ask('OPTIONS *')).toMatch(/^HTTP\/1\.1 204[\s\S]*allow: GET, HEAD, POST, OPTIONS/i);
    expect(statusOf(await ask('GET *'))).toBe(404);
    expect(statusOf(await ask('CONNECT example.com:443'))).toBe(405);
    expect(statusOf(await ask('TRACE /graphql'))).toBe(405);
    expect(statusOf(await ask('DELETE /healthz'))).toBe(405);
    expect(statusOf(await ask('GET ftp://x/graphql'))).toBe(404);
    expect(statusOf(await raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'))).toBe(400);
    expect(statusOf(await raw('GET /healthz HTTP/1.0\r\n\r\n'))).toBe(200);
    expect(statusOf(await raw('GET /healthz HTTP/1.1\r\n\r\n'))).toBe(400);
  });

  it('asked for with HEAD is answered as with GET, without the body', async () => {
    const query = encodeURIComponent('{ __typename }');
    for (const [path, status] of [
      ['/healthz', 200],
      ['/readyz', 200],
      [`/graphql?query=${query}`, 200],
      ['/nothing', 404],
    ] as const) {
      const [head, got] = await Promise.all(['HEAD', 'GET'].map((method) => raw(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)));
      expect(statusOf(head ?? ''), path).toBe(status);
      expect(head?.replace(/date: .*/i, '')).toBe(got?.slice(0, got.indexOf('\r\n\r\n') + 4).replace(/date: .*/i, ''));
    }
    const mutation = encodeURIComponent('mutation { logout }');
    expect(statusOf(await raw(`HEAD /graphql?query=${mutation} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`))).toBe(405);
  });
});

describe('a body', () => {
  it('is taken without a coding, and is 415 with one', async () => {
    expect(await post('Content-Encoding: identity\r\n')).toContain(answer);
    for (const coding of ['gzip', 'br', 'deflate', 'x-unknown', 'gzip, identity']) {
      const refused = await post(`Content-Encoding: ${coding}\r\n`, '/graphql', gzipSync(body));
      expect([statusOf(refused), /^accept-encoding: identity\r$/im.test(refused), refused.includes('BAD_QUERY')], coding).toEqual([415, true, true]);
    }
  });

  it('that comes by another transfer coding than chunked is not read', async () => {
    const ask = (coding: string) =>
      raw(
        `POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: ${coding}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      );
    expect(await ask('chunked')).toContain(answer);
    expect(statusOf(await ask('gzip, chunked'))).toBe(501);
    expect(statusOf(await ask('gzip'))).toBe(400);
  });

  it('is asked for only where it is wanted', async () => {
    const expecting = (length: number, type = 'application/json') =>
      `POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
    const wanted = await raw(expecting(body.length), '100 Continue\r\n\r\n');
    expect(wanted).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await raw(`${expecting(body.length)}${body}`)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200/);
    expect(statusOf(await raw(expecting(20_001), '\r\n\r\n'))).toBe(413);
    expect(statusOf(await raw(expecting(10, 'text/plain'), '\r\n\r\n'))).toBe(415);
    expect(statusOf(await raw('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: wonders\r\n\r\n'))).toBe(417);
  });

  it.each([
    'application/json;charset=UTF-8',
    'application/json; charset=utf8',
    'application/json; charset=utf-8;',
    'Application/JSON',
    'application/json; boundary=x; charset="UTF-8"',
    'application/json; odata.metadata=none',
  ])('may be called %s', async (type) => {
    expect(
      await raw(`POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
    ).toContain(answer);
  });
});

it('a body that is no UTF-8 is refused, as a frame is, and not stored with other characters', async () => {
  const refused = await post('', '/graphql', Buffer.from('{"query":"{ __typename } # caf\xe9"}', 'latin1'));
  expect([statusOf(refused), refused.includes('The body is not UTF-8'), refused.includes('BAD_QUERY')]).toEqual([400, true, true]);
  expect(await post('', '/graphql', '{"query":"{ __typename } # café"}')).toContain(answer);
});

it('parameters in an address that are no UTF-8 are refused likewise', async () => {
  const ask = (query: string) => raw(`GET /graphql?query=${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  for (const query of ['%7B__typename%7D%23caf%E9', '%7B__typename%7D%23%ED%A0%80']) {
    const refused = await ask(query);
    expect([statusOf(refused), refused.includes('have to be UTF-8'), refused.includes('BAD_QUERY')], query).toEqual([400, true, true]);
  }
  for (const query of ['%7B__typename%7D%23caf%C3%A9', '{__typename}', '%7B+__typename+%7D%23100%']) expect(await ask(query), query).toContain(answer);
});

describe('the type of an answer is the one that weighs most, and of two the first', () => {
  const [plain, strict] = ['application/json', 'application/graphql-response+json'];
  it.each([
    ['application/json;q=0, */*', strict],
    ['*/*, application/json;q=0', strict],
    ['application/graphql-response+json;q=0.1, application/json', plain],
    ['application/json;q=0.5, application/graphql-response+json', strict],
    ['application/graphql-response+json, application/json', strict],
    ['application/json, application/graphql-response+json', plain],
    ['application/*;q=0, application/json', plain],
    ['text/plain, */*;q=0.1', plain],
    ['*/*, application/graphql-response+json', plain],
    ['application/json;charset=utf-16', plain],
  ])('%s', async (accept, type) => {
    for (const sent of [body, '{"query":"{ __typename }","more":null}'])
      expect(/^content-type: ([^;\r]*)/im.exec(await post(`Accept: ${accept}\r\n`, '/graphql', sent))?.[1]).toBe(type);
    const asked = await fetch(`${app.url}?query=%7B__typename%7D`, { headers: { accept } });
    expect([asked.status, asked.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
  });

  it.each(['application/json;q=0', 'application/*;q=0, text/html', '*/*;q=0'])('%s is nothing that is spoken here', async (accept) => {
    expect(statusOf(await post(`Accept: ${accept}\r\n`))).toBe(406);
  });
});

it.each(['{ __typename }', 'query A { __typename }'])('an empty name of an operation is none, at every door: %s', async (query) => {
  const named = { query, operationName: '' };
  const json = { 'content-type': 'application/json' };
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const persisted = { extensions: { persistedQuery: { version: 1, sha256Hash } }, operationName: '' };
  const ask = async (payload: object, accept: string) =>
    (await fetch(app.url, { method: 'POST', headers: { ...json, accept }, body: JSON.stringify(payload) })).text();
  for (const accept of ['application/json', 'application/json; charset=utf-8']) {
    expect(await ask(named, accept)).toBe(answer);
    expect(await ask({ ...persisted, query }, accept)).toBe(answer);
    expect(await ask(persisted, accept)).toBe(answer);
    expect(await (await fetch(`${app.url}?query=${encodeURIComponent(query)}&operationName=`, { headers: { accept } })).text()).toBe(answer);
  }
  const socket = await openRawSocket(app.socketUrl);
  await socket.init({ token: (await registerUser(app)).token });
  for (const [id, payload] of [named, persisted].entries()) {
    socket.send({ type: 'subscribe', id: String(id), payload });
    expect(await socket.next()).toEqual({ type: 'next', id: String(id), payload: JSON.parse(answer) });
    await socket.until('complete', String(id));
  }
  const several = `${query.replace(/^\{/, 'query B {')} query C { __typename }`;
  expect(await ask({ query: several, operationName: '' }, 'application/json')).toContain('BAD_QUERY');
});
