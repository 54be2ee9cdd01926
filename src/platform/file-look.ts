import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { createGate } from '../kernel/gate.ts';
import type { FilePrograms } from './file-programs.ts';
import { type Forked, startForked } from './forked.ts';
import type { Logger } from './logger.ts';

/** What a file is taken for. */
export type LookKind = 'IMAGE' | 'AUDIO' | 'VIDEO' | 'FILE' | 'AVATAR';

/** What is to be looked at. */
export interface LookJob {
  /** The bytes, on this machine. */
  readonly path: string;
  readonly kind: LookKind;
  /** An empty folder of this machine for what is made of it. */
  readonly folder: string;
}

/** What a file is. */
export interface FileFacts {
  readonly mime: string;
  /** Bytes that are to be delivered. */
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly isAnimated: boolean;
  /** Seconds; null where it cannot be measured. */
  readonly duration: number | null;
  /** 64 numbers from 0 to 100. */
  readonly peaks: readonly number[] | null;
  /** A thumbhash in base64. */
  readonly placeholder: string | null;
  /** The name of what is delivered in place of the bytes themselves, in `folder`; null: the bytes as they are. */
  readonly made: string | null;
  /** The name of a smaller picture, webp, in `folder`. */
  readonly thumbnail: string | null;
}

/** Why a file is not taken. */
export type LookRefusal = 'FILE_TYPE' | 'FILE_TOO_LARGE';

/** How much of a picture is decoded: what has more is refused with `FILE_TOO_LARGE`. */
export interface PictureLimits {
  /** Pixels of one frame. */
  readonly pixels: number;
  readonly frames: number;
  /** Pixels of all frames together. */
  readonly pixelsOfFrames: number;
}

/** Looks at files, in processes of its own. */
export interface FileLooker {
  /**
   * Looks at one, when it is its turn. A look that takes too long or whose process dies is a refusal with `FILE_TYPE`; it throws `UNAVAILABLE` only where
   * this machine cannot look at anything, or no more: then it is to be tried again.
   */
  look(job: LookJob): Promise<FileFacts | { readonly refusal: LookRefusal }>;
  /** Which of the programs that it can use are there. */
  readonly tools: { readonly ffmpeg: boolean; readonly ffprobe: boolean };
  /** How many wait for their turn. */
  waiting(): number;
  /** Ends all processes. */
  stop(): Promise<void>;
}

/** What a process is asked. */
export interface LookOrder {
  readonly job: LookJob;
  readonly programs: FilePrograms;
  readonly limits: PictureLimits;
  /** How long it may take, in milliseconds. */
  readonly ms: number;
}

/** What it answers: `failed` where the machine is to blame and not the file. One that is spent is not asked again. */
export type LookAnswer = { readonly isSpent: boolean } & ({ readonly facts: FileFacts } | { readonly refusal: LookRefusal } | { readonly failed: string });

/** How files are looked at. */
export interface FileLookerOptions {
  readonly logger: Logger;
  /** How many looks go on at once; default: 2. */
  readonly atOnce?: number;
  /** How long one may take, in milliseconds; default: 30 seconds. */
  readonly ms?: number;
  /** What a process may take of the memory, in bytes; ffmpeg as much again. Default: 1 GiB. */
  readonly memoryBytes?: number;
  /** Default: 40 megapixels, 200 frames, 100 megapixels in all of them. */
  readonly limits?: PictureLimits;
  /** The names or paths of the programs; default: `ffmpeg` and `ffprobe`. */
  readonly programs?: { readonly ffmpeg: string; readonly ffprobe: string };
  /** What looks; default: `file-look.process.ts`. */
  readonly looks?: URL;
}

/** What a program may take to begin. */
const startMs = 10_000;

const nameIn = (name: string) => z.literal(name).nullable();
const side = z.int().positive().nullable();
// The process has read hostile bytes: what it says is judged like what comes from outside.
const answers: z.ZodType<LookAnswer> = z.intersection(
  z.object({ isSpent: z.boolean() }),
  z.union([
    z.object({
      facts: z.object({
        mime: z
          .string()
          .regex(/^[\w.+-]+\/[\w.+-]+$/)
          .max(127),
        bytes: z.int().nonnegative(),
        width: side,
        height: side,
        isAnimated: z.boolean(),
        duration: z.number().nonnegative().nullable(),
        peaks: z.array(z.int().min(0).max(100)).length(64).nullable(),
        placeholder: z.base64().max(64).nullable(),
        made: nameIn('made'),
        thumbnail: nameIn('thumbnail'),
      }),
    }),
    z.object({ refusal: z.enum(['FILE_TYPE', 'FILE_TOO_LARGE']) }),
    z.object({ failed: z.string() }),
  ]),
);

