import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createFileLinks } from '../../src/features/files/file-links.service.ts';
import { createKeys } from '../../src/platform/keys.ts';
import { envOf, type FileApp, memoryInUse, startFileApp } from '../support/files.ts';
import { openS3 } from '../support/s3.ts';
import { hasS3 } from '../support/s3-program.ts';

let app: FileApp;
beforeAll(async () => {
  app = await startFileApp();
});

const digits = '0123456789';

const urlOf = (uuid: string, part: 'file' | 'thumbnail' = 'file', of = app) => of.base + of.links.file(uuid, part).url;

const get = (url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') => fetch(url, { method, headers, redirect: 'manual' });

/** A header as it stands in the answer, byte for byte. */
const rawHeader = (url: string, name: string) =>
  new Promise<string | undefined>((resolve, reject) => {
    request(url, (answer) => {
      answer.resume();
      const at = answer.rawHeaders.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
      resolve(answer.rawHeaders[at + 1]);
    })
      .on('error', reject)
      .end();
  });

describe('a file', () => {
  it('comes whole, with what keeps it from doing harm', async () => {
    const uuid = await app.put(digits);
    const answer = await get(urlOf(uuid));
    expect([answer.status, await answer.text()]).toEqual([200, digits]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
      'cache-control': 'private, no-cache',
      'content-disposition': 'inline; filename=picture.png',
      'content-length': '10',
      'content-security-policy': "sandbox; default-src 'none'",
      'content-type': 'image/png',
      'cross-origin-resource-policy': 'cross-origin',
      etag: `"${uuid}-file"`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers.has('set-cookie')).toBe(false);
  });

  it('tells by HEAD what it is, and gives nothing', async () => {
    const answer = await get(urlOf(await app.put(digits)), { range: 'bytes=0-1' }, 'HEAD');
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '10', '']);
  });

  it('comes in parts', async () => {
    const url = urlOf(await app.put(digits));
    for (const [range, status, body, said] of [
      ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
      ['bytes=7-', 206, '789', 'bytes 7-9/10'],
      ['bytes=-2', 206, '89', 'bytes 8-9/10'],
      ['bytes=-10', 206, digits, 'bytes 0-9/10'],
      ['bytes=-11', 206, digits, 'bytes 0-9/10'],
      ['bytes=-99999999999999999999', 206, digits, 'bytes 0-9/10'],
      ['bytes=9-99', 206, '9', 'bytes 9-9/10'],
      ['bytes=2-3,3-5', 206, '2345', 'bytes 2-5/10'],
      ['bytes=0-1,5-6', 200, digits, null],
      ['bytes=x', 200, digits, null],
      ['lines=0-1', 200, digits, null],
      ['lines=10-', 200, digits, null],
      ['bytes=5-3', 200, digits, null],
      ['bytes=0-1,5-3', 200, digits, null],
      [`bytes=${'0-1,'.repeat(100)}0-1`, 200, digits, null],
    ] as const) {
      const answer = await get(url, { range });
      expect([answer.status, await answer.text(), answer.headers.get('content-range')], range).toEqual([status, body, said]);
      expect(answer.headers.get('content-length'), range).toBe(String(body.length));
    }
    const beyond = await get(url, { range: 'bytes=10-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
  });

  it('comes in a part only of what the reader has, and not again where it has it', async () => {
    const uuid = await app.put(digits);
    const etag = `"${uuid}-file"`;
    for (const [headers, status] of [
      [{ range: 'bytes=0-1', 'if-range': etag }, 206],
      [{ range: 'bytes=0-1', 'if-range': '"another"' }, 200],
      [{ range: 'bytes=0-1', 'if-range': new Date().toUTCString() }, 200],
      [{ 'if-none-match': etag }, 304],
      [{ 'if-none-match': `"another", W/${etag}` }, 304],
      [{ 'if-none-match': '*' }, 304],
      [{ 'if-none-match': '"another"' }, 200],
      [{ range: 'bytes=0-1', 'if-none-match': etag }, 304],
    ] as const) {
      const answer = await get(urlOf(uuid), headers);
      expect(answer.status, JSON.stringify(headers)).toBe(status);
      expect(answer.headers.get('etag')).toBe(etag);
      await answer.arrayBuffer();
    }
  });

  it('is shown in a page only where nothing of it can run', async () => {
    const shown = [
      'image/png',
      'image/jpeg',
      'image/webp',
      'image/gif',
      'image/avif',
      'audio/mpeg',
      'audio/mp4',
      'audio/ogg',
      'audio/ogg; codecs=opus',
      'audio/wav',
      'video/mp4',
      'video/webm',
    ];
    for (const mime of shown) {
      const { headers } = await get(urlOf(await app.put(digits, { mime })), {}, 'HEAD');
      expect([headers.get('content-type'), headers.get('content-disposition')?.split(';')[0], headers.get('cross-origin-resource-policy')], mime).toEqual([
        mime,
        'inline',
        'cross-origin',
      ]);
    }
    for (const mime of ['text/html', 'image/svg+xml', 'application/xml', 'application/pdf', 'application/zip', 'text/javascript', 'image/png2', '']) {
      const { headers } = await get(urlOf(await app.put(digits, { mime, name: 'page.html' })), {}, 'HEAD');
      expect([headers.get('content-type'), headers.get('content-disposition'), headers.get('cross-origin-resource-policy')], mime).toEqual([
        'application/octet-stream',
        'attachment; filename=page.html',
        'same-origin',
      ]);
    }
  });

  it('has its name in every alphabet, and nothing that a name can say about the answer', async () => {
    for (const [name, disposition] of [
      ['报告.pdf', 'attachment; filename="??.pdf"; filename*=UTF-8\'\'%E6%8A%A5%E5%91%8A.pdf'],
      ['a b".txt', 'attachment; filename="a b\\".txt"'],
      ['é.txt', 'attachment; filename="?.txt"; filename*=UTF-8\'\'%C3%A9.txt'],
      ['../../etc/passwd', 'attachment; filename=.._.._etc_passwd'],
      ['C:\\windows\\x', 'attachment; filename="C:_windows_x"'],
      ['x\r\nSet-Cookie: a=b', 'attachment; filename="x  Set-Cookie: a=b"'],
      ['gnp.\u202Eexe', 'attachment; filename=gnp.exe'],
      ['a\0b', 'attachment; filename="a b"'],
      ['%41.txt', "attachment; filename=%41.txt; filename*=UTF-8''%2541.txt"],
      ['\ud800', 'attachment; filename="?"; filename*=UTF-8\'\'%EF%BF%BD'],
      ['x; filename=y', 'attachment; filename="x; filename=y"'],
    ] as const) {
      const uuid = await app.put(digits, { name, mime: 'application/pdf' });
      expect(await rawHeader(urlOf(uuid), 'content-disposition'), name).toBe(disposition);
    }
    const long = await app.put(digits, { name: '名'.repeat(255) });
    expect((await get(urlOf(long))).status).toBe(200);
  });

  it('has a thumbnail where there is one', async () => {
    const [without, having] = [await app.put(digits), await app.put(digits, { hasThumbnail: 1, mime: 'video/mp4' })];
    expect((await get(urlOf(without, 'thumbnail'))).status).toBe(404);
    const answer = await get(urlOf(having, 'thumbnail'));
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('etag')]).toEqual([200, 'image/webp', `"${having}-thumbnail"`]);
    expect((await get(app.base + app.links.file(having, 'file').url.replace('/file?', '/thumbnail?'))).status).toBe(403);
  });

  it('may be read by any page, which is told so', async () => {
    const url = urlOf(await app.put(digits));
    const preflight = await get(url, { origin: 'https://anywhere.example', 'access-control-request-headers': 'range' }, 'OPTIONS');
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Range');
    const answer = await get(url, { origin: 'https://anywhere.example' });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    expect(answer.headers.get('access-control-expose-headers')).toContain('Content-Range');
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) expect((await get(url, {}, method)).status, method).toBe(405);
  });

  it('comes inside the process, without the port', async () => {
    const answer = await app.app.app.fetch(new Request(urlOf(await app.put(digits)), { headers: { range: 'bytes=1-2' } }));
    expect([answer.status, await answer.text()]).toEqual([206, '12']);
  });
});

