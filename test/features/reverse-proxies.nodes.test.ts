import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { describe, expect, it } from 'vitest';
import { openPage, textsSent } from '../clients/page.ts';
import { follow } from '../clients/socket.ts';
import { MeDocument } from '../generated/graphql.ts';
import { startNodes } from '../support/app.ts';
import { executeHttp, present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { missingProxies, type ProxyName, proxyNames } from '../support/missing-proxies.ts';
import { openChatset, registerUser, sendText } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { openReverseProxy } from '../support/reverse-proxy.ts';

const missing = missingProxies();

async function behind(name: ProxyName, env: Readonly<Record<string, string>> = {}) {
  const nodes = await startNodes(2, env);
  const [one, other] = [present(nodes[0]), present(nodes[1])];
  const port = ({ url }: { readonly url: string }) => Number(new URL(url).port);
  const url = await openReverseProxy(name, [port(one), port(other)]);
  return { one, other, url, api: `${url}/graphql`, socketUrl: `${url.replace('http', 'ws')}/graphql` };
}

describe.each(proxyNames)('%s with its file in deploy/', (name) => {
  const lacks = missing.includes(name);

  it.skipIf(lacks)('passes GraphQL over HTTP and sockets to either node, and answers for itself at /healthz', async () => {
    const { one, other, url, api } = await behind(name);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const [ann, bob] = [await registerUser(one), await registerUser(other)];
    await openChatset(bob);
    for (let count = 0; count < 4; count += 1) expect((await executeHttp(api, MeDocument, {}, { token: ann.token })).data?.viewer?.user.id).toBe(ann.user.id);
    const byGet = new URL(`?query=${encodeURIComponent(print(MeDocument))}`, api);
    expect(await (await fetch(byGet, { headers: { authorization: `Bearer ${ann.token}` } })).json()).toMatchObject({ data: { viewer: {} } });
    const large = await fetch(api, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ serverInfo { name } }', variables: { x: 'x'.repeat(250_000) } }),
    });
    expect(large.status).toBe(200);
    const pages = await Promise.all(
      [0, 1, 2, 3].map(async () => {
        const page = openPage(bob, { at: url });
        await page.start();
        follow(page.socket, page.place, (event) => page.events.push(event)).catch(() => {});
        await page.events.until(({ __typename }) => __typename === 'CaughtUp');
        return page;
      }),
    );
    await sendText(ann, bob.user.id, 'through the proxy');
    for (const page of pages) {
      await page.events.until(({ __typename }) => __typename === 'MessageSent');
      expect(textsSent(page.events.all())).toEqual(['through the proxy']);
    }
  });

  it.skipIf(lacks)('tells the address of who asks, behind whatever the caller says of it', async () => {
    const seen: unknown[] = [];
    const node = createServer((request, response) => {
      if (request.url !== '/readyz') seen.push(request.headers['x-forwarded-for']);
      response.end('{}');
    });
    await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
    closeLater(() => node.close());
    closeLater(() => node.closeAllConnections());
    const address = node.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const url = await openReverseProxy(name, [address.port, address.port]);
    await (await fetch(`${url}/graphql`)).text();
    await (await fetch(`${url}/graphql`, { headers: { 'x-forwarded-for': '203.0.113.7' } })).text();
    expect(seen).toEqual(['127.0.0.1', '203.0.113.7, 127.0.0.1']);
  });

  it.skipIf(lacks)('sends no request and no new socket into an error while a node stops, and none when it is gone', { timeout: 60_000 }, async () => {
    const { one, other, api, socketUrl } = await behind(name, { DRAIN_SECONDS: '1.5', SHUTDOWN_SECONDS: '4' });
    const person = await registerUser(other);
    const answers: string[] = [];
    let isOver = false;
    const asking = Promise.all(
      [0, 1, 2].map(async () => {
        while (!isOver) {
          const answer = await executeHttp(api, MeDocument, {}, { token: person.token }).catch((error: unknown) => ({ data: null, error }));
          answers.push(answer.data?.viewer?.user.id ?? JSON.stringify(answer));
          await sleep(20);
        }
      }),
    );
    const opening = (async () => {
      while (!isOver) {
        const socket = await openRawSocket(socketUrl);
        // One that was let in right before the node was told to stop is closed as those before it.
        const how = await socket.init({ token: person.token }).then(
          () => person.user.id,
          (error: Error) => (error.message.includes('closed with 1001') ? person.user.id : error.message),
        );
        answers.push(how);
        socket.socket.terminate();
        await sleep(50);
      }
    })();
    const untilMore = async (count: number) => await expect.poll(() => answers.length, { timeout: 15_000 }).toBeGreaterThan(count);
    await untilMore(20);
    const before = answers.length;
    await one.stop();
    await untilMore(before + 20);
    await untilMore(answers.length + 20);
    isOver = true;
    await Promise.all([asking, opening]);
    expect(answers.filter((answer) => answer !== person.user.id)).toEqual([]);
  });
});
