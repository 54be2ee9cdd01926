import { createRequire } from 'node:module';
import { Connection } from 'mysql2';
import { vi } from 'vitest';

/** A prepared statement of better-sqlite3, which ships no types. */
interface Statement {
  readonly source: string;
  all(...values: unknown[]): unknown[];
}
const Sqlite: new (file: string) => { prepare(sql: string): Statement; close(): void } = createRequire(import.meta.url)('better-sqlite3');
const isStatement = (value: unknown): value is Statement => typeof value === 'object' && value !== null && 'source' in value;

/** What this process asks its databases for, whatever they are. */
export interface Statements {
  /** The texts since the last time, in their order. */
  take(): string[];
}

/** Listens to what is asked for, until the end of the test. */
export function watchStatements(): Statements {
  const memory = new Sqlite(':memory:');
  const statement: Statement = Object.getPrototypeOf(memory.prepare('select 1'));
  memory.close();
  const sqlite = vi.spyOn(statement, 'all');
  const mysql = vi.spyOn(Connection.prototype, 'query');
  return {
    take() {
      const texts = [...sqlite.mock.contexts.map((context) => (isStatement(context) ? context.source : '')), ...mysql.mock.calls.map(([sql]) => sql)];
      sqlite.mockClear();
      mysql.mockClear();
      return texts.map((sql) => (typeof sql === 'string' ? sql : String(sql.sql)));
    },
  };
}
