import { Migration } from '@mikro-orm/migrations';

export class Migration20261126145602_search_rows extends Migration {

  override name = 'Migration20261126145602_search_rows';

  override up(): void | Promise<void> {
    this.addSql(`create table \`search_progress\` (\`id\` integer not null primary key, \`is_done\` integer not null, \`epoch\` bigint not null);`);

    this.addSql(`create table \`search_row\` (\`conversation_id\` bigint not null, \`part\` integer not null, \`data\` longblob not null, primary key (\`conversation_id\`, \`part\`));`);

    this.addSql(`alter table \`conversation\` add column \`searchable_seq\` bigint null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`search_progress\`;`);
    this.addSql(`drop table if exists \`search_row\`;`);

    this.addSql(`alter table \`conversation\` drop column \`searchable_seq\`;`);
  }

}
