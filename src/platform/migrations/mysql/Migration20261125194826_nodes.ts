import { Migration } from '@mikro-orm/migrations';

export class Migration20261125194826_nodes extends Migration {

  override name = 'Migration20261125194826_nodes';

  override up(): void | Promise<void> {
    this.addSql(`create table \`serving_node\` (\`id\` varchar(36) not null, \`carrier\` varchar(36) not null, \`began_at\` bigint not null, \`seen_at\` bigint not null, primary key (\`id\`)) default character set utf8mb4 engine = InnoDB;`);

  }

  override down(): void | Promise<void> {

    this.addSql(`drop table if exists \`serving_node\`;`);

  }

}
