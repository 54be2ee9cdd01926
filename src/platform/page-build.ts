import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from './logger.ts';

/** What makes the pages, while the server runs already. */
export interface PageBuild {
  start(): void;
  /** Ends it. */
  stop(): void;
  /** Resolves when what is there is all that there will be; never rejects. */
  readonly done: Promise<void>;
}

/** The sources of the pages, and what is built of them. */
export const pagesFolder = fileURLToPath(new URL('../../web', import.meta.url));

/** The code with which the program ends where Vite is not installed. */
const noVite = 3;

/** How much of what it says is kept. */
const longestReason = 2000;

/**
 * Runs `build.ts` in the folder of the pages, which builds them where their sources are not those of what is built; in a process of its own, because
 * it takes seconds of a processor. Where there is no such program, as in the container, what is built is what there is.
 */
export function createPageBuild(folder: string, logger: Logger): PageBuild {
  const program = join(folder, 'build.ts');
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let child: ChildProcess | null = null;

  const say = (code: number | null, ms: number, out: string, reason: string) => {
    if (code === 0 && out.includes('built')) logger.info({ ms }, 'the page is built');
    else if (code === noVite)
      logger.warn('the page is not built from these sources, and Vite, which builds it, is not installed: run npm ci, or set PAGES=off; the API is served');
    // Without a code it was ended, mostly by `stop`.
    else if (code !== 0 && code !== null) logger.warn({ code, reason }, 'the page could not be built: try npm run build; the API is served');
  };

  return {
    done,
    start() {
      if (!existsSync(program)) return resolve();
      const began = performance.now();
      // It is to know no secrets.
      const building = fork(program, ['--if-changed'], { env: {}, execArgv: [], silent: true });
      child = building;
      let out = '';
      let err = '';
      building.stdout?.setEncoding('utf8').on('data', (text: string) => {
        out += text;
      });
      building.stderr?.setEncoding('utf8').on('data', (text: string) => {
        err = (err + text).slice(-longestReason);
      });
      building.on('error', (error) => {
        logger.warn({ err: error }, 'the page could not be built; the API is served');
        resolve();
      });
      building.on('close', (code) => {
        say(code, Math.round(performance.now() - began), out, err.trim());
        resolve();
      });
    },
    stop: () => void child?.kill(),
  };
}
