import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createOrigins } from '../../src/server/http/origins.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { openRawSocket } from '../support/raw-socket.ts';

const hello = JSON.stringify({ query: '{ __typename }' });

/** Whether both doors let a page in; they always agree. */
async function letsIn(app: TestApp, origin: string, headers: Readonly<Record<string, string>> = {}): Promise<boolean> {
  // Not `fetch`, which sets `Host` itself.
  const { port } = new URL(app.url);
  const { request } = await import('node:http');
  const status = await new Promise<number>((resolve, reject) => {
    const asking = request({ port, host: '127.0.0.1', path: '/graphql', method: 'POST', headers: { 'content-type': 'application/json', origin, ...headers } });
    asking.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asking.on('error', reject);
    asking.end(hello);
  });
  const socket = await openRawSocket(app.socketUrl, { headers: { origin, ...headers } }).then(
    () => true,
    () => false,
  );
  expect(socket, origin).toBe(status === 200);
  return status === 200;
}

describe('the origin of a page', () => {
  it('is the own one where its host is the one that the request names, whatever the scheme', async () => {
    const app = await startApp({ NODE_ENV: 'production' });
    const { port } = new URL(app.url);
    for (const [origin, host] of [
      ['https://chat.example.com', 'chat.example.com'],
      ['https://chat.example.com', 'CHAT.example.com:443'],
      ['http://chat.example.com', 'chat.example.com'],
      ['http://chat.example.com', 'chat.example.com:80'],
      ['http://chat.example.com:8080', 'chat.example.com:8080'],
      [`http://192.168.1.9:${port}`, `192.168.1.9:${port}`],
      [`http://[::1]:${port}`, `[::1]:${port}`],
    ] as const)
      expect(await letsIn(app, origin, { host }), `${origin} at ${host}`).toBe(true);
    for (const [origin, host] of [
      ['https://chat.example.com', 'chat.example.com:8443'],
      ['https://chat.example.com', 'chat.example.com:80'],
      ['https://chat.example.com.evil.com', 'chat.example.com'],
      ['https://evil.com', 'chat.example.com'],
      ['https://evil.com', 'x@evil.com'],
      ['https://evil.com', 'evil.com/x'],
      ['app://chat.example.com', 'chat.example.com'],
      ['null', 'null'],
      ['https://chat.example.com/', 'evil.com'],
    ] as const)
      expect(await letsIn(app, origin, { host }), `${origin} at ${host}`).toBe(false);
  });

  it('is any port of this machine, but in production', async () => {
    const [open, closed] = [await startApp(), await startApp({ NODE_ENV: 'production' })];
    for (const origin of ['http://localhost:5173', 'https://localhost', 'http://127.0.0.1:3000', 'http://[::1]:8080']) {
      expect(await letsIn(open, origin), origin).toBe(true);
      expect(await letsIn(closed, origin), origin).toBe(false);
    }
    for (const origin of ['http://localhost.evil.com', 'http://127.0.0.1.evil.com', 'http://localhost@evil.com', 'http://127.0.0.2:80'])
      expect(await letsIn(open, origin), origin).toBe(false);
  });

  it('is one of the list, of an app too', async () => {
    const listed = ['https://www.example.com', 'capacitor://localhost', 'tauri://localhost', 'app://obsidian.md', 'chrome-extension://abcdefghijklmnop'];
    const app = await startApp({ NODE_ENV: 'production', ALLOWED_ORIGINS: listed.join(', '), PUBLIC_URL: 'https://chat.example.com:443/x' });
    for (const origin of [...listed, 'https://chat.example.com']) expect(await letsIn(app, origin), origin).toBe(true);
    for (const origin of ['capacitor://elsewhere', 'capacitor://localhost:1', 'ionic://localhost', 'https://www.example.com:8443', 'http://www.example.com'])
      expect(await letsIn(app, origin), origin).toBe(false);
  });

  it('is written as the URL standard writes it, and what is no origin is refused at the start', () => {
    expect(readConfig({ ALLOWED_ORIGINS: 'https://WWW.example.com:443,http://a.example.com/' }).origins).toEqual(
      expect.arrayContaining(['https://www.example.com', 'http://a.example.com']),
    );
    expect(createOrigins(readConfig({ PORT: '80' }).origins).allows('http://localhost')).toBe(true);
    for (const bad of ['*', 'https://*', 'example.com', 'https://a.example.com/path', 'https://user@a.example.com', 'file://', 'null', 'https://a b'])
      expect(() => readConfig({ ALLOWED_ORIGINS: bad }), bad).toThrow('ALLOWED_ORIGINS');
  });

  it('that is refused is one line a minute, which says what to set', async () => {
    const app = await startApp();
    for (let count = 0; count < 5; count += 1) await letsIn(app, 'https://Elsewhere.example.com');
    await letsIn(app, `${'x'.repeat(1000)}://no origin at all`);
    const lines = app.logs().filter((line) => line.includes('ALLOWED_ORIGINS'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', origin: 'https://elsewhere.example.com' });
  });
});

describe('a preflight', () => {
  const preflight = (app: TestApp, wanted: string, origin = 'https://app.example.com') =>
    fetch(app.url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': wanted } });

  it('of an allowed origin is told that it may send the headers that it asked for', async () => {
    const app = await startApp({ ALLOWED_ORIGINS: 'https://app.example.com' });
    for (const wanted of ['authorization,content-type', 'baggage,content-type,sentry-trace', 'apollographql-client-name, traceparent']) {
      const { status, headers } = await preflight(app, wanted);
      const given = (headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/, */);
      expect([status, wanted.split(/, */).filter((name) => !given.includes(name))]).toEqual([204, []]);
      expect(headers.get('vary')).toContain('Access-Control-Request-Headers');
    }
    const usual = 'Authorization, Content-Type, Accept-Language';
    for (const odd of ['x'.repeat(3000), 'a b', 'a;b', ',']) expect((await preflight(app, odd)).headers.get('access-control-allow-headers')).toBe(usual);
    const foreign = await preflight(app, 'x-a', 'https://elsewhere.example.com');
    expect([foreign.status, foreign.headers.get('access-control-allow-headers')]).toEqual([403, null]);
  });
});
