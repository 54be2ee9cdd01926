import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createData } from '../support/app.ts';
import { closeLater } from '../support/lifetime.ts';
import { openRawSocket } from '../support/raw-socket.ts';

function recorder() {
  const lines: string[] = [];
  return { lines, logger: createLogger('trace', { write: (line) => void lines.push(line) }) };
}

it('holds no token, no password and no text of a message, at any level', async () => {
  const { lines, logger } = recorder();
  const app = await createApp(readConfig({ ...(await createData()), PORT: '0', TOKEN_SECRET: 'the-secret-of-the-server-itself-1234' }), { logger });
  closeLater(() => app.stop());
  const post = async (query: string, variables: object, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const response = await fetch(`${app.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return (await response.json()).data;
  };
  const register = 'mutation ($input: RegisterInput!) { register(input: $input) { token refreshToken user { id } } }';
  const deviceId = randomUUID();
  const ann = (await post(register, { input: { username: 'log_ann', password: 'the-password-of-ann', deviceId } })).register;
  const bob = (await post(register, { input: { username: 'log_bob', password: 'the-password-of-bob' } })).register;
  await post('mutation { updateChatset(input: { user: { sendCount: 2, needFollow: false } }) { id } }', {}, ann.token);
  const content = { text: 'the-text-of-a-message' };
  await post(
    'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }',
    { input: { to: ann.user.id, clientId: randomUUID(), content } },
    bob.token,
  );
  await post('mutation { login(input: { username: "log_ann", password: "the-wrong-password" }) { token } }', {});
  await post('mutation { login(input: { username: "log_ann", password: "the-broken-password" }) { nothing } }', {});
  await post('{ viewer { id } }', {}, `${ann.token}x`);
  const socket = await openRawSocket(`${app.url.replace('http', 'ws')}/graphql`);
  await socket.init({ token: ann.token });
  socket.send('{"password":"the-password-in-a-broken-frame"');
  await socket.closed();
  await app.stop();

  const all = lines.join('');
  expect(all).toContain('"msg":"request"');
  for (const secret of [ann.token, ann.refreshToken, bob.token, deviceId, 'the-password', 'the-wrong', 'the-broken', 'the-text', 'the-secret'])
    expect(all, secret).not.toContain(secret);
});

it('reduces errors to what an operator needs', () => {
  const { lines, logger } = recorder();
  const fromDriver = Object.assign(new Error("Duplicate entry 'the-name' for key 'user.username'"), {
    code: 'ER_DUP_ENTRY',
    sql: "insert into user values ('the-name')",
  });
  logger.error({ err: new Error('could not write', { cause: fromDriver }), input: { content: { text: 'the-text' } }, token: 'the-token' }, 'failed');
  logger.error({ err: Object.assign(new AppError('INTERNAL'), { variables: { password: 'the-password' } }) }, 'failed');
  const [line = ''] = lines;
  expect(JSON.parse(line)).toMatchObject({ level: 'error', msg: 'failed', err: { message: 'could not write', cause: { code: 'ER_DUP_ENTRY' } }, input: {} });
  for (const secret of ['the-name', 'the-text', 'the-token', 'the-password']) expect(lines.join(''), secret).not.toContain(secret);
});
