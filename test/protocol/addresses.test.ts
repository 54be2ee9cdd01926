import { expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { loginAgain, type Person, registerUser } from '../support/people.ts';
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

it('may open so many sockets in a minute and is refused with 429 before the handshake from then on', async () => {
  const app = await startApp({ RATE_LIMITS: 'on', RATES: 'socketOfAddress=2/h', TRUSTED_PROXIES: '127.0.0.1' });
  for (let count = 0; count < 2; count += 1) await openRawSocket(app.socketUrl, { headers: header });
  await expect(openRawSocket(app.socketUrl, { headers: header })).rejects.toThrow('429');
  await openRawSocket(app.socketUrl, { headers: { 'x-forwarded-for': '203.0.113.78' } });
});

it('is not counted for sockets that have shown a good session', async () => {
  const app = await startApp({ RATE_LIMITS: 'on', RATES: 'socketOfAddress=1/h' });
  const person = await registerUser(app);
  for (let count = 0; count < 5; count += 1) await (await openRawSocket(app.socketUrl)).init({ token: person.token });
  await openRawSocket(app.socketUrl);
  for (let count = 0; count < 2; count += 1) await expect(openRawSocket(app.socketUrl)).rejects.toThrow('429');
});

it('may be one for many people: each of them opens so many sockets in a minute, and is closed with 1013 from then on', async () => {
  const app = await startApp({ RATE_LIMITS: 'on', RATES: 'socketOfUser=2/h' });
  const [one, other] = [await registerUser(app), await registerUser(app)];
  const init = async ({ token }: Person) => {
    const socket = await openRawSocket(app.socketUrl);
    socket.send({ type: 'connection_init', payload: { token } });
    return socket;
  };
  for (let count = 0; count < 2; count += 1) expect((await (await init(one)).next()).type).toBe('connection_ack');
  expect(await (await init(one)).closed()).toEqual({ code: 1013, reason: 'RATE_LIMITED' });
  expect((await (await init(other)).next()).type).toBe('connection_ack');
});

it('is counted for what is too often for one person: nobody connects on and on with one token', async () => {
  const app = await startApp({ RATE_LIMITS: 'on', RATES: 'socketOfUser=2/h, socketOfAddress=3/h' });
  const { token } = await registerUser(app);
  const ends: unknown[] = [];
  for (let count = 0; count < 5; count += 1) {
    const socket = await openRawSocket(app.socketUrl);
    socket.send({ type: 'connection_init', payload: { token } });
    if (count < 2) expect((await socket.next()).type).toBe('connection_ack');
    else ends.push(await socket.closed());
  }
  expect(ends).toEqual(Array.from({ length: 3 }, () => ({ code: 1013, reason: 'RATE_LIMITED' })));
  await expect(openRawSocket(app.socketUrl)).rejects.toThrow('429');
});

it('is counted for whoever comes with tokens that have ended as for one person, however many there are, and apart from the good ones', async () => {
  const app = await startApp({ RATE_LIMITS: 'on', RATES: 'socketOfUser=2/h', TOKEN_TTL_SECONDS: '2' });
  const before = await registerUser(app);
  const tokens = [before, await loginAgain(before), await loginAgain(before)].map(({ token }) => token);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  const ends: unknown[] = [];
  for (const token of tokens) {
    const socket = await openRawSocket(app.socketUrl);
    socket.send({ type: 'connection_init', payload: { token } });
    ends.push(await socket.closed());
  }
  const ended = { code: 4403, reason: 'TOKEN_EXPIRED' };
  expect(ends).toEqual([ended, ended, { code: 1013, reason: 'RATE_LIMITED' }]);
  await (await openRawSocket(app.socketUrl)).init({ token: (await loginAgain(before)).token });
});
