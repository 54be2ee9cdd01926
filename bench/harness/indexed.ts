import type { Database } from '../../src/platform/database.ts';

/** Whether the index of messages has not come to the end of all conversations. */
export async function isIndexBehind(database: Database): Promise<boolean> {
  const behind = await database.read(({ db }) =>
    db
      .selectFrom('Conversation as c')
      .innerJoin('Log as l', 'l.id', 'c.id')
      .select('c.id')
      .whereRef('l.lastSeq', '>', (eb) => eb.fn.coalesce('c.searchableSeq', eb.lit(0)))
      .limit(1)
      .execute(),
  );
  return behind.length > 0;
}
