import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { builtMain } from '../support/built-main.ts';
import { freePort } from '../support/private-services.ts';
import { createProgram, type Program } from './program.ts';

/** What a node holds, as test/chaos/probe.ts tells it after a collection of garbage. */
export interface Holding {
  readonly heapBytes: number;
  readonly sockets: number;
}

/** A process of the server. */
export interface ServerNode {
  readonly program: Program;
  readonly port: number;
  readonly url: string;
  start(): Promise<void>;
  /** Ends it; only `start` brings it back. */
  end(name: NodeJS.Signals): Promise<void>;
  isReady(): Promise<boolean>;
  untilReady(ms: number): Promise<void>;
  hold(): Promise<Holding>;
}

/** Told of what a node logs that a good node does not. */
export type Complain = (kind: string, details: string) => void;

/** How often a message was logged, by its text and the error behind it. */
export type LogCounts = Map<string, number>;

const root = fileURLToPath(new URL('../../', import.meta.url));
const probe = new URL('./probe.ts', import.meta.url).href;

/** A process on a free port. `preload` names modules that are loaded before the server: probes, or what breaks it on purpose. `folder`: of which version. */
export async function createNode(
  name: string,
  env: Readonly<Record<string, string>>,
  preload: readonly string[],
  counts: LogCounts,
  complain: Complain,
  folder: string = root,
): Promise<ServerNode> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let held: (holding: Holding) => void = () => {};
  const tail: string[] = [];
  let listens = false;
  // What breaks a node replaces modules of its sources; another version brings its own.
  const main = preload.length === 0 && folder === root ? await builtMain() : 'src/main.ts';
  const program = createProgram({
    name,
    program: process.execPath,
    args: ['--expose-gc', '--import', probe, ...preload.flatMap((module) => ['--import', module]), main],
    cwd: folder,
    env: { ...env, PORT: `${port}`, HOST: '127.0.0.1' },
    onLine(line) {
      tail.push(line);
      if (tail.length > 50) tail.shift();
      const record = parse(line);
      if ('msg' in record && record.msg === 'listening') listens = true;
      if ('probe' in record && isHolding(record.probe)) held(record.probe);
      if (line.includes('MaxListenersExceededWarning')) complain('a node warns of too many listeners', `${name}: ${line}`);
      const level = 'level' in record ? record.level : 0;
      if (typeof level === 'number' && level >= 40) {
        const what = `${level >= 60 ? 'FATAL ' : level >= 50 ? 'ERROR ' : ''}${'msg' in record ? record.msg : ''}: ${reasonOf(record)}`;
        counts.set(what, (counts.get(what) ?? 0) + 1);
      }
    },
    onUnexpectedEnd(how) {
      // A node that cannot start because a service is away ends and says so. As in production, it is started again.
      if (listens) complain('a node has ended by itself', `${name} (${how}):\n${tail.slice(-10).join('\n')}`);
      listens = false;
      again = setTimeout(() => void start().catch(() => {}), 500);
    },
  });
  let again: NodeJS.Timeout | undefined;
  const start = async () => {
    clearTimeout(again);
    listens = false;
    if (program.pid() === null) await program.start();
  };
  const end: Program['end'] = async (signal) => {
    clearTimeout(again);
    await program.end(signal);
  };
  const isReady = async () => {
    try {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1500), headers: { connection: 'close' } });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  };
  return {
    program,
    port,
    url,
    start,
    end,
    isReady,
    async untilReady(ms) {
      const deadline = Date.now() + ms;
      while (!(await isReady())) {
        if (Date.now() > deadline) throw new Error(`${name} is not ready after ${ms} ms:\n${tail.slice(-10).join('\n')}`);
        await sleep(50);
      }
    },
    async hold() {
      const told = new Promise<Holding>((resolve) => {
        held = resolve;
      });
      program.signal('SIGUSR2');
      return await Promise.race([
        told,
        sleep(10_000, undefined, { ref: false }).then(() => {
          throw new Error(`${name} does not tell what it holds`);
        }),
      ]);
    },
  };
}

function parse(line: string): object {
  if (!line.startsWith('{')) return {};
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null ? record : {};
  } catch {
    return {};
  }
}

function isHolding(value: unknown): value is Holding {
  return typeof value === 'object' && value !== null && 'heapBytes' in value && 'sockets' in value;
}

/** The error behind a record of the log, without the parts that differ from time to time. */
function reasonOf(record: object): string {
  const err = 'err' in record && typeof record.err === 'object' && record.err !== null ? record.err : null;
  const code = err && 'code' in err ? `${err.code} ` : '';
  const message = err && 'message' in err ? `${err.message}` : 'reason' in record ? `${record.reason}` : '';
  return (
    `${code}${message}`
      .split('\n')[0]
      ?.replace(/\d{2,}/g, '#')
      .slice(0, 160) ?? ''
  );
}
