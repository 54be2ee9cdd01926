import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { EventsDocument, type EventsSubscription, SendMessageDocument } from '../generated/graphql.ts';
import { createData, startApp, type TestApp } from '../support/app.ts';
import { openBalancer } from '../support/balancer.ts';
import { dataOf, executeHttp, present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { type Person, registerVisitor } from '../support/people.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';

// By hand with more: PARLEY_STORM=2000.
const count = Number(process.env.PARLEY_STORM ?? 200);

/** Follows the events of a person and comes back at once, without any pause. */
function follow(url: string, person: Person) {
  const texts: { readonly text: string; readonly at: number }[] = [];
  let cursor: string | null = null;
  let backAt = 0;
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 1000,
    shouldRetry: () => true,
    retryWait: () => sleep(20),
    connectionParams: () => ({ token: person.token, cursor }),
  });
  client.subscribe<EventsSubscription>(
    { query: print(EventsDocument), variables: {} },
    {
      next({ data }) {
        if (!data) return;
        if (data.events.__typename === 'MessageSent') texts.push({ text: data.events.message.content?.text ?? '', at: performance.now() });
        if (data.events.__typename === 'CaughtUp') backAt = performance.now();
        cursor = data.events.cursor;
      },
      error: () => {},
      complete: () => {},
    },
  );
  closeLater(() => client.dispose());
  return { texts, isLive: () => cursor !== null, backAt: () => backAt };
}

async function inParts<T>(items: readonly T[], size: number, work: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += size) await Promise.all(items.slice(start, start + size).map(work));
}

const open = { sendCount: 2, needFollow: false };

it(`${count} clients of a killed node come back at once: nothing is lost, and nobody else waits long for a message`, {
  timeout: 120_000 + count * 100,
}, async () => {
  const chatset = JSON.stringify({ visitor: open, user: open });
  const env = { ...(await createData()), TOKEN_SECRET: 'a secret for tests, long enough for everybody', DEFAULT_CHATSET: chatset };
  const ports = [await freePort(), await freePort()];
  const dies = await startProcess(present(ports[0]), env);
  const stays = await startProcess(present(ports[1]), env);
  // What is sent goes over the node that all come to, and not over this process, which is busy with being so many clients.
  const url = `${stays.url}/graphql`;
  const execute: TestApp['execute'] = (document, variables, caller) => executeHttp(url, document, variables, caller);
  const makers: TestApp = { ...(await startApp(env)), execute, ask: async (document, variables, caller) => dataOf(await execute(document, variables, caller)) };
  const balancer = await openBalancer(ports, 'order');
  const people: Person[] = [];
  await inParts(Array.from({ length: count }), 10, async () => {
    people.push(await registerVisitor(makers));
  });
  const [sender, bystander] = [await registerVisitor(makers), await registerVisitor(makers)];
  const clients = people.map((person) => follow(balancer.socketUrl, person));
  const other = follow(`${stays.url.replace('http', 'ws')}/graphql`, bystander);
  await expect.poll(() => [...clients, other].every(({ isLive }) => isLive()), { timeout: 40_000 + count * 20 }).toBe(true);

  const sent = async (to: Person, text: string) => {
    const input = { to: to.user.id, clientId: randomUUID(), content: { text } };
    while (!(await sender.execute(SendMessageDocument, { input })).data?.sendMessage) await sleep(20);
  };

  /** How long the bystander, whose node is the one that all come to, waits for each message. */
  const waits: number[] = [];
  let watching = true;
  const watch = async () => {
    for (let index = 0; watching; index += 1) {
      const sentAt = performance.now();
      await sent(bystander, `${index}`);
      await expect.poll(() => other.texts.length, { timeout: 20_000, interval: 5 }).toBe(index + 1);
      waits.push(present(other.texts[index]).at - sentAt);
      await sleep(20);
    }
  };
  const watched = watch();
  await sleep(1_000);
  const calm = Math.max(...waits);
  const before = waits.length;

  const began = performance.now();
  dies.kill('SIGKILL');
  // Something to catch up with, for everybody, while they come.
  await inParts(people, 10, (person) => sent(person, 'meanwhile'));
  await expect.poll(() => clients.every(({ texts, backAt }) => texts.length === 1 && backAt() > began), { timeout: 40_000 + count * 20 }).toBe(true);
  const back = Math.max(...clients.map(({ backAt }) => backAt())) - began;
  watching = false;
  await watched;
  const longest = Math.max(...waits.slice(before));
  if (process.env.PARLEY_STORM)
    console.log(JSON.stringify({ count, allBackMs: Math.round(back), calmMs: Math.round(calm), longestWaitMs: Math.round(longest), messages: waits.length }));
  expect(new Set(clients.flatMap(({ texts }) => texts.map(({ text }) => text)))).toEqual(new Set(['meanwhile']));
  // One second is what is wanted, and what a machine of its own shows; one that runs other tests at the same time is given more.
  expect(longest).toBeLessThan(8_000);
});