describe('the right to a file', () => {
  it('is a signature for it, for one to two hours', async () => {
    const [uuid, other] = [await app.put(digits), await app.put(digits)];
    const link = app.links.file(uuid, 'file');
    const hours = (link.expiresAt - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(1);
    expect(hours).toBeLessThanOrEqual(2);
    expect(app.links.file(uuid, 'file')).toEqual(link);
    const at = (ms: number, secret = app.app.env.TOKEN_SECRET ?? '') => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
      try {
        return app.base + createFileLinks(createKeys(secret), null).file(uuid, 'file').url;
      } finally {
        vi.useRealTimers();
      }
    };
    expect((await get(at(-3_500_000))).status).toBe(200);
    for (const url of [
      at(-2 * 3_600_000),
      at(-86_400_000),
      at(0, 'another secret, long enough for everybody'),
      app.base + link.url.replace(uuid, other),
      app.base + link.url.replace(/e=(\d+)/, (_, hour) => `e=${Number(hour) + 1}`),
      `${app.base}/files/${uuid}/file`,
      `${app.base}/files/${uuid}/file?e=&s=`,
      app.base +
        app.links
          .upload({ uuid, expiresAt: Date.now() + 60_000 })
          .replace('/uploads/', '/files/')
          .replace('?', '/file?'),
    ])
      expect((await get(url)).status, url).toBe(403);
  });

  it('ends at once with the file, and is asked for with each request', async () => {
    const uuid = await app.put(digits);
    const url = urlOf(uuid);
    expect((await get(url)).status).toBe(200);
    const row = app.files.ready.get(uuid);
    app.files.ready.delete(uuid);
    for (const [name, value] of [
      ['range', 'bytes=0-1'],
      ['if-none-match', `"${uuid}-file"`],
      ['accept', '*/*'],
    ] as const)
      expect((await get(url, { [name]: value })).status, name).toBe(404);
    if (row) app.files.ready.set(uuid, row);
    await app.store.remove(`files/${uuid}/file`);
    expect((await get(url)).status).toBe(404);
  });

  it('leads to nothing else', async () => {
    const uuid = await app.put(digits);
    const { search } = new URL(urlOf(uuid));
    for (const path of [
      '/files/',
      `/files/${uuid}`,
      `/files/${uuid}/original`,
      `/files/${uuid}/file/`,
      `/files/${uuid}/file/x`,
      `/files/..%2f${uuid}/file`,
      '/files/x/file',
      '/avatars/x',
      `/avatars/${'0'.repeat(33)}`,
    ])
      expect((await get(app.base + path + search)).status, path).toBe(404);
  });
});

