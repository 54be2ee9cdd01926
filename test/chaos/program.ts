import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program that runs, and that may be started again after its end. */
export interface Program {
  readonly name: string;
  /** The process id; null while it does not run. */
  pid(): number | null;
  start(): Promise<void>;
  /** Sends a signal. Does nothing where it does not run. */
  signal(name: NodeJS.Signals): void;
  /** Sends a signal and waits for the end; kills where that takes longer than 15 s. */
  end(name: NodeJS.Signals): Promise<void>;
  /** Kills it, and lets nobody start it again. */
  retire(): Promise<void>;
}

/** What to run, and who is told of what it prints. */
export interface Command {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly onLine?: (line: string) => void;
  /** Told when it ends by itself, and how. */
  readonly onUnexpectedEnd?: (how: string) => void;
}

// The keeper ends with its standard input: however this process ends, by Ctrl-C or by kill -9 too, what it has started ends as well. It tells the
// process id first, and ends itself when its child does. Background jobs get /dev/null as their input, so the real one is kept as 4.
const keeper = [
  'exec 4<&0',
  '"$@" </dev/null 3>&- 4<&- & child=$!',
  'trap "" INT TERM HUP',
  'echo $child >&3; exec 3>&-',
  '{ cat >/dev/null; kill -9 $child; } <&4 >/dev/null 2>&1 & watcher=$!',
  'exec 4<&-',
  'wait $child; code=$?',
  'kill -9 $watcher 2>/dev/null',
  'exit $code',
].join('\n');

/** Describes a program; `start` runs it. */
export function createProgram(command: Command): Program {
  let running: { readonly keeper: ChildProcess; readonly pid: number; readonly ended: Promise<void> } | null = null;
  let expected = false;
  let retired = false;

  const signal = (name: NodeJS.Signals) => {
    if (!running) return;
    try {
      process.kill(running.pid, name);
    } catch {
      // It has just ended.
    }
  };

  const end: Program['end'] = async (name) => {
    if (!running) return;
    expected = true;
    const { ended } = running;
    signal(name);
    // A stopped process hears nothing but SIGKILL.
    if (name !== 'SIGKILL') signal('SIGCONT');
    const late = setTimeout(() => signal('SIGKILL'), 15_000);
    await ended;
    clearTimeout(late);
  };

  return {
    name: command.name,
    pid: () => running?.pid ?? null,
    async start() {
      if (retired) throw new Error(`${command.name} is over`);
      if (running) throw new Error(`${command.name} runs already`);
      expected = false;
      const child = spawn('sh', ['-c', keeper, 'sh', command.program, ...command.args], {
        stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
        detached: true,
        cwd: command.cwd,
        env: { PATH: process.env.PATH, ...command.env },
      });
      const ended = new Promise<void>((resolve) => {
        child.once('exit', (code) => {
          running = null;
          child.stdin?.destroy();
          if (!expected) command.onUnexpectedEnd?.(`code ${code}`);
          resolve();
        });
      });
      child.stdin?.on('error', () => {});
      for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', (line) => command.onLine?.(line));
      const told = child.stdio[3];
      if (!told || !('on' in told)) throw new Error('the keeper has no third channel');
      const pid = await new Promise<number>((resolve, reject) => {
        told.on('data', (data) => resolve(Number(String(data))));
        child.once('error', reject);
      });
      running = { keeper: child, pid, ended };
    },
    signal,
    end,
    async retire() {
      retired = true;
      await end('SIGKILL');
    },
  };
}
