import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import { releaseFiles } from '../files/file-use.service.ts';
import { approversOf } from '../groups/group-lock.service.ts';
import { answerRequests } from '../groups/join-request.service.ts';
import type { LogWriter } from '../log/log.service.ts';
import type { Aged } from './leftovers.service.ts';

/**
 * Deletes visitors who were not seen since a time and left no trace: they never were in a conversation, and nobody has followed or blocked them. Who
 * was disabled stays: the device would come back as somebody else. Their own logs go with them; entries there go as all do, by their age, and what they
 * have uploaded as what nothing shows. Requests of theirs that wait are taken back before, so that those who could answer them are told; they go when
 * that is as long ago.
 */
export async function clearVisitors(writer: LogWriter, permissions: PermissionService, rows: readonly Aged[], before: number): Promise<null> {
  const ids = rows.map(({ id }) => id);
  const chosen = await withoutTrace(writer, await unseen(writer, ids, before), before);
  const requests = Map.groupBy(await waitingOf(writer, { ids: chosen }), ({ conversationId }) => conversationId);
  const wanted = [...chosen];
  const groups: number[] = [];
  // So many are told in one transaction, and those of one group at least; whoever waits elsewhere stays until the next round.
  for (let told = 0; told < mostTold && groups.length < requests.size; ) {
    const [id = 0, ofGroup = []] = [...requests][groups.length] ?? [];
    const people = await approversOf(writer, id);
    groups.push(id);
    wanted.push(id, ...people);
    told += ofGroup.length * (people.length + 1);
  }
  // Who is being changed at this moment is left for the next round.
  const held = new Set((await writer.lock(wanted, { onlyFree: true })).keys());
  // Judged again under the locks: somebody may have come back, or been written to.
  const stillHeld = chosen.filter((id) => held.has(id));
  const going = await withoutTrace(writer, await unseen(writer, stillHeld, before), before);
  // Those first who go at once: what they have uploaded is locked, which comes before the stamp.
  const asking = new Set((await asked(writer, { ids: going, before })).map(({ id }) => id));
  await clear(
    writer,
    going.filter((id) => !asking.has(id)),
  );
  const waiting = await waitingOf(writer, { ids: going });
  for (const id of groups) {
    const people = await approversOf(writer, id);
    if (![id, ...people].every((logId) => held.has(logId))) continue;
    const ofGroup = waiting.filter(({ conversationId }) => conversationId === id);
    await answerRequests({ ...writer, group: { id }, needs: () => undefined }, permissions, ofGroup, 'CANCELLED');
  }
  return null;
}

/** How many entries are written for requests that are taken back, and those of one group more. */
const mostTold = 500;

/** Those of these people who are visitors and were not seen since a time, as far as their own rows say. */
async function unseen(tx: Tx, userIds: readonly number[], before: number): Promise<number[]> {
  return (await unseenAmong(tx, { ids: userIds, before })).map(({ id }) => id);
}

const unseenAmong = createStatement((tx, slot: Slots<{ ids: readonly number[]; before: number }>) =>
  tx.db
    .selectFrom('User')
    .select('id')
    .where('id', 'in', slot('ids'))
    .where('role', '=', 'VISITOR')
    .where('enabled', '=', 1)
    .where('createdAt', '<', slot('before'))
    .where((eb) => eb.or([eb('lastSeenAt', 'is', null), eb('lastSeenAt', '<', slot('before'))]))
    .orderBy('id'),
);

/** Those of these people of whom nothing says that they were here, but what goes with them. */
async function withoutTrace(tx: Tx, userIds: readonly number[], before: number): Promise<number[]> {
  const ids = userIds;
  const traces = [...(await members(tx, { ids })), ...(await known(tx, { ids })), ...(await loggedIn(tx, { ids, before }))];
  const seen = new Set(traces.map(({ id }) => id));
  return userIds.filter((id) => !seen.has(id));
}

type Ids = readonly number[];

const members = createStatement((tx, slot: Slots<{ ids: Ids }>) =>
  tx.db.selectFrom('Member').select('userId as id').distinct().where('userId', 'in', slot('ids')),
);
const known = createStatement((tx, slot: Slots<{ ids: Ids }>) =>
  tx.db.selectFrom('Relation').select('otherId as id').distinct().where('otherId', 'in', slot('ids')),
);
const loggedIn = createStatement((tx, slot: Slots<{ ids: Ids; before: number }>) =>
  tx.db.selectFrom('Session').select('userId as id').distinct().where('userId', 'in', slot('ids')).where('refreshedAt', '>=', slot('before')),
);

const asked = createStatement((tx, slot: Slots<{ ids: Ids; before: number }>) =>
  tx.db
    .selectFrom('JoinRequest')
    .select('userId as id')
    .distinct()
    .where('userId', 'in', slot('ids'))
    .where((eb) => eb.or([eb('status', '=', 'PENDING'), eb('answeredAt', '>=', slot('before'))])),
);
const waitingOf = createStatement((tx, slot: Slots<{ ids: Ids }>) =>
  tx.db.selectFrom('JoinRequest').selectAll().where('userId', 'in', slot('ids')).where('status', '=', 'PENDING').orderBy('id'),
);

const pictured = createStatement((tx, slot: Slots<{ ids: Ids }>) =>
  tx.db.selectFrom('FileUse').select('logId').distinct().where('logId', 'in', slot('ids')).where('seq', '=', 0),
);

// By condition: their number has an end, but for what was made before it had one.
const clearing = [
  createStatement((tx, slot: Slots<{ ids: Ids }>) => tx.db.deleteFrom('Session').where('userId', 'in', slot('ids'))),
  createStatement((tx, slot: Slots<{ ids: Ids }>) => tx.db.deleteFrom('JoinRequest').where('userId', 'in', slot('ids'))),
  createStatement((tx, slot: Slots<{ ids: Ids }>) => tx.db.deleteFrom('FriendRequest').where('fromId', 'in', slot('ids'))),
  createStatement((tx, slot: Slots<{ ids: Ids }>) => tx.db.deleteFrom('Relation').where('userId', 'in', slot('ids'))),
  createStatement((tx, slot: Slots<{ ids: Ids }>) => tx.db.deleteFrom('Made').where('userId', 'in', slot('ids'))),
  createStatement((tx, slot: Slots<{ ids: Ids }>) => tx.db.deleteFrom('ProfileJob').where('userId', 'in', slot('ids'))),
  createStatement((tx, slot: Slots<{ ids: Ids }>) => tx.db.deleteFrom('OwnerJob').where('userId', 'in', slot('ids'))),
  createStatement((tx, slot: Slots<{ ids: Ids }>) => tx.db.deleteFrom('User').where('id', 'in', slot('ids'))),
  createStatement((tx, slot: Slots<{ ids: Ids }>) => tx.db.deleteFrom('Log').where('id', 'in', slot('ids'))),
] as const;

async function clear(tx: Tx, ids: Ids): Promise<void> {
  for (const { logId } of await pictured(tx, { ids })) await releaseFiles(tx, { logId, seq: 0 });
  for (const deleteFrom of clearing) await deleteFrom(tx, { ids });
}
