import { expect, it } from 'vitest';
import { createData, type Env, startApp, type TestApp } from '../support/app.ts';

const readiness = async ({ url }: TestApp) => {
  const answer = await fetch(new URL('/readyz', url));
  return [answer.status, (await answer.json()).missing];
};
const said = ({ logs }: TestApp) =>
  logs()
    .map((line) => JSON.parse(line).msg)
    .filter((message) => /on this database/.test(message));
const apart = 'other nodes on this database do not hear this one: REDIS_URL and REDIS_PREFIX have to be the same';

const strangers: [string, Env][] = [
  ['another REDIS_PREFIX', { REDIS_PREFIX: 'another:' }],
  ['no Redis', { REDIS_URL: undefined }],
];

it.each(strangers)('a node with %s beside others on one database is not ready, and the logs of all say why', async (_name, env) => {
  const data = await createData();
  const [one, other] = await Promise.all([startApp(data), startApp(data)]);
  const stranger = await startApp({ ...data, ...env });
  await expect.poll(() => readiness(stranger), { timeout: 20_000 }).toEqual([503, ['other nodes']]);
  for (const node of [one, other, stranger]) await expect.poll(() => said(node), { timeout: 20_000 }).toEqual([apart]);
  // Those that were there go on.
  for (const node of [one, other]) expect(await readiness(node)).toEqual([200, undefined]);
  await stranger.stop();
  for (const node of [one, other])
    await expect.poll(() => said(node), { timeout: 20_000 }).toEqual([apart, 'all nodes on this database hear each other again']);
});
