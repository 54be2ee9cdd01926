import { Migration } from '@mikro-orm/migrations';

export class Migration20261125184530_owners extends Migration {

  override name = 'Migration20261125184530_owners';

  override up(): void | Promise<void> {
    this.addSql(`create table \`owner_job\` (\`id\` bigint unsigned not null auto_increment primary key, \`user_id\` bigint not null, \`done_up_to\` bigint not null) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`alter table \`group\` add \`needs_owner\` int not null default 0;`);
    // Owners who were disabled before there was anybody who gave their groups away.
    this.addSql(`insert into \`owner_job\` (\`user_id\`, \`done_up_to\`) select distinct m.user_id, 0 from \`user\` u join \`member\` m on m.user_id = u.id where u.enabled = 0 and m.role = 'OWNER' and m.active = 1;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`owner_job\`;`);

    this.addSql(`alter table \`group\` drop column \`needs_owner\`;`);
  }

}
