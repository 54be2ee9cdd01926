import { Migration } from '@mikro-orm/migrations';

export class Migration20261125193439_cleaning extends Migration {

  override name = 'Migration20261125193439_cleaning';

  override up(): void | Promise<void> {
    this.addSql(`create table \`cleaning_progress\` (\`task\` text not null primary key, \`up_to\` bigint not null, \`due_at\` bigint not null);`);

    this.addSql(`create index \`relation_other_id_index\` on \`relation\` (\`other_id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`cleaning_progress\`;`);

    this.addSql(`drop index \`relation_other_id_index\`;`);
  }

}
