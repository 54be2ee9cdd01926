import { type ChildProcess, spawn } from 'node:child_process';

/** Where the programs are that look at sound and film; null: this machine does not have it. */
export interface FilePrograms {
  readonly ffmpeg: string | null;
  readonly ffprobe: string | null;
}

/** What a program may take. */
interface Bounds {
  readonly ms: number;
  /** What it may write. */
  readonly bytes: number;
}

/** How it ended: LATE, where it took too long or wrote too much. */
export type ProgramEnd = 'DONE' | 'FAILED' | 'LATE';

/** Address space: shared libraries are a good part of it. */
const mostMemoryBytes = 1_610_612_736;

/**
 * It writes nothing but its output, and ends by itself when its time of the processor is over, where nobody is left to end it. Each line by itself, because
 * not every system knows every bound.
 */
const bounded = (seconds: number) => `{ ulimit -c 0; ulimit -f 0; ulimit -v ${mostMemoryBytes / 1024}; ulimit -t ${seconds}; } 2>/dev/null; exec "$0" "$@"`;

const running = new Set<ChildProcess>();

/**
 * Runs ffmpeg or ffprobe, without an environment, input or network, and gives what it writes to `take`. Throws where it cannot be started.
 */
export async function runProgram(path: string, args: readonly string[], { ms, bytes }: Bounds, take: (chunk: Buffer) => void): Promise<ProgramEnd> {
  if (ms <= 0) return 'LATE';
  const line = ['-c', bounded(Math.ceil(ms / 1000)), path, ...args];
  const child = spawn('/bin/sh', line, { env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
  running.add(child);
  let left = bytes;
  let isLate = false;
  const end = () => {
    isLate = true;
    child.kill('SIGKILL');
  };
  const timer = setTimeout(end, ms);
  child.stdout.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) take(chunk);
    else end();
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (isLate) return 'LATE';
    return code === 0 ? 'DONE' : 'FAILED';
  } finally {
    clearTimeout(timer);
    running.delete(child);
  }
}

/** Ends the programs that run. */
export function endPrograms(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** What stands before the name of the input: it is read as what it is, whatever it says, and nothing else is read. */
export function inputOf(path: string, format: string): readonly string[] {
  return ['-protocol_whitelist', 'file,pipe', '-max_pixels', '40000000', '-threads', '1', '-f', format, '-i', `file:${path}`];
}
