import { Migration } from '@mikro-orm/migrations';

export class Migration20261125193438_cleaning extends Migration {

  override name = 'Migration20261125193438_cleaning';

  override up(): void | Promise<void> {
    this.addSql(`create table \`cleaning_progress\` (\`task\` varchar(20) not null, \`up_to\` bigint not null, \`due_at\` bigint not null, primary key (\`task\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`alter table \`relation\` add index \`relation_other_id_index\` (\`other_id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`cleaning_progress\`;`);

    this.addSql(`alter table \`relation\` drop index \`relation_other_id_index\`;`);
  }

}
