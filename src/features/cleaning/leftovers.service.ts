import type { Tx } from '../../platform/database.ts';
import { portionsOf } from '../../platform/portions.ts';
import { openStatuses } from '../friends/friend-request.policy.ts';

/** A row that is looked at. */
export interface Aged {
  readonly id: number;
  readonly createdAt: number;
}

// What somebody holds at this moment is left for the next round.

/** Deletes those of these sessions that ended or ran out before a time. */
export async function clearSessions(tx: Tx, rows: readonly Aged[], before: number): Promise<void> {
  const sessions = tx.db.selectFrom('Session').select('id');
  for (const portion of portionsOf(idsOf(rows))) {
    const over = sessions.where('id', 'in', portion).where((eb) => eb.or([eb('endedAt', '<', before), eb('expiresAt', '<', before)]));
    for (const free of portionsOf(idsOf(await over.modifyEnd(tx.dialect.forUpdateOfFree).execute())))
      await tx.db.deleteFrom('Session').where('id', 'in', free).execute();
  }
}

/** Deletes those of these friend requests that were answered or withdrawn before a time. */
export async function clearFriendRequests(tx: Tx, rows: readonly Aged[], before: number): Promise<void> {
  const requests = tx.db.selectFrom('FriendRequest').select('id').where('status', 'not in', openStatuses);
  for (const portion of portionsOf(idsOf(rows))) {
    const over = requests.where('id', 'in', portion).where('answeredAt', '<', before);
    for (const free of portionsOf(idsOf(await over.modifyEnd(tx.dialect.forUpdateOfFree).execute())))
      await tx.db.deleteFrom('FriendRequest').where('id', 'in', free).execute();
  }
}

/** Deletes those of these join requests that were answered or withdrawn before a time. */
export async function clearJoinRequests(tx: Tx, rows: readonly Aged[], before: number): Promise<void> {
  const requests = tx.db.selectFrom('JoinRequest').select('id').where('status', '!=', 'PENDING');
  for (const portion of portionsOf(idsOf(rows))) {
    const over = requests.where('id', 'in', portion).where('answeredAt', '<', before);
    for (const free of portionsOf(idsOf(await over.modifyEnd(tx.dialect.forUpdateOfFree).execute())))
      await tx.db.deleteFrom('JoinRequest').where('id', 'in', free).execute();
  }
}

function idsOf(rows: readonly { readonly id: number }[]): number[] {
  return rows.map(({ id }) => id);
}
