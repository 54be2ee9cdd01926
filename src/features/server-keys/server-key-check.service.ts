import DataLoader from 'dataloader';
import { AppError } from '../../kernel/errors.ts';
import { createRecent } from '../../kernel/recent.ts';
import { isServerKey, type ServerCaller } from '../../kernel/server-caller.ts';
import type { Database } from '../../platform/database.ts';
import type { Keys } from '../../platform/keys.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { ServerKeyRow } from './server-key.entity.ts';
import { callerOfEnvironment, callerOfKey } from './server-key.policy.ts';
import { hashesOfKey } from './server-key-hash.policy.ts';

/** A key that was shown, good or not. */
export interface ShownServerKey {
  /** Whether this process knows about it without asking. */
  readonly isKnown: boolean;
  /** Whose key it is. Throws `TOKEN_INVALID` where it is none, or was revoked a second ago or longer, and `UNAVAILABLE` where that cannot be found out. */
  requireServer(): Promise<ServerCaller>;
}

/** The check of server keys. */
export interface ServerKeyCheck {
  /** Looks at a key that came. */
  look(secret: string): ShownServerKey;
  /** Writes down what keys were used for the last time, and does so no more. */
  stop(): Promise<void>;
}

/** What the check stands on. */
export interface ServerKeyCheckParts {
  readonly database: Database;
  readonly keys: Keys;
  /** That of the environment; null where there is none. */
  readonly ofEnvironment: string | null;
  /** Told of faults of what goes on behind. */
  readonly onFault: (error: unknown) => void;
}

/** For how long what was read about a key is believed, from when it was asked for: the bound of how long a revoked one passes. */
const believedMs = 800;

/** How often it is asked again where the answer took longer than it could be believed. */
const attempts = 3;

/** How far apart two notes of the last use of a key are, and how long one is gathered. */
const notedMs = 60_000;
const gatheredMs = 1000;

type Found = Pick<ServerKeyRow, 'id' | 'uuid' | 'name' | 'rights' | 'keyHash' | 'lastUsedAt' | 'revokedAt'>;

interface Believed {
  readonly row: Found | null;
  readonly caller: ServerCaller | null;
  readonly until: number;
}

const rowsOf = createStatement((tx, slot: Slots<{ hashes: readonly string[] }>) =>
  tx.db.selectFrom('ServerKey').select(['id', 'uuid', 'name', 'rights', 'keyHash', 'lastUsedAt', 'revokedAt']).where('keyHash', 'in', slot('hashes')),
);

/**
 * Makes the check. What is known of a key is believed for less than a second and then read anew, whatever a bus may say, so that a key which is
 * revoked ends everywhere in time, with and without Redis: one short read a second for each key that is in use.
 */
export function createServerKeyCheck({ database, keys, ofEnvironment, onFault }: ServerKeyCheckParts): ServerKeyCheck {
  const environment = ofEnvironment === null ? null : hashesOfKey(keys, ofEnvironment)[0];
  const believed = createRecent<Believed>({ entries: 1000, together: 1000, longest: 1 });
  const used = new Map<number, { readonly renewed: string | null }>();
  /** When each key was noted last by this process. */
  const noted = new Map<number, number>();
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  const rows = new DataLoader<readonly string[], Found | null, string>(
    async (wanted) => {
      const found = await database.read((tx) => rowsOf(tx, { hashes: wanted.flat() }));
      const byHash = new Map(found.map((row) => [row.keyHash, row]));
      return wanted.map((hashes) => hashes.map((hash) => byHash.get(hash)).find((row) => row !== undefined) ?? null);
    },
    { cache: false, maxBatchSize: 100, batchScheduleFn: (callback) => setImmediate(callback) },
  );

  const fresh = (hash: string): Believed | null => {
    const known = believed.get(hash);
    return known !== undefined && known.until > performance.now() ? known : null;
  };

  const find = async (hashes: readonly [string, ...string[]]): Promise<Believed> => {
    const known = fresh(hashes[0]);
    if (known !== null) return known;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const until = performance.now() + believedMs;
      const row = await rows.load(hashes);
      // An answer that took long may be older than the end of the key.
      if (performance.now() >= until) continue;
      const isGood = row !== null && row.revokedAt === null;
      const found: Believed = { row, caller: isGood ? callerOfKey(row) : null, until };
      believed.put(hashes[0], found, 1);
      return found;
    }
    throw new AppError('UNAVAILABLE');
  };

  const write = async (): Promise<void> => {
    timer = null;
    const notes = [...used];
    used.clear();
    if (notes.length === 0) return;
    await database.transaction(async (tx) => {
      for (const [id, { renewed }] of notes) {
        const set = renewed === null ? {} : { keyHash: renewed };
        await tx.db
          .updateTable('ServerKey')
          .set({ ...set, lastUsedAt: tx.dialect.now })
          .where('id', '=', id)
          .execute();
      }
    });
  };

  const flush = () => {
    writing = writing.then(write).catch(onFault);
    return writing;
  };

  /** Not one write for each call: one for each key and minute. */
  const note = ({ id, keyHash }: Found, current: string) => {
    const now = performance.now();
    if (now - (noted.get(id) ?? Number.NEGATIVE_INFINITY) < notedMs) return;
    noted.set(id, now);
    used.set(id, { renewed: keyHash === current ? null : current });
    timer ??= setTimeout(() => void flush(), gatheredMs).unref();
  };

  return {
    look(secret) {
      // Whatever it is, of whatever length, nothing is done about it.
      if (!isServerKey(secret)) return { isKnown: true, requireServer: () => Promise.reject(new AppError('TOKEN_INVALID')) };
      const hashes = hashesOfKey(keys, secret);
      const [hash] = hashes;
      if (hash === environment) return { isKnown: true, requireServer: () => Promise.resolve(callerOfEnvironment) };
      return {
        isKnown: fresh(hash) !== null,
        async requireServer() {
          const { row, caller } = await find(hashes);
          if (row === null || caller === null) throw new AppError('TOKEN_INVALID');
          note(row, hash);
          return caller;
        },
      };
    },
    async stop() {
      if (timer !== null) clearTimeout(timer);
      await flush();
    },
  };
}
