import { platform, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync } from '@node-rs/argon2';
import type { HashAnswer, HashJob } from './hash-threads.ts';

// A thread of `HashThreads`: does one job after the other.

// A hash takes a core for tens of milliseconds, which on a machine with few of them everybody else would wait for. On Linux the priority is that of this
// thread; elsewhere it would be that of the whole process.
if (platform() === 'linux') setPriority(10);

parentPort?.on('message', (job: HashJob) => parentPort?.postMessage(answerTo(job)));

function answerTo(job: HashJob): HashAnswer {
  try {
    return 'hash' in job ? { fits: verifySync(job.hash, job.password) } : { hash: hashSync(job.password, job.cost) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
