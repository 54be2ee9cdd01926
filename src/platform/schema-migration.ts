import type { EntitySchema } from '@mikro-orm/core';
import { createOrm } from './orm.ts';

/** What the entities need beyond the committed migrations of one dialect. */
export interface MissingMigration {
  readonly dialect: 'mysql' | 'sqlite';
  readonly missing: boolean;
}

const urls = { mysql: 'mysql://root@127.0.0.1:3306/parley_migration', sqlite: 'sqlite::memory:' } as const;

/**
 * Compares the entities with the committed snapshot of each dialect, and with `write` makes the migrations that are missing.
 * Needs no server, except for the very first migration (an empty database at `mysqlUrl`).
 */
export async function schemaMigrations(entities: readonly EntitySchema[], write: boolean, mysqlUrl: string = urls.mysql): Promise<MissingMigration[]> {
  const found: MissingMigration[] = [];
  for (const dialect of ['mysql', 'sqlite'] as const) {
    const orm = await createOrm({ url: dialect === 'mysql' ? mysqlUrl : urls.sqlite, dataDir: '.', pool: 2, timeoutMs: 5000 }, entities);
    try {
      const missing = await orm.migrator.checkSchema();
      found.push({ dialect, missing });
      if (write && missing) await orm.migrator.create();
    } finally {
      await orm.close(true);
    }
  }
  return found;
}
