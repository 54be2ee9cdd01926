import { type ChildProcess, spawn } from 'node:child_process';
import { closeLater } from './lifetime.ts';

/** A program of the system that runs for a test. */
export interface Program {
  readonly child: ChildProcess;
  /** What it has written so far. */
  said(): string;
}

/** Starts it, and ends it with SIGTERM, its workers with it, at the end of the test. */
export function startProgram(program: string, args: readonly string[]): Program {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += String(data);
    });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  closeLater(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { child, said: () => said };
}