describe('an address', () => {
  const keys = createKeys('a secret for tests, long enough for everybody');

  it('begins with what PUBLIC_URL says, and else with a slash', () => {
    expect(createFileLinks(keys, null).avatar('a')).toBe('/avatars/a');
    expect(createFileLinks(keys, 'https://chat.example.com/x').upload({ uuid: 'u', expiresAt: 1 })).toMatch(
      /^https:\/\/chat\.example\.com\/x\/uploads\/u\?e=1&s=[\w-]{43}$/,
    );
  });
});

describe('an avatar', () => {
  it('is there for everybody, for ever', async () => {
    const key = randomBytes(16).toString('hex');
    const uuid = await app.put(digits, { hasThumbnail: 1 });
    const row = app.files.ready.get(uuid);
    if (row) app.files.avatars.set(key, row);
    const answer = await get(app.base + app.links.avatar(key));
    expect([answer.status, await answer.text(), answer.headers.get('cache-control')]).toEqual([200, digits, 'public, max-age=31536000, immutable']);
    expect(answer.headers.get('content-type')).toBe('image/webp');
    app.files.avatars.clear();
    expect((await get(app.base + app.links.avatar(key))).status).toBe(404);
  });
});

describe('a large file', () => {
  const size = 30_000_000;
  const bytes = randomBytes(size);
  const hash = createHash('sha256').update(bytes).digest('hex');

  /** Asks for a file and reads nothing yet. */
  const ask = async (url: string) => {
    const { hostname, port, pathname, search } = new URL(url);
    const socket = connect(Number(port), hostname).pause();
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    return socket;
  };

  it('comes whole to a slow reader, and costs no memory for it', async () => {
    const uuid = await app.put(bytes);
    const before = memoryInUse();
    const socket = await ask(urlOf(uuid));
    const sum = createHash('sha256');
    const portion = 3_000_000;
    let most = 0;
    let came = 0;
    let header = '';
    for await (const chunk of socket) {
      let data: Buffer = chunk;
      if (!header.includes('\r\n\r\n')) {
        header += data.toString('latin1');
        const end = header.indexOf('\r\n\r\n');
        if (end < 0) continue;
        data = Buffer.from(header.slice(end + 4), 'latin1');
      }
      sum.update(data);
      came += data.length;
      if (Math.floor(came / portion) === Math.floor((came - data.length) / portion)) continue;
      await new Promise(setImmediate);
      most = Math.max(most, memoryInUse() - before);
    }
    expect([came, sum.digest('hex')]).toEqual([size, hash]);
    expect(most).toBeLessThan(size / 2);
  });

  it('counts as what waits of it, however much of it was read: it comes whole where less may wait than it has', async () => {
    const narrow = await startFileApp({ UNREAD_BYTES: '1048576' });
    const uuid = await narrow.put(bytes);
    const socket = await ask(urlOf(uuid, 'file', narrow));
    let came = 0;
    for await (const chunk of socket) came += chunk.length;
    expect(came).toBeGreaterThan(size);
  });

  it('keeps nobody else waiting while it is not read, and is cut off when it is not for too long', async () => {
    const impatient = await startFileApp({ FILE_STALL_SECONDS: '1', ANSWER_STALL_SECONDS: '1' });
    const uuid = await impatient.put(bytes);
    const stalled = await Promise.all(Array.from({ length: 20 }, () => ask(urlOf(uuid, 'file', impatient))));
    const began = performance.now();
    expect((await fetch(`${impatient.base}/healthz`)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(1_000);
    await vi.waitFor(() => expect(impatient.app.logs().filter((line) => line.includes('took nothing for too long'))).toHaveLength(20), 20_000);
    for (const socket of stalled) socket.destroy();
  });
});

it('is nothing of which anybody was told where there is no such file', async () => {
  const uuid = randomUUID();
  const answer = await get(urlOf(uuid));
  expect([answer.status, await answer.json()]).toEqual([404, { error: 'There is no such file' }]);
});

describe.skipIf(!hasS3())('a file in S3', () => {
  it('is judged here, and comes from there', async () => {
    const s3 = await openS3();
    const there = await startFileApp(envOf(s3));
    const uuid = await there.put(digits, { name: '报告.pdf', mime: 'application/pdf' });
    const url = urlOf(uuid, 'file', there);
    const answer = await get(url, { origin: 'https://anywhere.example' });
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('access-control-allow-origin')]).toEqual([302, 'no-store', '*']);
    const link = answer.headers.get('location') ?? '';
    expect(new URL(link).searchParams.get('X-Amz-Expires')).toBe('300');
    const bytes = await get(link, { range: 'bytes=2-4' });
    expect([bytes.status, await bytes.text()]).toEqual([206, '234']);
    expect(bytes.headers.get('content-disposition')).toBe('attachment; filename="??.pdf"; filename*=UTF-8\'\'%E6%8A%A5%E5%91%8A.pdf');
    expect([bytes.headers.get('content-type'), bytes.headers.get('cache-control')]).toEqual(['application/octet-stream', 'private, no-cache']);
    expect((await get(url, { 'if-none-match': `"${uuid}-file"` })).status).toBe(304);
    // What S3 signs is good for GET only, so this is answered here.
    const told = await get(url, {}, 'HEAD');
    expect([told.status, told.headers.get('content-length'), told.headers.get('content-type')]).toEqual([200, '10', 'application/octet-stream']);
    there.files.ready.delete(uuid);
    expect((await get(url)).status).toBe(404);
    expect((await get(url.replace(/s=./, 's=_'))).status).toBe(403);
  });

  it('is none where the bucket cannot be used: the server does not start', async () => {
    const s3 = await openS3();
    await expect(startFileApp({ ...envOf(s3), S3_SECRET: 'wrong' })).rejects.toThrow(/^The bucket parley cannot be used \(/);
  });
});
