import { Migration } from '@mikro-orm/migrations';

export class Migration20261125192611_made extends Migration {

  override name = 'Migration20261125192611_made';

  override up(): void | Promise<void> {
    this.addSql(`create table \`made\` (\`user_id\` bigint unsigned not null, \`client_key\` varchar(36) not null, \`kind\` varchar(16) not null, \`thing_id\` bigint not null, \`fingerprint\` varchar(64) not null, primary key (\`user_id\`, \`client_key\`)) default character set utf8mb4 engine = InnoDB;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`made\`;`);
  }

}
