import { createServer, get, request as openRequest, type RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openPage, textsSent } from '../clients/page.ts';
import { MeDocument, RegisterDocument } from '../generated/graphql.ts';
import { startNodes, type TestApp } from '../support/app.ts';
import { codesOf, executeHttp, present } from '../support/client.ts';
import { closeLater, within } from '../support/lifetime.ts';
import { missingPrograms, type ProxyName, proxyNames } from '../support/missing-programs.ts';
import { freshName, openChatset, registerUser, sendText } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { openReverseProxy } from '../support/reverse-proxy.ts';
import { openS3 } from '../support/s3.ts';
import { hasS3 } from '../support/s3-program.ts';
import { announce, listen } from '../support/uploads.ts';

const missing = missingPrograms();

async function behind(name: ProxyName, env: Readonly<Record<string, string>> = {}) {
  const nodes = await startNodes(2, env);
  const [one, other] = [present(nodes[0]), present(nodes[1])];
  const port = ({ url }: { readonly url: string }) => Number(new URL(url).port);
  const url = await openReverseProxy(name, [port(one), port(other)]);
  return { one, other, url, api: `${url}/graphql`, socketUrl: `${url.replace('http', 'ws')}/graphql` };
}

/** A proxy in front of something that answers in the place of both nodes. */
async function inFrontOf(name: ProxyName, answer: RequestListener): Promise<string> {
  const node = createServer((request, response) => (request.url === '/readyz' ? void response.end('{}') : answer(request, response)));
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
  closeLater(() => node.close());
  closeLater(() => node.closeAllConnections());
  const address = node.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return await openReverseProxy(name, [address.port, address.port]);
}

