import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a question came to: an answer, or how the process ended instead. */
export type Asked = { readonly answer: unknown } | { readonly end: string };

/** A program of ours in a process of its own, which answers one question at a time. */
export interface Forked {
  /** Asks. Where no answer comes within `ms` milliseconds the process is killed. */
  ask(question: object, ms: number): Promise<Asked>;
  /** Whether it can be asked. */
  isAlive(): boolean;
  /** Kills it, and resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it is gone, with how it ended. */
  readonly ended: Promise<string>;
}

/** How it is started. */
export interface ForkOptions {
  readonly args: readonly string[];
  /** Megabytes for its JavaScript. */
  readonly heapMegabytes: number;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** How long it may take until it can be asked, in milliseconds. */
  readonly startMs: number;
}

/** How much of what it complains about is told. */
const mostSaid = 2000;

/**
 * Starts a program, which has to send something when it can be asked, and then one message for each that it gets. It has no environment and no open files
 * but those that are given here. Throws where it does not come so far.
 */
export async function startForked(program: URL, { args, heapMegabytes, env, startMs }: ForkOptions): Promise<Forked> {
  const child = fork(fileURLToPath(program), [...args], {
    env,
    execArgv: [`--max-old-space-size=${heapMegabytes}`, '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = (said + String(chunk)).slice(-mostSaid);
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`it ended with ${signal ?? code}${said === '' ? '' : `: ${said.trim()}`}`));
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const first = await answerOf(child, ended, startMs);
  if ('end' in first) {
    await kill();
    throw new Error(`${program.pathname.replace(/^.*\//, '')} does not start: ${first.end}`);
  }
  return {
    async ask(question, ms) {
      const asked = answerOf(child, ended, ms);
      // Whether it arrives is seen by the answer.
      child.send(question, () => {});
      const found = await asked;
      if ('end' in found) await kill();
      return found;
    },
    isAlive: () => child.connected && child.exitCode === null && child.signalCode === null,
    kill,
    ended,
  };
}

async function answerOf(child: ChildProcess, ended: Promise<string>, ms: number): Promise<Asked> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const { signal } = controller;
  try {
    return await Promise.race([
      new Promise<Asked>((resolve) => {
        const hear = (answer: unknown) => resolve({ answer });
        child.once('message', hear);
        signal.addEventListener('abort', () => child.off('message', hear));
      }),
      ended.then((end) => ({ end })),
      new Promise<Asked>((resolve) => {
        timer = setTimeout(() => resolve({ end: `nothing came in ${ms} ms` }), ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}
