import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config.ts';
import type { Answered } from './http-writer.ts';
import { answerWithFile, forEver, type KeptFile, keepFile } from './kept-files.ts';

/** The pages for people: whatever is built, and nothing else of the disk. */
export interface Pages {
  /** Answers GET and HEAD of a path of theirs; null for another path. */
  answer(path: string, header: (name: string) => string | undefined): Promise<Answered | null>;
}

/** Where they come from. */
export interface PagesOptions {
  /** The folder that is built: read once, when it is there. */
  readonly folder: string;
  /** Resolves when it is built. */
  readonly built: Promise<void>;
  /** Other origins from which files come and to which they go. */
  readonly fileOrigins: readonly string[];
  /** For how long a request waits for the build before it is told to come again, in milliseconds. */
  readonly patienceMs: number;
}

/** The addresses that the page has beside `/`; web/src/app/router.ts has the same ones. */
export const pageRoutes = ['chats', 'people', 'groups', 'user', 'group', 'join', 'settings', 'sign-in', 'register'] as const;

const isRoute = (path: string) => path === '/' || pageRoutes.some((route) => path === `/${route}` || path.startsWith(`/${route}/`));

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

const folderOfFiles = '/assets/';

/** Makes the door. */
export function createPages({ folder, built, fileOrigins, patienceMs }: PagesOptions): Pages {
  const headers = pageHeaders(fileOrigins);
  const site = built.then(() => readSite(folder));

  const answerFile = async (found: Awaited<typeof site>, path: string, header: (name: string) => string | undefined) => {
    const file = found?.get(path);
    return file ? await answerWithFile(file, header, { 'cache-control': forEver, vary: 'Accept-Encoding' }) : null;
  };

  return {
    async answer(path, header) {
      const leadsToPage = isRoute(path);
      if (!leadsToPage && !path.startsWith(folderOfFiles)) return null;
      const found = await Promise.race([site, sleep(patienceMs, 'LATE' as const, { ref: false })]);
      if (found === 'LATE') return comeAgain;
      if (!leadsToPage) return await answerFile(found, path, header);
      const page = found?.get('/index.html');
      return page ? await answerWithFile(page, header, { ...headers, 'cache-control': 'no-cache', vary: 'Accept-Encoding' }) : notBuilt;
    },
  };
}

/** From where pages load files, beside the address at which they are opened. */
export function fileOriginsOf({ publicUrl, s3 }: Pick<Config, 'publicUrl' | 's3'>): string[] {
  const store = s3 && (s3.publicEndpoint ?? s3.endpoint ?? `https://${s3.bucket}.s3.${s3.region}.amazonaws.com`);
  return [publicUrl, store].flatMap((url) => (url === null ? [] : [new URL(url).origin]));
}

/** All files of the folder, by their path there; null where there is none. Another build may put a new one in its place at this moment. */
async function readSite(folder: string): Promise<ReadonlyMap<string, KeptFile> | null> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await readFiles(folder);
    } catch {
      if (tries === 3) return null;
      await sleep(100);
    }
  }
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, KeptFile>> {
  const site = new Map<string, KeptFile>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    site.set(path.slice(folder.length).replaceAll('\\', '/'), keepFile(type, await readFile(path)));
  }
  return site;
}

/** The page runs its own scripts, shows its own files, talks to its own server, and nothing else; files may come from a store of their own. */
function pageHeaders(fileOrigins: readonly string[]): Readonly<Record<string, string>> {
  const and = fileOrigins.map((origin) => ` ${origin}`).join('');
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    // data: are the blurred pictures of what is still loading, blob: what was picked and is not sent yet.
    `img-src 'self' data: blob:${and}`,
    `media-src 'self' blob:${and}`,
    `connect-src 'self'${and}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(self), geolocation=(self), microphone=(self)',
    'x-frame-options': 'DENY',
  };
}

const nothingRuns = { 'cache-control': 'no-store', 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' };

/** A page that the browser asks for again by itself. */
const comeAgain: Answered = {
  status: 503,
  headers: { ...nothingRuns, 'content-type': 'text/html; charset=utf-8', 'retry-after': '1' },
  body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="1"><title>Parley</title><p>The page is being built… · 页面正在构建…</p></html>`,
};

const notBuilt: Answered = {
  status: 404,
  headers: { ...nothingRuns, 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify({ error: 'The page is not built; the log of the server says why. The API is at /graphql.' }),
};
