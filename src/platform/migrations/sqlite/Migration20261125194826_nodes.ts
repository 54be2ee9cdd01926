import { Migration } from '@mikro-orm/migrations';

export class Migration20261125194826_nodes extends Migration {

  override name = 'Migration20261125194826_nodes';

  override up(): void | Promise<void> {
    this.addSql(`create table \`serving_node\` (\`id\` text not null primary key, \`carrier\` text not null, \`began_at\` bigint not null, \`seen_at\` bigint not null);`);

  }

  override down(): void | Promise<void> {

    this.addSql(`drop table if exists \`serving_node\`;`);

  }

}
