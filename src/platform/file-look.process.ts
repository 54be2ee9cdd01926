// Looks at files, one after the other, in a process of its own: what hostile bytes can do to it, they do to nothing else. Started by file-look.ts.
import { execFileSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { isOfSystem, typeOf } from './file-bytes.ts';
import { lookAtFilm } from './file-films.ts';
import type { FileFacts, LookAnswer, LookOrder, LookRefusal } from './file-look.ts';
import { lookAtPicture } from './file-pictures.ts';
import { endPrograms } from './file-programs.ts';
import { lookAtSound } from './file-sounds.ts';

const memoryBytes = Number(process.argv[2]);

/** What counts for the system and is not there: what Node reserves for threads and code from the beginning, two thirds of a gigabyte. */
const reservedBytes = 805_306_368;

/** Whatever goes on in here, and in native code, the end is at once. */
function end(): void {
  endPrograms();
  process.kill(process.pid, 'SIGKILL');
}

// Nobody is left who would take an answer.
process.on('disconnect', end);

try {
  // The event loop of the server has the processor first.
  setPriority(10);
  execFileSync('prlimit', [`--pid=${process.pid}`, `--data=${memoryBytes + reservedBytes}`, '--core=0'], { stdio: 'ignore' });
} catch {
  // Where the system does not let us, or knows no such bound, there is the one below.
}
// Closer than that, but too late for what takes it all at once.
setInterval(() => {
  if (process.memoryUsage.rss() > memoryBytes) end();
}, 20);

async function lookAt({ job, programs, limits, ms }: LookOrder): Promise<FileFacts | LookRefusal> {
  const began = performance.now();
  const left = () => ms - (performance.now() - began);
  const type = await typeOf(job.path);
  if (job.kind === 'IMAGE' || job.kind === 'AVATAR') return await lookAtPicture(job, type, limits);
  if (job.kind === 'AUDIO') return await lookAtSound(job, type, programs, left);
  if (job.kind === 'VIDEO') return await lookAtFilm(job, type, programs, left);
  const { size } = await stat(job.path);
  return { mime: type, bytes: size, width: null, height: null, isAnimated: false, duration: null, peaks: null, placeholder: null, made: null, thumbnail: null };
}

async function answer(order: LookOrder): Promise<void> {
  const found = await lookAt(order).then(
    (seen) => (typeof seen === 'string' ? { refusal: seen } : { facts: seen }),
    (error: unknown) => {
      // A fault of ours: it says so as it ends.
      if (!isOfSystem(error)) throw error;
      return { failed: String(error) };
    },
  );
  const said: LookAnswer = { isSpent: process.memoryUsage.rss() > memoryBytes / 2, ...found };
  process.send?.(said);
}

process.on('message', (order: LookOrder) => void answer(order));
process.send?.('ready');
