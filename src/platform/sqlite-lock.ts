import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from './folder.ts';

/** Between two looks at a file that somebody else holds, in milliseconds. */
const pauseMs = 100;

/**
 * Holds a file of SQLite for this server: bells and presence would not reach a second one. The system lets go of it when the process ends, however
 * that ends. Waits up to `ms` for one that is just stopping. Gives what lets go, or null where another one holds it. Others may read and write the
 * database meanwhile, such as a backup: what is held is a file beside it.
 */
export async function holdFile(path: string, ms: number): Promise<(() => void) | null> {
  makeFolder(dirname(path));
  for (const until = performance.now() + ms; ; await sleep(pauseMs)) {
    const held = hold(`${path}.lock`);
    if (held || performance.now() > until) return held;
  }
}

function hold(path: string): (() => void) | null {
  const database = new DatabaseSync(path);
  try {
    database.exec('begin exclusive');
    return () => database.close();
  } catch (error) {
    database.close();
    // SQLITE_BUSY
    if (error instanceof Error && 'errcode' in error && error.errcode === 5) return null;
    throw error;
  }
}
