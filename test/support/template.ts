import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { inject } from 'vitest';
import { entities } from '../../src/entities.ts';
import { createDatabase } from '../../src/platform/database.ts';

const file = 'parley.sqlite';

/** Made once in a process, because migrating takes several times as long as copying what comes out of it. Whoever is there first waits for it. */
let sqlite: Promise<string> | null = null;
let mysql: Promise<readonly string[]> | null = null;

/** Puts into a folder for data what the migrations make there: the file of SQLite, as it is before a server has started on it. */
export async function copySqlite(folder: string): Promise<void> {
  sqlite ??= migratedFile();
  copyFileSync(await sqlite, join(folder, file));
}

async function migratedFile(): Promise<string> {
  const folder = mkdtempSync(join(inject('dataFolder'), 'template-'));
  await migrate({ url: undefined, dataDir: folder });
  return join(folder, file);
}

/** Makes in an empty database, on the server at `url`, what the migrations make there. */
export async function copyMysql(url: string, name: string): Promise<void> {
  mysql ??= migratedTables(url);
  const tables = await mysql;
  const connection = await createConnection({ uri: `${url}/${name}`, multipleStatements: true });
  try {
    await connection.query(tables.join('; '));
  } finally {
    await connection.end();
  }
}

/** The statements that make the tables of a migrated database, and its rows, in another one. It goes with the server. */
async function migratedTables(url: string): Promise<string[]> {
  const name = `template_${process.pid}`;
  const connection = await createConnection(url);
  try {
    await connection.query(`create database ${name} character set utf8mb4`);
    await migrate({ url: `${url}/${name}`, dataDir: tmpdir() });
    const [rows] = await connection.query<(RowDataPacket & { name: string })[]>(
      'select table_name as name from information_schema.tables where table_schema = ?',
      [name],
    );
    return rows.flatMap((table) => [
      `create table \`${table.name}\` like ${name}.\`${table.name}\``,
      `insert into \`${table.name}\` select * from ${name}.\`${table.name}\``,
    ]);
  } finally {
    await connection.end();
  }
}

async function migrate(place: { readonly url: string | undefined; readonly dataDir: string }): Promise<void> {
  const database = await createDatabase({ ...place, pool: 2, timeoutMs: 30_000 }, entities);
  await database.migrate();
  await database.close();
}
