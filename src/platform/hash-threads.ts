import { Worker } from 'node:worker_threads';
import type { Options } from '@node-rs/argon2';

/** What one hash costs: `memoryCost` in KiB, `timeCost` in passes. */
export type PasswordCost = Required<Pick<Options, 'memoryCost' | 'timeCost' | 'parallelism'>>;

/** What a thread is to do: hash a password, or check one against a hash. */
export type HashJob = { readonly password: string | Uint8Array; readonly cost: PasswordCost } | { readonly password: string; readonly hash: string };

/** What comes of it. */
export type HashAnswer = { readonly hash: string } | { readonly fits: boolean } | { readonly error: string };

/** Hashes in threads of their own, which give way to everything else that this process does. */
export interface HashThreads {
  /** An argon2id hash in the PHC string format, with a salt of its own. */
  hash(password: string | Uint8Array, cost: PasswordCost): Promise<string>;
  /** Whether a password fits a hash. */
  verify(hash: string, password: string): Promise<boolean>;
}

/** Makes them. As many threads begin as there are jobs at once, which its users bound; they stay for the next, and keep no process from ending. */
export function createHashThreads(): HashThreads {
  const idle = new Set<Worker>();
  const begin = (): Worker => {
    const thread = new Worker(new URL('./hash.thread.ts', import.meta.url));
    // Whoever waits for it hears of both; one for which nobody waits is to be no fault.
    thread.on('error', () => {});
    thread.on('exit', () => idle.delete(thread));
    return thread;
  };
  const take = (): Worker => {
    const [thread] = idle;
    if (!thread) return begin();
    idle.delete(thread);
    return thread;
  };
  const run = async (job: HashJob): Promise<HashAnswer> => {
    const thread = take();
    // While somebody waits the process goes on.
    thread.ref();
    try {
      const answer = await answerOf(thread, job);
      idle.add(thread);
      return answer;
    } finally {
      thread.unref();
    }
  };
  return {
    async hash(password, cost) {
      const answer = await run({ password, cost });
      if ('hash' in answer) return answer.hash;
      throw new Error(`a password could not be hashed${reasonIn(answer)}`);
    },
    async verify(hash, password) {
      const answer = await run({ hash, password });
      if ('fits' in answer) return answer.fits;
      throw new Error(`a password could not be checked${reasonIn(answer)}`);
    },
  };
}

function answerOf(thread: Worker, job: HashJob): Promise<HashAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      thread.off('message', answered);
      thread.off('error', failed);
      thread.off('exit', ended);
      end();
    };
    const answered = (answer: HashAnswer) => settle(() => resolve(answer));
    const failed = (error: unknown) => settle(() => reject(error));
    const ended = () => settle(() => reject(new Error('a thread for passwords has ended')));
    thread.on('message', answered);
    thread.on('error', failed);
    thread.on('exit', ended);
    thread.postMessage(job);
  });
}

function reasonIn(answer: HashAnswer): string {
  return 'error' in answer ? `: ${answer.error}` : '';
}