/** Finds out what this machine has, says so in the log, and looks at files from then on. Processes are started when they are needed, and kept for the next look. */
export async function createFileLooker({
  logger,
  atOnce = 2,
  ms = 30_000,
  memoryBytes = 1_073_741_824,
  limits = { pixels: 40_000_000, frames: 200, pixelsOfFrames: 100_000_000 },
  programs: { ffmpeg, ffprobe } = { ffmpeg: 'ffmpeg', ffprobe: 'ffprobe' },
  looks = new URL('./file-look.process.ts', import.meta.url),
}: FileLookerOptions): Promise<FileLooker> {
  const [foundFfmpeg, foundFfprobe] = await Promise.all([findProgram(ffmpeg), findProgram(ffprobe)]);
  const programs = { ffmpeg: foundFfmpeg, ffprobe: foundFfprobe };
  logger.info(programs, 'the programs that look at sound and film; null: it is not installed');
  const gate = createGate(atOnce);
  const all = new Set<Promise<Forked>>();
  let idle: Forked[] = [];
  let isStopped = false;

  const begin = async (): Promise<Forked> => {
    // As little as possible is given to what reads hostile bytes. The rest keeps its memory together, and out of temporary files.
    const env = { MALLOC_ARENA_MAX: '2', VIPS_DISC_THRESHOLD: `${memoryBytes}` };
    const starting = startForked(looks, { args: [`${memoryBytes}`], heapMegabytes: 128, env, startMs });
    all.add(starting);
    starting.catch(() => all.delete(starting));
    const begun = await starting;
    void begun.ended.then(() => all.delete(starting));
    return begun;
  };

  const ask = async (job: LookJob): Promise<FileFacts | { readonly refusal: LookRefusal }> => {
    if (isStopped) throw new AppError('UNAVAILABLE');
    idle = idle.filter((kept) => kept.isAlive());
    const looking =
      idle.pop() ??
      (await begin().catch((error: unknown) => {
        throw unavailable(error);
      }));
    const order: LookOrder = { job, programs, limits, ms };
    const asked = await looking.ask(order, ms);
    if (isStopped) throw new AppError('UNAVAILABLE');
    const answer = 'answer' in asked ? answers.safeParse(asked.answer) : null;
    if (!answer?.success) {
      const reason = 'end' in asked ? asked.end : 'it said something else';
      logger.warn({ kind: job.kind, reason }, 'a look at a file came to no end: the file is refused');
      await looking.kill();
      return { refusal: 'FILE_TYPE' };
    }
    const { data } = answer;
    if (data.isSpent) await looking.kill();
    else idle.push(looking);
    if ('failed' in data) throw unavailable(new Error(data.failed));
    return 'facts' in data ? data.facts : { refusal: data.refusal };
  };

  return {
    look: (job) => gate.run(() => ask(job)),
    tools: { ffmpeg: programs.ffmpeg !== null, ffprobe: programs.ffprobe !== null },
    waiting: () => gate.waiting,
    async stop() {
      isStopped = true;
      await Promise.all([...all].map((starting) => starting.then((begun) => begun.kill()).catch(() => {})));
    },
  };
}

function unavailable(cause: unknown): AppError {
  const error = new AppError('UNAVAILABLE');
  error.cause = cause;
  return error;
}

const found = new Map<string, Promise<string | null>>();

/** Where the program is that the shell finds under this name. Asked once in a process: to start a shell takes longer than the rest of the start of a server. */
function findProgram(name: string): Promise<string | null> {
  const asked = found.get(name) ?? askShell(name);
  found.set(name, asked);
  return asked;
}

/** The program is not run: that alone takes a tenth of a second. */
async function askShell(name: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'command -v "$0"', name], { timeout: startMs });
    return stdout.trim();
  } catch {
    return null;
  }
}
