import { type Kysely, sql } from 'kysely';

const denied = new Set([
  1044, // ER_DBACCESS_DENIED_ERROR
  1142, // ER_TABLEACCESS_DENIED_ERROR
  1143, // ER_COLUMNACCESS_DENIED_ERROR
]);

/**
 * Whether the account may change or delete what is in a table, by the name of its entity. Asked by trying it with no row, because rights come in
 * several ways: for the server, a database or a table, by a role, or as a proxy of another account.
 */
export async function mayChange<DB>(kysely: Kysely<DB>, table: string): Promise<boolean> {
  const [name, column] = [sql.table(table), sql.ref('id')];
  for (const statement of [sql`delete from ${name} where 1 = 0`, sql`update ${name} set ${column} = ${column} where 1 = 0`]) {
    try {
      // Each on a connection of its own: one on which something was denied is of no use.
      await kysely.connection().execute((connection) => statement.execute(connection));
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'errno' in error && denied.has(Number(error.errno)))) throw error;
    }
  }
  return false;
}
