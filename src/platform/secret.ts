import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from './folder.ts';

/**
 * The secret of a server that was given none: made once, kept in `token-secret` in the data folder, readable by its owner only.
 * Two processes that start at the same moment get the same one. Throws where the folder cannot be written.
 */
export async function generatedSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, 'token-secret');
  const known = await readSecret(path);
  if (known !== null) return known;
  makeFolder(dataDir);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(48).toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  // A link appears complete or not at all and never replaces: whoever comes second, or after a crash in mid-write, reads a whole secret.
  await link(draft, path).catch((error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? undefined : Promise.reject(error)));
  await rm(draft);
  const made = await readSecret(path);
  if (made === null) throw new Error(`${path} could not be made`);
  return made;
}

async function readSecret(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? null : Promise.reject(error)));
  if (text === null) return null;
  const secret = text.trim();
  if (Buffer.byteLength(secret) < 32) throw new Error(`${path} holds no secret of at least 32 bytes: remove it, and a new one is made (every session ends)`);
  return secret;
}
