import { execFileSync, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { freePort } from '../../test/support/private-services.ts';

/** What a process holds; bytes, but for the open files and the delay of its event loop since this was last asked. */
export interface ProcessState {
  readonly rss: number;
  readonly heapTotal: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly files: number;
  readonly delayP99Ms: number;
}

/** A server process under measurement: one of ours, a bare one or a peer. */
export interface MeasuredServer {
  readonly port: number;
  readonly pid: number;
  /** CPU milliseconds since its start, of all its threads, in the kernel too. */
  cpuMs(): Promise<number>;
  /** Milliseconds since its start in which its main thread could have gone on and had no core: others had it. */
  waitedMs(): Promise<number>;
  /** Resident bytes after a collection of garbage. */
  memory(): Promise<number>;
  /** The most resident bytes since this was last asked, or since its start. */
  peak(): Promise<number>;
  /** What it holds at this moment, without a collection of garbage. */
  state(): Promise<ProcessState>;
  /** Writes a CPU profile of the time in which the work runs to a file. */
  profile<T>(file: string, work: () => Promise<T>): Promise<T>;
  /** Says something to the module itself. */
  tell(message: object): void;
  stop(): Promise<void>;
}

/** Our server, and what `npm start` starts it with. */
const ours = 'src/main.ts';
const flags: readonly string[] = manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'));

const meter = new URL('./meter.ts', import.meta.url).href;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Where `npm start` keeps what was compiled. */
const compiled = `${root}node_modules/.cache/parley-compiled`;

/** The core for the server that is measured, and the one for everything else: the load, the database, Redis. Alike for all that are compared. */
const cores = availableParallelism() > 1 ? ({ server: '0', others: '1' } as const) : ({ server: '0', others: '0' } as const);

/** Puts this process, which is the load, on its core. What it starts inherits that. */
export function takeLoadCore(): void {
  execFileSync('taskset', ['-a', '-p', '-c', cores.others, `${process.pid}`], { stdio: 'ignore' });
}

/** Starts a module as a server on its core, and waits until it listens at `PORT`. It ends with this process. */
export async function startServer(module: string, env: Readonly<Record<string, string>> = {}): Promise<MeasuredServer> {
  const port = await freePort();
  const args = [
    '-c',
    cores.server,
    process.execPath,
    ...(module === ours ? flags : []),
    '--disable-warning=ExperimentalWarning',
    '--expose-gc',
    '--import',
    meter,
    module,
  ];
  const child = spawn('taskset', args, {
    cwd: root,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', NODE_COMPILE_CACHE: compiled, PAGES: 'off', ...env, PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output = (output + data).slice(-4000)));
  let over = false;
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      over = true;
      resolve();
    }),
  );
  let asked = 0;
  const ask = async (what: unknown): Promise<object> => {
    const number = ++asked;
    return await new Promise((resolve, reject) => {
      const hear = (told: unknown) => {
        if (typeof told !== 'object' || told === null || !('number' in told) || told.number !== number) return;
        child.off('message', hear);
        resolve(told);
      };
      child.on('message', hear);
      child.once('exit', () => reject(new Error(`the server has ended:\n${output}`)));
      child.send({ number, ask: what });
    });
  };
  const deadline = Date.now() + 60_000;
  while (!(await listens(port))) {
    if (over || Date.now() > deadline) throw new Error(`${module} does not listen:\n${output}`);
    await sleep(50);
  }
  child.setMaxListeners(0);
  return {
    port,
    pid: child.pid ?? 0,
    async cpuMs() {
      const told = await ask('cpu');
      return 'cpuMs' in told ? Number(told.cpuMs) : Number.NaN;
    },
    async waitedMs() {
      const told = await ask('cpu');
      return 'waitedMs' in told ? Number(told.waitedMs) : Number.NaN;
    },
    async memory() {
      const told = await ask('memory');
      return 'bytes' in told ? Number(told.bytes) : Number.NaN;
    },
    async peak() {
      const told = await ask('peak');
      return 'bytes' in told ? Number(told.bytes) : Number.NaN;
    },
    async state() {
      const told = await ask('state');
      if (!('state' in told) || !isState(told.state)) throw new Error('the server does not say what it holds');
      return told.state;
    },
    async profile(file, work) {
      await ask('profile');
      try {
        return await work();
      } finally {
        await ask({ keep: file });
      }
    },
    tell: (message) => void child.send(message),
    async stop() {
      if (over) return;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 3000);
      await ended;
      clearTimeout(late);
    },
  };
}

const isState = (told: unknown): told is ProcessState => typeof told === 'object' && told !== null && 'rss' in told && 'delayP99Ms' in told;

async function listens(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
