import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPages, fileOriginsOf, pageRoutes } from '../../src/server/http/pages.ts';
import { filesIn, readText } from '../house/sources.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { emptyFolder } from '../support/operator.ts';

const index = '<!doctype html><title>The page</title><script type="module" src="/assets/index-abc.js"></script>';
const script = `export const much = '${'text '.repeat(1000)}';`;

/** A folder of pages with some files in it. */
function pagesWith(files: Readonly<Record<string, string>>): string {
  const folder = emptyFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const built = { 'dist/index.html': index, 'dist/assets/index-abc.js': script, 'dist/assets/point.svg': '<svg/>', 'dist/.sources': 'abc', 'secret.js': 'x' };
const startWith = (files: Readonly<Record<string, string>>) => startApp({ PAGES: 'on' }, { pagesFolder: pagesWith(files) });
const at = ({ app }: TestApp, path: string) => `${app.url}${path}`;
const logOf = (app: TestApp) => app.logs().join('\n');

describe('the page', () => {
  it('is given at / and at each of its own addresses, and unknown ones stay 404', async () => {
    const app = await startWith(built);
    for (const path of ['/', '/?a=b', ...pageRoutes.flatMap((route) => [`/${route}`, `/${route}/x/y`])]) {
      const response = await fetch(at(app, path));
      expect([response.status, response.headers.get('content-type'), await response.text()], path).toEqual([200, 'text/html; charset=utf-8', index]);
    }
    for (const path of ['/x', '/chatsx', '/index.html', '/graphql/x', '/assets', '/assets/', '/favicon.ico'])
      expect((await fetch(at(app, path))).status, path).toBe(404);
    expect((await fetch(at(app, '/'), { method: 'POST' })).status).toBe(404);
  });

  it('runs nothing that is not a file of its own, asks nobody but its server, and cannot be framed', async () => {
    const app = await startWith(built);
    const { headers } = await fetch(at(app, '/'));
    const policy = headers.get('content-security-policy') ?? '';
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(policy.split('; ')).toContain(part);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect([headers.get('x-content-type-options'), headers.get('referrer-policy'), headers.get('x-frame-options')]).toEqual(['nosniff', 'no-referrer', 'DENY']);
  });

  it('may load files from where they are: PUBLIC_URL, and a store of its own', async () => {
    const s3 = { endpoint: 'http://inside:9000', publicEndpoint: 'https://files.example.com/x', bucket: 'b', region: 'eu-1', key: '', secret: '' };
    const origins = fileOriginsOf({ publicUrl: 'https://chat.example.com/x', s3 });
    expect(origins).toEqual(['https://chat.example.com', 'https://files.example.com']);
    expect(fileOriginsOf({ publicUrl: null, s3: { ...s3, publicEndpoint: null } })).toEqual(['http://inside:9000']);
    expect(fileOriginsOf({ publicUrl: null, s3: { ...s3, publicEndpoint: null, endpoint: null } })).toEqual(['https://b.s3.eu-1.amazonaws.com']);
    const pages = createPages({ folder: join(pagesWith(built), 'dist'), built: Promise.resolve(), fileOrigins: origins, patienceMs: 10_000 });
    const policy = (await pages.answer('/', () => undefined))?.headers['content-security-policy'];
    expect(policy).toContain("img-src 'self' data: blob: https://chat.example.com https://files.example.com;");
    expect(policy).toContain("script-src 'self';");
  });

  it('is asked for again without being sent again, and HEAD tells the same', async () => {
    const app = await startWith(built);
    const first = await fetch(at(app, '/'));
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const again = await fetch(at(app, '/chats/x'), { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const head = await fetch(at(app, '/'), { method: 'HEAD' });
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, first.headers.get('etag'), '']);
  });

  it('loads files that the browser keeps for ever, packed where they are texts', async () => {
    const app = await startWith(built);
    for (const coding of ['br', 'gzip', 'identity']) {
      const response = await fetch(at(app, '/assets/index-abc.js'), { headers: { 'accept-encoding': coding } });
      expect([response.status, response.headers.get('content-encoding') ?? 'identity'], coding).toEqual([200, coding]);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect([response.headers.get('content-type'), response.headers.get('vary')]).toEqual(['text/javascript; charset=utf-8', 'Accept-Encoding']);
      expect(await response.text()).toBe(script);
    }
  });

  it('gives nothing else of the disk, however the path is written', async () => {
    const app = await startWith(built);
    const paths = ['/.sources', '/assets/../.sources', '/assets/..%2f.sources', '/assets/../../secret.js', '/assets/%2e%2e/index.html', '/secret.js'];
    for (const path of [...paths, '/assets/__proto__', '/assets/..\\index.html', '/assets//index-abc.js']) {
      expect(await rawStatus(app, path), path).toBe(404);
    }
  });

  it('is not there with PAGES=off', async () => {
    const app = await startApp({ PAGES: 'off' }, { pagesFolder: pagesWith(built) });
    for (const path of ['/', '/chats', '/assets/index-abc.js']) expect((await fetch(at(app, path))).status, path).toBe(404);
  });

  it('has in the server the addresses that it has in the browser, and nothing inline', () => {
    const [, inBrowser = ''] = /routes = \[([^\]]*)\]/.exec(readText('web/src/app/router.ts')) ?? [];
    expect(inBrowser.match(/[\w-]+/g)?.sort()).toEqual([...pageRoutes].sort());
    expect(readText('web/index.html')).not.toMatch(/<style|<script(?![^>]* src=)| style=| on\w+=/);
    const sources = filesIn('web/src', '.tsx', '.ts').map(readText).join('\n');
    expect(sources).not.toMatch(/dangerouslySetInnerHTML|setAttribute\('style'|\.innerHTML|\beval\(|new Function/);
  });
});

/** The status of a request whose path is sent as it stands here: fetch would put it in order. */
async function rawStatus(app: TestApp, path: string): Promise<number> {
  const { hostname, port } = new URL(app.app.url);
  return await new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}

const api = async (app: TestApp) =>
  (await fetch(app.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}' })).status;

describe('while the page is built', () => {
  /** A build that waits until the file `go` is there. */
  const slowly = `
    const { existsSync, mkdirSync, writeFileSync } = await import('node:fs');
    writeFileSync(import.meta.dirname + '/pid', String(process.pid));
    while (!existsSync(import.meta.dirname + '/go')) await new Promise((resolve) => setTimeout(resolve, 20));
    mkdirSync(import.meta.dirname + '/dist');
    writeFileSync(import.meta.dirname + '/dist/index.html', ${JSON.stringify(index)});
    console.log('built');
  `;

  it('the API answers, and the page comes when it is there', async () => {
    const folder = pagesWith({ 'build.ts': slowly });
    const app = await startApp({ PAGES: 'on' }, { pagesFolder: folder });
    expect(await api(app)).toBe(200);
    writeFileSync(join(folder, 'go'), '');
    await expect.poll(async () => (await fetch(at(app, '/'))).status, { timeout: 30_000 }).toBe(200);
    expect(await (await fetch(at(app, '/'))).text()).toBe(index);
    await expect.poll(() => logOf(app), { timeout: 30_000 }).toContain('the page is built');
  });

  it('whoever has waited for some seconds gets a page that comes again by itself, and nothing of it runs', async () => {
    const pages = createPages({ folder: emptyFolder(), built: new Promise(() => {}), fileOrigins: [], patienceMs: 1 });
    const answered = await pages.answer('/', () => undefined);
    expect([answered?.status, answered?.headers['retry-after'], answered?.headers['cache-control']]).toEqual([503, '1', 'no-store']);
    expect(answered?.headers['content-security-policy']).toBe("default-src 'none'");
    expect(answered?.body).toContain('http-equiv="refresh"');
    expect(answered?.body).not.toContain('<script');
    expect(await pages.answer('/x', () => undefined)).toBeNull();
  });

  it('the server stops at once, and the build with it', async () => {
    const folder = pagesWith({ 'build.ts': slowly });
    const app = await startApp({ PAGES: 'on' }, { pagesFolder: folder });
    await expect.poll(() => existsSync(join(folder, 'pid')), { timeout: 30_000 }).toBe(true);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await app.stop();
    await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false);
  });
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('where the page cannot be built', () => {
  it('one line says what to do, and the API serves', async () => {
    const app = await startWith({ 'build.ts': 'process.exit(3)' });
    await expect.poll(() => logOf(app), { timeout: 30_000 }).toMatch(/Vite, which builds it, is not installed: run npm ci, or set PAGES=off/);
    expect([await api(app), (await fetch(at(app, '/'))).status]).toEqual([200, 404]);
    expect(await (await fetch(at(app, '/'))).json()).toEqual({ error: expect.stringContaining('The page is not built') });
  });

  it('what was built before is served, and the log says why it is not new', async () => {
    const app = await startWith({ ...built, 'build.ts': "process.stderr.write('no room on the disk'); process.exit(1)" });
    await expect.poll(() => logOf(app), { timeout: 30_000 }).toContain('no room on the disk');
    expect([await api(app), (await fetch(at(app, '/'))).status]).toEqual([200, 200]);
  });
});
