import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { builtMain } from './built-main.ts';
import { closeLater, within } from './lifetime.ts';
import { freePort } from './private-services.ts';
import { copySqlite } from './template.ts';

const source = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** `src/main.ts` in a process of its own, as an operator starts it. */
export interface MainProcess {
  readonly child: ChildProcess;
  /** Standard output and error so far, where they are pipes. */
  said(): { readonly out: string; readonly err: string };
  /** Its exit code; null where a signal ended it. */
  readonly exit: Promise<number | null>;
}

/** How it is started. */
export interface MainOptions {
  /** What stands before the path of main.ts: options of Node. */
  readonly node?: readonly string[];
  readonly stdio?: StdioOptions;
  /** Reads its pipes in the place of `said`. */
  readonly read?: (child: ChildProcess) => void;
  /** A line for a shell that runs it as `"$@"`. */
  readonly shell?: string;
  /** The file that is run; default: `src/main.ts`. */
  readonly main?: string;
}

/** An empty folder, gone at the end of the test. */
export function emptyFolder(): string {
  const path = mkdtempSync(join(inject('dataFolder'), 'parley-process-'));
  closeLater(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs a command of main.ts; killed at the end of the test. */
export function runMain(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { node = [], stdio = ['ignore', 'pipe', 'pipe'], read, shell, main = source }: MainOptions = {},
): MainProcess {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env;
  const line = [process.execPath, ...node, main, ...args];
  const [program = '', ...rest] = shell === undefined ? line : ['sh', '-c', shell, 'sh', ...line];
  const child = spawn(program, rest, { env: { PATH, HOME, NODE_COMPILE_CACHE, ...env }, stdio });
  closeLater(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  if (read) {
    read(child);
  } else {
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      err += String(chunk);
    });
  }
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { child, said: () => ({ out, err }), exit };
}

/** Starts a server on a free port and waits until it is ready; `url` is `http://127.0.0.1:<port>/graphql`. */
export async function serve(env: Readonly<Record<string, string>> = {}, options: MainOptions = {}): Promise<MainProcess & { readonly url: string }> {
  const port = await freePort();
  const DATA_DIR = env.DATA_DIR ?? emptyFolder();
  if (env.DATA_DIR === undefined) await copySqlite(DATA_DIR);
  const started = runMain([], { PORT: `${port}`, ...env, DATA_DIR }, { main: await builtMain(), ...options });
  let ended: number | null | undefined;
  void started.exit.then((code) => {
    ended = code;
  });
  const url = `http://127.0.0.1:${port}/graphql`;
  const ready = async () => {
    while (ended === undefined && (await fetch(new URL('/readyz', url)).catch(() => null))?.status !== 200)
      await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const what = () => `The server did not start: ${JSON.stringify(started.said())}`;
  await within(ready(), 25_000, what);
  if (ended !== undefined) throw new Error(what());
  return { ...started, url };
}
