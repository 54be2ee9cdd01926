import { existsSync, mkdirSync, statSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes a folder, and those that it is in, where they are missing. Throws where that is not possible. Not by Node's `recursive`, which tries for ever in
 * a file system in which nobody can make one, such as /proc.
 */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Made by somebody else meanwhile.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** What was written aside and is older than so many milliseconds was left by a process that ended meanwhile. */
const leftAfterMs = 86_400_000;

/** Removes what was left in a folder under names that begin so. What it cannot remove does no harm. */
export async function removeLeft(folder: string, prefix = ''): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    const there = await stat(path).catch(() => null);
    if (there && Date.now() - there.mtimeMs > leftAfterMs) await rm(path, { force: true, recursive: true }).catch(() => {});
  }
}
