import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { ReactDocument } from '../generated/graphql.ts';
import { createData, startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { registerTwo, sendText } from '../support/people.ts';

it('whatever the server and the tables were like before, everything is compared by bytes, tables of later versions too', async () => {
  const data = await createData();
  const connection = await createConnection({ uri: present(data.DATABASE_URL), multipleStatements: true });
  const others = async () => {
    const [rows] = await connection.query(`
      select table_name as name, table_collation as collation from information_schema.tables where table_schema = database() and table_collation <> 'utf8mb4_bin'
      union all select concat(table_name, '.', column_name), collation_name from information_schema.columns where table_schema = database() and collation_name <> 'utf8mb4_bin'
      union all select schema_name, default_collation_name from information_schema.schemata where schema_name = database() and default_collation_name <> 'utf8mb4_bin'`);
    return rows;
  };
  try {
    await connection.query('set names utf8mb4; alter database character set latin1');
    const first = await startApp(data);
    expect(await others()).toEqual([]);
    await first.stop();
    await connection.query(`
      alter table user convert to character set utf8mb4 collate utf8mb4_general_ci; alter table message modify text text collate utf8mb4_unicode_ci;
      alter database collate utf8mb4_general_ci; create table later (name varchar(20) not null primary key) character set utf8mb4`);
    const again = await startApp(data);
    expect(await others()).toEqual([]);
    const [sender, reader] = await registerTwo(again);
    const { id } = await sendText(sender, reader.user.id, 'x');
    for (const emoji of ['👍', '🎉', '👎']) await reader.ask(ReactDocument, { messageId: id, emoji });
  } finally {
    connection.destroy();
  }
});
