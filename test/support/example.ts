import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Env } from './app.ts';
import { closeLater } from './lifetime.ts';
import { createQueue } from './queue.ts';

/** A back end that runs in a process of its own. */
export interface BackEnd {
  /** Where it listens, as it says itself: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** What it has written so far. */
  said(): string;
}

/** Starts a program of Node on a free port and waits until it says where it is. Ended with the test. */
export async function startBackEnd(path: string, env: Env): Promise<BackEnd> {
  const { PATH, HOME } = process.env;
  const cwd = fileURLToPath(new URL('../../', import.meta.url));
  const child = spawn(process.execPath, [path], { cwd, env: { PATH, HOME, PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const words = createQueue<string>(path);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => words.push(String(chunk)));
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      words.end('the program has ended');
      resolve();
    }),
  );
  closeLater(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const address = /https?:\/\/127\.0\.0\.1:\d+/;
  const line = await words.until((text) => address.test(text), 'where it is', 20_000);
  return { url: address.exec(line)?.[0] ?? '', said: () => words.all().join('') };
}
