import type { Read, Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { PlaceKey } from '../messages/message-view.service.ts';
import { compareKeys, type Keys } from './message-keys.policy.ts';

/** When messages were sent, by their places; of places where there is none nothing is said. */
export async function timesOf(
  tx: Tx,
  places: readonly { readonly id: number; readonly seq: number }[],
): Promise<(id: number, seq: number) => number | undefined> {
  const rows = await timesAt(tx, { places: places.map(({ id, seq }) => [id, seq]) });
  const times = new Map(rows.map(({ conversationId, seq, createdAt }) => [`${conversationId}:${seq}`, createdAt]));
  return (id, seq) => times.get(`${id}:${seq}`);
}

const timesAt = createStatement((tx, slot: Slots<{ places: readonly PlaceKey[] }>) =>
  tx.db
    .selectFrom('Message')
    .select(['conversationId', 'seq', 'createdAt'])
    .where(slot.among(['conversationId', 'seq'], 'places')),
);

/**
 * Places of a conversation, newest first. Times are those of the database and follow the seqs: where its clock was set back, a page that begins at a time in between
 * may pass over what was sent then.
 */
export interface Listed {
  readonly id: number;
  readonly uuid: string;
  readonly seqs: readonly number[];
}

/**
 * How many of the first of each list a page begins after, whose cursor stands there. Times follow seqs, so few of them are looked at, however long the lists
 * are. A place without a message counts as old.
 */
export async function countBefore(read: Read, after: Keys, lists: readonly Listed[]): Promise<number[]> {
  const ranges = lists.map(({ seqs }) => ({ low: 0, high: seqs.length }));
  for (;;) {
    const open = lists.flatMap(({ id, uuid, seqs }, index) => {
      const range = ranges[index];
      if (range === undefined || range.low === range.high) return [];
      const middle = Math.floor((range.low + range.high) / 2);
      return [{ range, middle, id, uuid, seq: seqs[middle] ?? 0 }];
    });
    if (open.length === 0) return ranges.map(({ low }) => low);
    const timeAt = await read((tx) => timesOf(tx, open));
    for (const { range, middle, id, uuid, seq } of open) {
      const at = timeAt(id, seq);
      if (at !== undefined && compareKeys([at, uuid, seq], after) <= 0) range.low = middle + 1;
      else range.high = middle;
    }
  }
}
