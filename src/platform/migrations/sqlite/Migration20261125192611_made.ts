import { Migration } from '@mikro-orm/migrations';

export class Migration20261125192611_made extends Migration {

  override name = 'Migration20261125192611_made';

  override up(): void | Promise<void> {
    this.addSql(`create table \`made\` (\`user_id\` bigint not null, \`client_key\` text not null, \`kind\` text not null, \`thing_id\` bigint not null, \`fingerprint\` text not null, primary key (\`user_id\`, \`client_key\`));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`made\`;`);
  }

}
