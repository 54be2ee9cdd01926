import { Migration } from '@mikro-orm/migrations';

export class Migration20261125190012_secrets extends Migration {

  override name = 'Migration20261125190012_secrets';

  override up(): void | Promise<void> {
    this.addSql(`create table \`secret\` (\`name\` varchar(32) not null, \`value\` varchar(64) not null, primary key (\`name\`)) default character set utf8mb4 engine = InnoDB;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`secret\`;`);
  }

}
