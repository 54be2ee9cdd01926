import { Migration } from '@mikro-orm/migrations';

export class Migration20261126144401_rolls extends Migration {

  override name = 'Migration20261126144401_rolls';

  override up(): void | Promise<void> {
    this.addSql(`create table \`roll\` (\`user_id\` bigint unsigned not null, \`is_ready\` int not null, \`filled_up_to\` bigint not null, \`epoch\` bigint not null, \`own_rev\` bigint not null, primary key (\`user_id\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`create table \`roll_place\` (\`user_id\` bigint unsigned not null, \`log_id\` bigint unsigned not null, \`is_few\` int not null, \`uuid\` varchar(36) not null, \`active_at\` bigint not null, \`last_epoch\` bigint not null, \`is_archived\` int not null, \`is_unread\` int not null, primary key (\`user_id\`, \`log_id\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`roll_place\` add index \`roll_place_user_id_is_few_is_archived_active_at_uuid_index\` (\`user_id\`, \`is_few\`, \`is_archived\`, \`active_at\`, \`uuid\`);`);
    this.addSql(`alter table \`roll_place\` add index \`roll_place_user_id_last_epoch_index\` (\`user_id\`, \`last_epoch\`);`);
    this.addSql(`alter table \`roll_place\` add index \`roll_place_user_id_is_unread_index\` (\`user_id\`, \`is_unread\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`roll\`;`);
    this.addSql(`drop table if exists \`roll_place\`;`);
  }

}
