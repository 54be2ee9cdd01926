import { type Kysely, sql } from 'kysely';

/** By bytes: what is equal and what comes first is the same on every server, and as SQLite has it. What people see as the same is folded by Parley. */
const collation = 'utf8mb4_bin';

/**
 * Gives the database and all of its tables one collation, whatever the server or whoever made them had chosen: two names, emoji or keys that are
 * different here must not be one there. After the migrations, so that it holds for tables that are made later too; where nothing is to be done it
 * is two queries.
 */
export async function pinCollation<DB>(connection: Kysely<DB>): Promise<void> {
  const schema = await sql<{ name: string; collation: string }>`
    select schema_name as name, default_collation_name as collation from information_schema.schemata where schema_name = database()`.execute(connection);
  for (const { name, collation: found } of schema.rows) if (found !== collation) await run(connection, `alter database ${quoted(name)}`);
  const tables = await sql<{ name: string }>`
    select t.table_name as name from information_schema.tables t
    where t.table_schema = database() and t.table_type = 'BASE TABLE' and (t.table_collation <> ${collation} or exists (
      select 1 from information_schema.columns c
      where c.table_schema = t.table_schema and c.table_name = t.table_name and c.collation_name is not null and c.collation_name <> ${collation}))
    order by t.table_name`.execute(connection);
  for (const { name } of tables.rows) await run(connection, `alter table ${quoted(name)} convert to`);
}

const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``;

const run = <DB>(connection: Kysely<DB>, what: string) => sql.raw(`${what} character set utf8mb4 collate ${collation}`).execute(connection);
