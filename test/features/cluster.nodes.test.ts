import { expect, inject, it } from 'vitest';
import { EventsDocument, LogoutDocument, PresenceDocument, PresenceOfDocument } from '../generated/graphql.ts';
import { createData, type Env, startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { idsOf, openTables } from '../support/groups.ts';
import { closeLater } from '../support/lifetime.ts';
import { loginAgain, registerTwo, sendText } from '../support/people.ts';
import { startRedisCluster } from '../support/private-services.ts';

it('two nodes on a Redis Cluster: bells, presence and the end of a session go from one to the other', async () => {
  // So rarely compared that only bells can bring what is expected here.
  const env = { ...(await createData()), REDIS_URL: present(inject('redisClusterUrl')), COMPARE_MILLISECONDS: '60000', SESSION_CHECK_SECONDS: '60' };
  const here = await startApp(env);
  const there = await startApp(env);
  const [sender, reader] = await registerTwo(here);
  const device = await loginAgain(reader, 'phone', there);
  const socket = device.socket();
  const events = socket.subscribe(EventsDocument, {});
  await events.until(({ events: { __typename } }) => __typename === 'CaughtUp');
  const began = performance.now();
  const sent = await sendText(sender, reader.user.id, 'over the cluster');
  const isIt = (data: Awaited<ReturnType<typeof events.next>>) => data.events.__typename === 'MessageSent' && data.events.message.id === sent.id;
  await events.until(isIt, 'the message');
  expect(performance.now() - began).toBeLessThan(1000);

  const presence = reader.socket().subscribe(PresenceDocument, { userIds: [reader.user.id] });
  expect((await presence.next()).presence.presence).toBe('ONLINE');

  const ended = performance.now();
  await device.at(here).ask(LogoutDocument, {});
  expect(await socket.closed()).toEqual({ code: 4401, reason: 'TOKEN_INVALID' });
  expect(performance.now() - ended).toBeLessThan(1000);
  const ready = await fetch(new URL('/readyz', there.url));
  expect(ready.status).toBe(200);
});

it('a replica of a Redis Cluster that takes the place of its master: nothing is lost, and bells and presence are right again', {
  timeout: 90_000,
}, async () => {
  const cluster = await startRedisCluster({ replicas: true });
  closeLater(cluster.stop);
  // Rarely compared: what comes at once after the change came by a bell.
  const env: Env = { ...(await createData()), REDIS_URL: cluster.url, COMPARE_MILLISECONDS: '60000' };
  const here = await startApp(env);
  const there = await startApp(env);
  const [sender, reader] = await registerTwo(here);
  const [readerId] = await idsOf(await openTables(here), [reader.user]);
  const events = reader.at(there).socket().subscribe(EventsDocument, {});
  await events.until(({ events: { __typename } }) => __typename === 'CaughtUp');
  const received = () => events.all().flatMap(({ data }) => (data?.events.__typename === 'MessageSent' ? [data.events.message.content?.text] : []));
  const sent: string[] = [];
  const send = async () => {
    const text = `message ${sent.length}`;
    await sendText(sender, reader.user.id, text);
    sent.push(text);
    return text;
  };
  await cluster.killMasterOf(`${env.REDIS_PREFIX}user:${readerId}`);
  for (let count = 0; count < 5; count += 1) await send();
  await expect
    .poll(
      async () => {
        const text = await send();
        await expect.poll(received, { timeout: 500, interval: 20 }).toContain(text);
        return true;
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  await expect.poll(received, { timeout: 20_000 }).toEqual(sent);
  await expect.poll(async () => (await reader.ask(PresenceOfDocument, { uuid: reader.user.uuid })).userInfo?.presence, { timeout: 20_000 }).toBe('ONLINE');
  for (const node of [here, there]) await expect.poll(async () => (await fetch(new URL('/readyz', node.url))).status, { timeout: 20_000 }).toBe(200);
});
