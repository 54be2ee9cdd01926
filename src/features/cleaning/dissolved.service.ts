import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { releaseAllFiles } from '../files/file-use.service.ts';
import type { Aged } from './leftovers.service.ts';

/** How many files are let go of in one transaction: a group may have any number. */
const together = 200;

/**
 * Lets go of the files that dissolved ones of these conversations show: their messages are there for nobody any more, and so is their picture. What nothing
 * else shows is removed, and counts for nobody. Gives the conversation with which to go on where not all of it is done; null: it is.
 */
export async function clearDissolved(tx: Tx, rows: readonly Aged[]): Promise<number | null> {
  const ids = (await dissolvedAmong(tx, { ids: rows.map(({ id }) => id) })).map(({ id }) => id);
  const left = await releaseAllFiles(tx, ids, together);
  const done = left === null ? ids : ids.filter((id) => id < left);
  const pictured = (await picturesOf(tx, { ids: done })).filter(({ avatar }) => avatar?.startsWith('/'));
  await clearPictures(tx, { ids: pictured.map(({ id }) => id) });
  return left;
}

const dissolvedAmong = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.selectFrom('Conversation').select('id').where('id', 'in', slot('ids')).where('dissolvedAt', 'is not', null),
);

const picturesOf = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.selectFrom('Conversation').select(['id', 'avatar']).where('id', 'in', slot('ids')).where('avatar', 'is not', null),
);

/** Of a picture that was uploaded nothing is there any more. */
const clearPictures = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.updateTable('Conversation').set({ avatar: null }).where('id', 'in', slot('ids')),
);
