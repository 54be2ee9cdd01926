import { Migration } from '@mikro-orm/migrations';

export class Migration20261126145602_search_rows extends Migration {

  override name = 'Migration20261126145602_search_rows';

  override up(): void | Promise<void> {
    this.addSql(`create table \`search_progress\` (\`id\` int unsigned not null, \`is_done\` int not null, \`epoch\` bigint not null, primary key (\`id\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`create table \`search_row\` (\`conversation_id\` bigint unsigned not null, \`part\` int unsigned not null, \`data\` longblob not null, primary key (\`conversation_id\`, \`part\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`alter table \`conversation\` add \`searchable_seq\` bigint null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`search_progress\`;`);
    this.addSql(`drop table if exists \`search_row\`;`);

    this.addSql(`alter table \`conversation\` drop column \`searchable_seq\`;`);
  }

}
