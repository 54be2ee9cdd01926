import { spawn } from 'node:child_process';
import type { Env } from './app.ts';
import { builtMain } from './built-main.ts';
import { closeLater } from './lifetime.ts';

/** A server in a process of its own, so that it can be killed. */
export interface ServerProcess {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code; null where a signal ended it. */
  readonly exit: Promise<number | null>;
  /** What it has logged. */
  said(): string;
}

/** Starts it on a port and waits until it is ready. Killed at the end of the test. */
export async function startProcess(port: number, env: Env): Promise<ServerProcess> {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const all = { PATH, HOME, NODE_COMPILE_CACHE, ...env, PORT: String(port), HOST: '127.0.0.1', NODE_ENV: 'production' };
  const child = spawn(process.execPath, [await builtMain()], { env: all, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  let ended = false;
  const exit = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      ended = true;
      resolve(code);
    });
  });
  closeLater(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () => (await fetch(`${url}/readyz`).catch(() => null))?.status === 200;
  for (const until = Date.now() + 40_000; !(await isReady()); ) {
    if (ended || Date.now() > until) throw new Error(`The server did not start:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, pid: child.pid ?? 0, kill: (signal) => void child.kill(signal), exit, said: () => said };
}
