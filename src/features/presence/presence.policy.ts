import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { readTies } from '../contacts/tie.policy.ts';

/**
 * Whose presence a viewer may see, of these users: one's own, friends', that of people who have written to the viewer, and agents'; never of
 * somebody who has blocked the viewer. Without a viewer nobody's. At most three queries.
 */
export async function visiblePresence(tx: Tx, viewerUserId: number | null, userIds: readonly number[]): Promise<ReadonlySet<number>> {
  if (viewerUserId === null) return new Set();
  const others = [...new Set(userIds)].filter((id) => id !== viewerUserId);
  const visible = new Set(userIds.filter((id) => id === viewerUserId));
  if (others.length === 0) return visible;

  const tiesTo = await readTies(tx, viewerUserId, others);
  const blockers = new Set(others.filter((id) => tiesTo(id).recipientBlocksSender));
  for (const id of others) if (tiesTo(id).areFriends && !blockers.has(id)) visible.add(id);

  // Each query asks only about those of whom nothing is decided yet: mostly none are left after the friends.
  let open = others.filter((id) => !visible.has(id) && !blockers.has(id));
  if (open.length === 0) return visible;
  for (const id of await agentsAmong(tx, open)) visible.add(id);
  open = open.filter((id) => !visible.has(id));
  if (open.length === 0) return visible;
  for (const id of await writersTo(tx, viewerUserId, open)) visible.add(id);
  return visible;
}

async function agentsAmong(tx: Tx, userIds: readonly number[]): Promise<number[]> {
  return (await agents(tx, { ids: userIds })).map(({ id }) => id);
}

const agents = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.selectFrom('User').select('id').where('id', 'in', slot('ids')).where('role', '=', 'AGENT'),
);

/** Which of these people have written to somebody in their DIRECT conversation, since the two were last unfriended. */
async function writersTo(tx: Tx, userId: number, peerIds: readonly number[]): Promise<number[]> {
  const rows = await writers(tx, { userId, pairs: peerIds.map((peerId) => [Math.min(peerId, userId), Math.max(peerId, userId)]) });
  return rows.map((row) => row.userId);
}

const writers = createStatement((tx, slot: Slots<{ userId: number; pairs: readonly (readonly [low: number, high: number])[] }>) =>
  tx.db
    .selectFrom('Conversation')
    .innerJoin('Member', 'Member.logId', 'Conversation.id')
    .select('Member.userId')
    .where('Member.userId', '!=', slot('userId'))
    .where('Member.sentCount', '>', 0)
    .where(slot.oneOf(['Conversation.lowUserId', 'Conversation.highUserId'], 'pairs')),
);
