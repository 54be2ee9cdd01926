import { spawn } from 'node:child_process';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from './logger.ts';

/** Has a program of the operator's judge files, such as one that looks for viruses. */
export interface FileScanner {
  /** Whether the file at this path may be given to anybody. Throws `UNAVAILABLE` where nobody can judge: then it is to be tried again. */
  isFine(path: string): Promise<boolean>;
}

/** How files are judged. */
export interface FileScannerOptions {
  readonly logger: Logger;
  /** A program with its arguments, as a shell reads them; the path of the file is put behind. Undefined: every file is fine. */
  readonly scanCommand: string | undefined;
  /** How long it may take, in milliseconds: whatever takes longer is not fine. */
  readonly scanMs: number;
}

/** With what a shell ends where there is no such program, or it may not be run. */
const notStarted: readonly unknown[] = [126, 127];

/** Makes what runs the command for each file. It gets nothing of the environment, so that no secret is passed on; 0 as its exit code means fine. */
export function createFileScanner({ logger, scanCommand, scanMs }: FileScannerOptions): FileScanner {
  if (scanCommand === undefined) return { isFine: async () => true };
  return {
    async isFine(path) {
      // In the place of the shell, so that it is the program itself that is killed when its time is over.
      const child = spawn('/bin/sh', ['-c', `exec ${scanCommand} "$0"`, path], { env: {}, stdio: 'ignore' });
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        child.kill('SIGKILL');
      }, scanMs);
      const how = await new Promise<unknown>((resolve) => {
        child.once('error', (error) => resolve(error));
        child.once('exit', (code, signal) => resolve(code ?? signal));
      });
      clearTimeout(timer);
      if (how instanceof Error || notStarted.includes(how)) {
        logger.error({ reason: String(how) }, 'FILE_SCAN_COMMAND cannot be started: no file becomes ready');
        throw new AppError('UNAVAILABLE');
      }
      if (isLate) logger.warn('FILE_SCAN_COMMAND took too long: the file is refused');
      return how === 0;
    },
  };
}
