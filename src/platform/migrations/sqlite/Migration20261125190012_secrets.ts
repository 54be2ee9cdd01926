import { Migration } from '@mikro-orm/migrations';

export class Migration20261125190012_secrets extends Migration {

  override name = 'Migration20261125190012_secrets';

  override up(): void | Promise<void> {
    this.addSql(`create table \`secret\` (\`name\` text not null primary key, \`value\` text not null);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`secret\`;`);
  }

}
