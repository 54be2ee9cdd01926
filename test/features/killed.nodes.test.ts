import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { expect, it } from 'vitest';
import { openPage, textsSent } from '../clients/page.ts';
import { MeDocument, PresenceDocument, PresenceOfDocument, RefreshSessionDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { openBalancer } from '../support/balancer.ts';
import { present } from '../support/client.ts';
import { adminEnv, loginAdmin, openChatset, registerAgent, registerUser, sendText } from '../support/people.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';
import { openSocket } from '../support/socket.ts';

it('a node that is killed (kill -9): its streams go on at another node with nothing lost, its people are offline when their leases end', {
  timeout: 90_000,
}, async () => {
  const lease = { PRESENCE_LEASE_SECONDS: '3', PRESENCE_RENEW_SECONDS: '1', PRESENCE_GRACE_SECONDS: '0.5' };
  const near = await startApp({ ...adminEnv, ...lease });
  const port = await freePort();
  const node = await startProcess(port, near.env);
  const balancer = await openBalancer([port, Number(new URL(near.url).port)], 'order');
  const [sender, reader, agent] = await Promise.all([registerUser(near), registerUser(near), registerAgent(await loginAdmin(near))]);
  await openChatset(reader);
  const page = openPage(reader, { at: balancer.url });
  await page.start();
  page.follow().catch(() => {});
  await page.events.until(({ __typename }) => __typename === 'CaughtUp');
  await openSocket(`${node.url.replace('http', 'ws')}/graphql`, { token: agent.token }).connected();
  const presence = sender.socket().subscribe(PresenceDocument, { userIds: [agent.user.id] });
  await presence.until((data) => data.presence.presence === 'ONLINE');

  const sent: string[] = [];
  const send = async (text: string) => {
    await sendText(sender, reader.user.id, text);
    sent.push(text);
  };
  for (let count = 0; count < 3; count += 1) await send(`before ${count}`);
  let isAway = true;
  const sending = (async () => {
    for (let count = 0; isAway; count += 1) await send(`meanwhile ${count}`);
  })();
  node.kill('SIGKILL');
  const killed = performance.now();
  const offline = presence.until((data) => data.presence.presence === 'OFFLINE', 'OFFLINE').then(() => performance.now() - killed);
  expect(await node.exit).toBeNull();
  await page.closed.next();
  await page.events.until(({ __typename }) => __typename === 'CaughtUp' || __typename === 'MessageSent', 'a stream of the other node');
  isAway = false;
  await sending;
  await send('after');
  await expect.poll(() => textsSent(page.events.all()).at(-1), { timeout: 20_000 }).toBe('after');
  expect(textsSent(page.events.all())).toEqual(sent);

  // Lease and grace, and as much again for a busy machine.
  expect(await offline).toBeLessThan(7_000);
  expect(presence.all().map(({ data }) => data?.presence.presence)).toEqual(['ONLINE', 'OFFLINE']);
  expect((await sender.ask(PresenceOfDocument, { uuid: agent.user.uuid })).userInfo?.presence).toBe('OFFLINE');
});

it('a node that was frozen does not end a session for a refresh that was given up there and made on another node meanwhile', { timeout: 90_000 }, async () => {
  const near = await startApp({ REFRESH_REUSE_SECONDS: '0.3', LOG_LEVEL: 'debug' });
  const node = await startProcess(await freePort(), near.env);
  const person = await registerUser(near);
  const { refreshToken } = person;
  const body = JSON.stringify({ query: print(RefreshSessionDocument), variables: { refreshToken } });
  const ask = (path: string, init: RequestInit = {}) => fetch(new URL(path, node.url), { ...init, signal: AbortSignal.timeout(500) });
  const isAwake = () =>
    ask('/healthz').then(
      () => true,
      () => false,
    );
  node.kill('SIGSTOP');
  await expect.poll(isAwake).toBe(false);
  await expect(ask('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).rejects.toThrow('timeout');
  const next = present((await near.ask(RefreshSessionDocument, { refreshToken })).refreshSession);
  await sleep(400);
  node.kill('SIGCONT');
  // The one request for /graphql that it ever got.
  await expect.poll(node.said, { timeout: 20_000 }).toContain('"path":"/graphql"');
  expect((await near.ask(MeDocument, {}, { token: next.token })).viewer?.user.id).toBe(person.user.id);
  await near.ask(RefreshSessionDocument, { refreshToken: next.refreshToken });
});