const piece = Buffer.alloc(65_536, 'x');
/** So many bytes, by and by. */
function* pieces(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, Math.min(left, piece.length));
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
        page.follow().catch(() => {});
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
    const url = await inFrontOf(name, (request, response) => {
      seen.push(request.headers['x-forwarded-for']);
      response.end('{}');
    });
    await (await fetch(`${url}/graphql`)).text();
    await (await fetch(`${url}/graphql`, { headers: { 'x-forwarded-for': '203.0.113.7' } })).text();
    expect(seen).toEqual(['127.0.0.1', '203.0.113.7, 127.0.0.1']);
  });

  it.skipIf(lacks).each(['a folder', ...(hasS3() ? ['S3'] : [])])(
    'takes files through whichever node is asked, and gives them, from %s that the nodes share',
    async (where) => {
      const s3 = where === 'S3' ? await openS3() : null;
      const { one, other, url } = await behind(
        name,
        s3 ? { S3_ENDPOINT: s3.endpoint, S3_BUCKET: s3.bucket, S3_KEY: s3.key, S3_SECRET: s3.secret, S3_REGION: s3.region } : {},
      );
      const person = await registerUser(one);
      const bytes = Buffer.concat([...pieces(600_000)]);
      for (const node of [one, other, one]) {
        const events = await listen(person.at(node));
        const announced = await announce(person.at(node), { kind: 'FILE', name: 'some.bin', size: bytes.length });
        const address = new URL(present(announced.uploadUrl), url).href;
        for (const [offset, end] of [
          [0, 300_000],
          [300_000, 600_000],
        ] as const) {
          const headers = { 'tus-resumable': '1.0.0', 'upload-offset': `${offset}`, 'content-type': 'application/offset+octet-stream' };
          expect((await fetch(address, { method: 'PATCH', headers, body: bytes.subarray(offset, end) })).status).toBe(204);
        }
        const { file } = await events.over(announced.id);
        const given = await fetch(new URL(present(file).url, url));
        expect(Buffer.compare(Buffer.from(await given.arrayBuffer()), bytes)).toBe(0);
        const part = await fetch(new URL(present(file).url, url), { headers: { range: 'bytes=599990-' } });
        expect([part.status, await part.text()]).toEqual([206, 'x'.repeat(10)]);
      }
    },
  );

  it.skipIf(lacks)('passes the bytes of the largest upload on as they come, and gathers nothing', async () => {
    const came = Promise.withResolvers<void>();
    const url = await inFrontOf(name, async (request, response) => {
      let bytes = 0;
      for await (const part of request) {
        bytes += part.length;
        came.resolve();
      }
      response.writeHead(204, { 'upload-offset': bytes }).end();
    });
    const size = Math.max(...Object.values(readConfig({}).files.bytes));
    const upload = openRequest(`${url}/uploads/x?e=1&s=2`, { method: 'PATCH', headers: { 'content-length': size, 'upload-offset': 0 } });
    const answered = new Promise<string>((resolve, reject) => {
      upload.once('response', ({ statusCode, headers }) => resolve(`${statusCode} ${headers['upload-offset']}`));
      upload.once('error', reject);
    });
    upload.write(piece);
    await within(came.promise, 5_000, () => 'the node is told nothing before all is there');
    await pipeline(Readable.from(pieces(size - piece.length)), upload);
    expect(await answered).toBe(`204 ${size}`);
  });

  it.skipIf(lacks)('keeps little of a large file for somebody who reads slowly, and gives it whole', async () => {
    const size = 256 * 1024 ** 2;
    let written = 0;
    const url = await inFrontOf(name, (_request, response) => {
      response.writeHead(200, { 'content-length': size });
      const counted = function* () {
        for (const part of pieces(size)) {
          written += part.length;
          yield part;
        }
      };
      pipeline(Readable.from(counted()), response).catch(() => {});
    });
    for (const path of ['/files/x/file?e=1&s=2', '/avatars/x']) {
      written = 0;
      const answer = await new Promise<Readable>((resolve) => get(url + path, resolve));
      let before = 0;
      const isStill = () => {
        const was = before;
        before = written;
        return was > 0 && was === written;
      };
      await expect.poll(isStill, { interval: 200, timeout: 20_000 }).toBe(true);
      expect(written).toBeLessThan(size / 4);
      let bytes = 0;
      for await (const { length } of answer) bytes += length;
      expect(bytes).toBe(size);
    }
  });

  it.skipIf(lacks)('is one caller with all its clients where it is not trusted, which the log says with what to set, and none where it is', async () => {
    const env = { RATE_LIMITS: 'on', RATES: 'register=1/h' };
    const register = async (api: string, address: string) => {
      const input = { username: freshName(), password: 'correct horse' };
      return codesOf(await executeHttp(api, RegisterDocument, { input }, { headers: { 'x-forwarded-for': address } }));
    };
    const said = (nodes: readonly TestApp[]) => nodes.flatMap((node) => node.logs().filter((line) => line.includes('TRUSTED_PROXIES')));
    const untrusted = await behind(name, env);
    expect(await register(untrusted.api, '203.0.113.1')).toEqual([]);
    expect(await register(untrusted.api, '203.0.113.2')).toEqual(['RATE_LIMITED']);
    expect(said([untrusted.one, untrusted.other]).length).toBeGreaterThan(0);
    const trusted = await behind(name, { ...env, TRUSTED_PROXIES: '127.0.0.1' });
    for (const address of ['203.0.113.1', '203.0.113.2']) expect(await register(trusted.api, address)).toEqual([]);
    expect(await register(trusted.api, '203.0.113.1')).toEqual(['RATE_LIMITED']);
    expect(said([trusted.one, trusted.other])).toEqual([]);
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
    const untilMore = async (count: number) => await expect.poll(() => answers.length, { timeout: 20_000 }).toBeGreaterThan(count);
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

it.skipIf(missing.includes('nginx'))('nginx refuses everywhere else what is larger than any request', async () => {
  const url = await inFrontOf('nginx', (request, response) => request.resume().on('end', () => response.end('{}')));
  const post = async (path: string, bytes: number) => (await fetch(url + path, { method: 'POST', body: Buffer.alloc(bytes) })).status;
  expect([await post('/graphql', 290_000), await post('/graphql', 400_000), await post('/files/x', 400_000)]).toEqual([200, 413, 413]);
  expect(await post('/uploads/x', 400_000)).toBe(200);
});
