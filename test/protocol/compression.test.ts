import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { acceptedCodings, createCompress } from '../../src/server/http/compression.ts';
import { startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

/** An answer as it comes, not decoded. */
async function raw(query: string, headers: Readonly<Record<string, string>>, method = 'POST') {
  const path = method === 'POST' ? '/graphql' : `/graphql?query=${encodeURIComponent(query)}`;
  return await new Promise<{ status: number; headers: Readonly<Record<string, unknown>>; bytes: Buffer }>((resolve, reject) => {
    const asking = request({ port: new URL(app.url).port, host: '127.0.0.1', path, method, headers: { 'content-type': 'application/json', ...headers } });
    asking.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }));
    });
    asking.on('error', reject);
    asking.end(method === 'POST' ? JSON.stringify({ query }) : undefined);
  });
}

const long = `{ __type(name: "Message") { fields { name description type { name kind ofType { name kind } } } } }`;
const short = '{ serverInfo { name } }';

describe.each([
  ['the short way', 'application/json'],
  ['by Yoga', 'application/json; charset=utf-8'],
])('an answer made %s', (_way, accept) => {
  it('is coded as its reader asks, and the same in every form', async () => {
    const plain = await raw(long, { accept });
    expect([plain.headers['content-encoding'], plain.bytes.length > 1024]).toEqual([undefined, true]);
    for (const [asked, coding, decode] of [
      ['gzip', 'gzip', gunzipSync],
      ['br', 'br', brotliDecompressSync],
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip;q=1, br;q=0.5', 'gzip', gunzipSync],
      ['*', 'br', brotliDecompressSync],
      ['br;q=0, *', 'gzip', gunzipSync],
      ['X-GZIP', 'gzip', gunzipSync],
    ] as const) {
      const { headers, bytes, status } = await raw(long, { accept, 'accept-encoding': asked });
      expect([status, headers['content-encoding'], Number(headers['content-length'])], asked).toEqual([200, coding, bytes.length]);
      expect(String(headers.vary), asked).toContain('Accept-Encoding');
      expect(bytes.length, asked).toBeLessThan(plain.bytes.length / 2);
      expect(String(decode(bytes)), asked).toBe(String(plain.bytes));
      const byGet = await raw(long, { accept, 'accept-encoding': asked }, 'GET');
      expect(byGet.headers['content-encoding'], asked).toBe(coding);
    }
  });

  it('is plain where that is asked for, where it is short, and where nothing is said', async () => {
    for (const asked of ['identity', 'deflate', 'gzip;q=0', '*;q=0, identity', 'gzip;q=0.5, identity;q=1', ''])
      expect((await raw(long, { accept, 'accept-encoding': asked })).headers['content-encoding'], asked).toBeUndefined();
    const { headers, bytes } = await raw(short, { accept, 'accept-encoding': 'gzip' });
    expect([headers['content-encoding'], String(bytes)]).toEqual([undefined, '{"data":{"serverInfo":{"name":"Parley"}}}']);
    expect(String(headers.vary)).toContain('Accept-Encoding');
  });

  it('is coded however short where its reader takes nothing plain, and 406 where it takes nothing at all', async () => {
    const coded = await raw(short, { accept, 'accept-encoding': 'identity;q=0, gzip' });
    expect(JSON.parse(String(gunzipSync(coded.bytes)))).toHaveProperty('data');
    for (const asked of ['identity;q=0', '*;q=0', 'deflate, identity;q=0.0'])
      expect((await raw(short, { accept, 'accept-encoding': asked })).status, asked).toBe(406);
  });
});

it('reads strange headers as they are meant, and never fails', () => {
  for (const [header, coding, plain] of [
    [undefined, null, true],
    ['', null, true],
    [' , ;q=1, gzip', 'gzip', true],
    ['gzip;q=abc', 'gzip', true],
    ['gzip; q = 0.001', 'gzip', true],
    ['gzip;q=0.000', null, true],
    ['gzip;q=7', 'gzip', true],
    [`${'x,'.repeat(5000)}gzip`, null, true],
  ] as const)
    expect(acceptedCodings(header), String(header).slice(0, 30)).toEqual({ coding, plain });
});

it('takes no more than two threads: what comes meanwhile goes out plain, unless its reader takes nothing plain', async () => {
  const compress = createCompress();
  const answered = { status: 200, headers: {}, body: 'some text '.repeat(200_000) };
  const all = await Promise.all(Array.from({ length: 20 }, () => compress(answered, { coding: 'gzip', plain: true })));
  expect(all.filter(({ body }) => body !== answered.body)).toHaveLength(2);
  const only = await Promise.all(Array.from({ length: 5 }, () => compress(answered, { coding: 'gzip', plain: false })));
  expect(only.every(({ body }) => body !== answered.body)).toBe(true);
});
