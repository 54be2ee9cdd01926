import { expect, inject, it } from 'vitest';
import { EventsDocument, LogoutDocument, PresenceDocument } from '../generated/graphql.ts';
import { createData, startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { loginAgain, registerTwo, sendText } from '../support/people.ts';

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
