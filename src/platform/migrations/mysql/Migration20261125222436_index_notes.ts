import { Migration } from '@mikro-orm/migrations';

export class Migration20261125222436_index_notes extends Migration {

  override name = 'Migration20261125222436_index_notes';

  override up(): void | Promise<void> {
    this.addSql(`create table \`index_note\` (\`conversation_id\` bigint unsigned not null, \`seq\` bigint unsigned not null, \`rev\` bigint unsigned not null, \`text\` text null, primary key (\`conversation_id\`, \`seq\`, \`rev\`)) default character set utf8mb4 engine = InnoDB;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`index_note\`;`);
  }

}
