import { createHmac } from 'node:crypto';
import type { Database } from '../../platform/database.ts';
import type { Keys } from '../../platform/keys.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';

/** From where people have come in, by a login or a registration that was good: there a stranger's wrong ones do not slow them down. */
export interface Entrances {
  /** What a session keeps of the address where it began: a hash that says nothing without the server's key, and of which nobody sees that two people share it. */
  markOf(userId: number, address: string): string;
  /** Whether somebody has come in from there within the last 30 days. */
  cameIn(userId: number, address: string): Promise<boolean>;
}

const rememberedMs = 30 * 86_400_000;

const entrances = createStatement((tx, slot: Slots<{ userId: number; marks: readonly string[] }>) =>
  tx.db
    .selectFrom('Session')
    .select('id')
    .where('userId', '=', slot('userId'))
    .where('cameFrom', 'in', slot('marks'))
    .where((eb) => eb('createdAt', '>', eb(tx.dialect.now, '-', rememberedMs)))
    .limit(1),
);

/** Makes it. */
export function createEntrances(keys: Keys, database: Database): Entrances {
  const mark = (key: Buffer, userId: number, address: string) => createHmac('sha256', key).update(`${userId} ${address}`).digest('base64url').slice(0, 22);
  return {
    markOf: (userId, address) => mark(keys.current('entrance'), userId, address),
    async cameIn(userId, address) {
      const marks = keys.accepted('entrance').map((key) => mark(key, userId, address));
      const found = await database.read((tx) => entrances(tx, { userId, marks }));
      return found.length > 0;
    },
  };
}
