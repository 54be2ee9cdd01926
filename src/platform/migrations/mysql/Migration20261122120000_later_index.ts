import { Migration } from '@mikro-orm/migrations';

export class Migration20261122120000_later_index extends Migration {

  override name = 'Migration20261122120000_later_index';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`conversation\` add \`indexed_seq\` bigint null;`);
    // Until now the index was written with the messages. Where what is older is not through yet, it is begun anew.
    this.addSql(`update \`conversation\` set \`indexed_seq\` = (select \`last_seq\` from \`log\` where \`log\`.\`id\` = \`conversation\`.\`id\`) where exists (select 1 from \`index_progress\` where \`is_done\` = 1);`);
    this.addSql(`update \`index_progress\` set \`log_id\` = 0 where \`is_done\` = 0;`);

    this.addSql(`alter table \`index_progress\` drop column \`seq\`;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`conversation\` drop column \`indexed_seq\`;`);

    this.addSql(`alter table \`index_progress\` add \`seq\` bigint not null default 0;`);
  }

}
