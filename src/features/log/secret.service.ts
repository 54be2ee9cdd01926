import { randomBytes } from 'node:crypto';
import { type Database, isDuplicate } from '../../platform/database.ts';

/** A secret of the database, made where there is none: two nodes that start at the same moment get the same one. */
export async function databaseSecret(database: Database, name: string): Promise<Buffer> {
  const read = () => database.read((tx) => tx.db.selectFrom('Secret').select('value').where('name', '=', name).executeTakeFirst());
  const known = await read();
  if (known) return Buffer.from(known.value, 'hex');
  await database
    .transaction((tx) =>
      tx.db
        .insertInto('Secret')
        .values({ name, value: randomBytes(32).toString('hex') })
        .execute(),
    )
    .catch((error: unknown) => {
      if (!isDuplicate(error)) throw error;
    });
  const made = await read();
  if (!made) throw new Error(`the secret "${name}" of the database could not be made`);
  return Buffer.from(made.value, 'hex');
}
