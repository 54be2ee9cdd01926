import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { FileRow } from './file.entity.ts';
import type { Kept } from './upload-input.policy.ts';

const ownOnes = createStatement((tx, slot: Slots<{ ownerId: number; ids: readonly number[] }>) =>
  tx.db.selectFrom('File').selectAll().where('ownerId', '=', slot('ownerId')).where('state', '!=', 'GONE').where('id', 'in', slot('ids')),
);

/** Those of these files that somebody has uploaded. */
export async function ownUploads(tx: Tx, ownerId: number, ids: readonly number[]): Promise<FileRow[]> {
  return await ownOnes(tx, { ownerId, ids });
}

/** A file by its uuid, GONE or not. */
export async function fileByUuid(tx: Tx, uuid: string): Promise<FileRow | undefined> {
  return await tx.db.selectFrom('File').selectAll().where('uuid', '=', uuid).executeTakeFirst();
}

/** Likewise, where its maker is there and not disabled. */
export async function uploadOfEnabled(tx: Tx, uuid: string): Promise<FileRow | undefined> {
  return await tx.db
    .selectFrom('File as f')
    .innerJoin('User as u', (join) => join.onRef('u.id', '=', 'f.ownerId').on('u.enabled', '=', 1))
    .selectAll('f')
    .where('f.uuid', '=', uuid)
    .executeTakeFirst();
}

/** A file, locked until the transaction ends. Before the stamp. */
export async function lockFile(tx: Tx, id: number): Promise<FileRow | undefined> {
  return await tx.db.selectFrom('File').selectAll().where('id', '=', id).modifyEnd(tx.dialect.forUpdate).executeTakeFirst();
}

/** What somebody has, as announced. What was refused is removed at once, and counts no more. */
export async function keptOf(tx: Tx, ownerId: number): Promise<Kept> {
  const rows = await tx.db
    .selectFrom('File')
    .select(['state', (eb) => eb.fn.sum('size').as('bytes'), (eb) => eb.fn.countAll().as('count')])
    .where('ownerId', '=', ownerId)
    .where('state', 'in', ['WAITING', 'CHECKING', 'READY', 'GONE'])
    .groupBy('state')
    .execute();
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const kept = rows.filter(({ state }) => state !== 'GONE');
  const bytesOf = (some: typeof rows) => sum(some.map(({ bytes }) => Number(bytes)));
  return {
    bytes: bytesOf(kept),
    open: sum(kept.map(({ state, count }) => (state === 'READY' ? 0 : Number(count)))),
    going: bytesOf(rows.filter(({ state }) => state === 'GONE')),
  };
}
