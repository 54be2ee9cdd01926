import { expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { openRawSocket } from '../support/raw-socket.ts';

const header = { 'x-forwarded-for': '203.0.113.77' };
const warnings = (app: TestApp) => app.logs().filter((line) => line.includes('TRUSTED_PROXIES'));

async function ask(app: TestApp, headers: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(app.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{"query":"{ __typename }"}' });
  expect(response.status).toBe(200);
}

it('says what to set where a proxy is not trusted, once a minute, at both doors', async () => {
  const app = await startApp();
  await ask(app, {});
  expect(warnings(app)).toEqual([]);
  await ask(app, header);
  await ask(app, header);
  await openRawSocket(app.socketUrl, { headers: header });
  expect(warnings(app)).toHaveLength(1);

  const other = await startApp();
  await openRawSocket(other.socketUrl, { headers: header });
  expect(warnings(other)).toHaveLength(1);
  const [line = ''] = warnings(other);
  expect(JSON.parse(line)).toMatchObject({ level: 'warn', times: 1 });
});

it('says nothing where the proxy is trusted', async () => {
  const app = await startApp({ TRUSTED_PROXIES: '192.168.0.0/16, 127.0.0.1' });
  await ask(app, header);
  await openRawSocket(app.socketUrl, { headers: header });
  expect(warnings(app)).toEqual([]);
});

it('is in no line of the log', async () => {
  for (const trusted of ['', '127.0.0.0/8']) {
    const app = await startApp({ TRUSTED_PROXIES: trusted });
    await ask(app, header);
    await openRawSocket(app.socketUrl, { headers: header });
    await app.stop();
    const lines = app.logs().filter((line) => !line.includes('"msg":"listening"'));
    expect(lines.length).toBeGreaterThan(0);
    for (const address of ['203.0.113.77', '127.0.0.1']) expect(lines.join('')).not.toContain(address);
  }
});

it('is refused in the configuration where it is no network, or everybody', async () => {
  for (const wrong of ['proxy', '10.0.0.0/33', '0.0.0.0/0', '::/0']) await expect(startApp({ TRUSTED_PROXIES: wrong })).rejects.toThrow(/TRUSTED_PROXIES/);
});
