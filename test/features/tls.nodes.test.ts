import type { Redis } from 'ioredis';
import type { Connection } from 'mysql2/promise';
import { beforeAll, expect, it } from 'vitest';
import { createDatabaseServer, createFolder, createRedisServer, type Server } from '../chaos/servers.ts';
import { RegisterDocument } from '../generated/graphql.ts';
import { createData, startApp } from '../support/app.ts';
import { makeCertificate } from '../support/certificate.ts';
import { codesOf, executeHttp } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { freshName } from '../support/people.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';
import { openProxy } from '../support/proxy.ts';

let certificate: string;
let database: Server<Connection>;
let redisPort: number;

beforeAll(async () => {
  const folders = [createFolder(), createFolder()] as const;
  for (const folder of folders) closeLater(folder.remove);
  const [{ path }, { path: other }] = folders;
  const made = makeCertificate(path);
  certificate = made.certificate;
  const { key } = made;
  database = await createDatabaseServer(path, [`--ssl-cert=${certificate}`, `--ssl-key=${key}`, '--require-secure-transport=ON']);
  closeLater(database.program.retire);
  redisPort = await freePort();
  const tls = ['--tls-port', `${redisPort}`, '--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no'];
  const redis: Server<Redis> = await createRedisServer(other, tls);
  closeLater(redis.program.retire);
  await Promise.all([database.start(), redis.start()]);
}, 60_000);

const hostOf = (url: string) => new URL(url).host;
const register = (url: string) => executeHttp(`${url}/graphql`, RegisterDocument, { input: { username: freshName(), password: 'correct horse' } });
const secret = { TOKEN_SECRET: 'a secret for tests, long enough for everybody', RATE_LIMITS: 'off' };

it('speaks to MariaDB and Redis over TLS, with the authorities of NODE_EXTRA_CA_CERTS, and leaves a server that falls silent', {
  timeout: 60_000,
}, async () => {
  const proxy = await openProxy(database.url);
  const server = await startProcess(await freePort(), {
    ...secret,
    DATABASE_URL: `mysqls://root@${hostOf(proxy.url)}/parley_tls`,
    REDIS_URL: `rediss://127.0.0.1:${redisPort}`,
    NODE_EXTRA_CA_CERTS: certificate,
    DATABASE_POOL: '2',
    DATABASE_TIMEOUT_SECONDS: '1',
  });
  expect(codesOf(await register(server.url))).toEqual([]);
  proxy.abandon();
  const answers = await Promise.all(Array.from({ length: 6 }, () => register(server.url)));
  expect(new Set(answers.flatMap(codesOf))).toEqual(new Set(['UNAVAILABLE']));
  // All places in the pool were held by connections on which nothing comes any more.
  await expect.poll(async () => codesOf(await register(server.url)), { timeout: 20_000 }).toEqual([]);
  expect(codesOf(await register(server.url))).toEqual([]);
});

it('believes nobody else’s certificate, and asks for the name that it connected to', async () => {
  const data = await createData();
  const url = (scheme: string, host: string, more = '') => `${scheme}://root@${host}:${new URL(database.url).port}/parley_tls${more}`;
  const refusal = (address: string) =>
    startApp({ ...data, DATABASE_URL: address }).then(
      () => 'it started',
      (error: Error) => error.message,
    );
  expect(await refusal(url('mysqls', '127.0.0.1'))).toMatch(/^The database mysqls:\/\/127\.0\.0\.1:\d+\/parley_tls cannot be used \(.*self-signed certificate/);
  expect(await refusal(url('mysql', '127.0.0.1', '?tls=on'))).toMatch(/self-signed certificate/);
  expect(await refusal(url('mysql', '127.0.0.1'))).toMatch(/insecure transport|Access denied/i);
  const started = async (address: string) => {
    const server = await startProcess(await freePort(), { ...secret, DATABASE_URL: address, NODE_EXTRA_CA_CERTS: certificate }).catch(
      (error: Error) => error.message,
    );
    return typeof server === 'string' ? server : 'it started';
  };
  expect(await started(url('mysqls', 'localhost'))).toMatch(/cannot be used \(.*(does not match|altnames)/);
  expect(await started(url('mysqls', 'localhost', '?tls=verify-ca'))).toBe('it started');
});
