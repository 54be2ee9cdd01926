import { Migration } from '@mikro-orm/migrations';

export class Migration20261126144401_rolls extends Migration {

  override name = 'Migration20261126144401_rolls';

  override up(): void | Promise<void> {
    this.addSql(`create table \`roll\` (\`user_id\` bigint not null primary key, \`is_ready\` integer not null, \`filled_up_to\` bigint not null, \`epoch\` bigint not null, \`own_rev\` bigint not null);`);

    this.addSql(`create table \`roll_place\` (\`user_id\` bigint not null, \`log_id\` bigint not null, \`is_few\` integer not null, \`uuid\` text not null, \`active_at\` bigint not null, \`last_epoch\` bigint not null, \`is_archived\` integer not null, \`is_unread\` integer not null, primary key (\`user_id\`, \`log_id\`));`);
    this.addSql(`create index \`roll_place_user_id_is_few_is_archived_active_at_uuid_index\` on \`roll_place\` (\`user_id\`, \`is_few\`, \`is_archived\`, \`active_at\`, \`uuid\`);`);
    this.addSql(`create index \`roll_place_user_id_last_epoch_index\` on \`roll_place\` (\`user_id\`, \`last_epoch\`);`);
    this.addSql(`create index \`roll_place_user_id_is_unread_index\` on \`roll_place\` (\`user_id\`, \`is_unread\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`roll\`;`);
    this.addSql(`drop table if exists \`roll_place\`;`);
  }

}
