import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { besideRoll, openRoll, rolledAbove } from '../conversations/roll.service.ts';
import { type Head, type Membership, readHeads, readMemberships } from './replay.service.ts';

// What a stream has to know of somebody with very many DIRECT conversations: of those only the ones in which something was written. Nobody leaves such
// a conversation, and it rings on the channels of its two people, so that no node has to know all of them to give what is written there.

/** Somebody's conversations that are no DIRECT ones; all, where no roll says which these are. */
export async function readWideMemberships(tx: Tx, userId: number): Promise<Membership[]> {
  const roll = await openRoll(tx, userId);
  return roll ? await membershipsAmong(tx, userId, besideRoll(roll)) : await readMemberships(tx, userId);
}

/** Likewise, with the heads above an epoch of everything that they receive: as `readHeads` finds them. */
export async function readWide(tx: Tx, userId: number, aboveEpoch: number): Promise<{ readonly memberships: Membership[]; readonly heads: Head[] }> {
  const roll = await openRoll(tx, userId);
  if (!roll) return { memberships: await readMemberships(tx, userId), heads: await readHeads(tx, userId, aboveEpoch) };
  const [memberships, ids, own] = await Promise.all([
    membershipsAmong(tx, userId, besideRoll(roll)),
    rolledAbove(tx, roll, aboveEpoch),
    ownHead(tx, { userId, aboveEpoch }),
  ]);
  const heads = await headsAmong(tx, { userId, ids, aboveEpoch });
  return { memberships, heads: [...own, ...heads].sort((a, b) => a.logId - b.logId) };
}

async function membershipsAmong(tx: Tx, userId: number, ids: readonly number[]): Promise<Membership[]> {
  const rows = await placesAmong(tx, { userId, ids });
  return rows.map(({ logId, kind, stateRev, active, dissolvedAt }) => ({ logId, kind, stateRev, active: active === 1, isOver: dissolvedAt !== null }));
}

const placesAmong = createStatement((tx, slot: Slots<{ userId: number; ids: readonly number[] }>) =>
  tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .select(['m.logId', 'm.stateRev', 'm.active', 'c.kind', 'c.dissolvedAt'])
    .where('m.userId', '=', slot('userId'))
    .where('m.logId', 'in', slot('ids'))
    .where('c.kind', '!=', 'DIRECT'),
);

const headsAmong = createStatement((tx, slot: Slots<{ userId: number; ids: readonly number[]; aboveEpoch: number }>) =>
  tx.db
    .selectFrom('Member as m')
    .innerJoin('Log as l', 'l.id', 'm.logId')
    .select(['l.id as logId', 'l.lastRev', 'l.lastEpoch', 'm.stateRev as since'])
    .where('m.userId', '=', slot('userId'))
    .where('m.logId', 'in', slot('ids'))
    .where('m.active', '=', 1)
    .where('l.lastEpoch', '>', slot('aboveEpoch')),
);

const ownHead = createStatement((tx, slot: Slots<{ userId: number; aboveEpoch: number }>) =>
  tx.db
    .selectFrom('Log as l')
    .select((eb) => ['l.id as logId', 'l.lastRev', 'l.lastEpoch', eb.lit(0).as('since')])
    .where('l.id', '=', slot('userId'))
    .where('l.lastEpoch', '>', slot('aboveEpoch')),
);
