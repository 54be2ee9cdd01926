import { Migration } from '@mikro-orm/migrations';

export class Migration20261122100000_initial extends Migration {

  override name = 'Migration20261122100000_initial';

  override up(): void | Promise<void> {
    this.addSql(`create table \`clock\` (\`id\` integer not null primary key, \`n\` bigint not null, \`at\` bigint not null, \`incarnation\` bigint not null, \`pruned\` bigint not null);`);

    this.addSql(`create table \`conversation\` (\`id\` bigint not null primary key, \`uuid\` text not null, \`kind\` text not null, \`low_user_id\` bigint null, \`high_user_id\` bigint null, \`created_at\` bigint not null);`);
    this.addSql(`create unique index \`conversation_uuid_unique\` on \`conversation\` (\`uuid\`);`);
    this.addSql(`create unique index \`conversation_low_user_id_high_user_id_unique\` on \`conversation\` (\`low_user_id\`, \`high_user_id\`);`);

    this.addSql(`create table \`entry\` (\`log_id\` bigint not null, \`rev\` bigint not null, \`epoch\` bigint not null, \`at\` bigint not null, \`kind\` text not null, \`seq\` bigint null, \`about_id\` bigint null, \`about_rev\` bigint null, primary key (\`log_id\`, \`rev\`));`);
    this.addSql(`create index \`entry_epoch_index\` on \`entry\` (\`epoch\`);`);

    this.addSql(`create table \`epoch_time\` (\`epoch\` bigint not null primary key, \`at\` bigint not null);`);
    this.addSql(`create index \`epoch_time_at_index\` on \`epoch_time\` (\`at\`);`);

    this.addSql(`create table \`log\` (\`id\` integer not null primary key autoincrement, \`kind\` text not null, \`last_rev\` bigint not null, \`last_seq\` bigint not null, \`last_epoch\` bigint not null, \`active_at\` bigint not null);`);
    this.addSql(`create index \`log_last_epoch_index\` on \`log\` (\`last_epoch\`);`);

    this.addSql(`create table \`member\` (\`user_id\` bigint not null, \`log_id\` bigint not null, \`state_rev\` bigint not null, \`from_seq\` bigint not null, \`active\` integer not null, \`read_seq\` bigint not null, \`sent_count\` bigint not null, \`joined_at\` bigint not null, primary key (\`user_id\`, \`log_id\`));`);
    this.addSql(`create index \`member_log_id_state_rev_index\` on \`member\` (\`log_id\`, \`state_rev\`);`);

    this.addSql(`create table \`message\` (\`conversation_id\` bigint not null, \`seq\` bigint not null, \`rev\` bigint not null, \`sender_id\` bigint null, \`client_id\` text null, \`client_key\` text null, \`content_hash\` text null, \`kind\` text not null, \`text\` text null, \`notice_code\` text null, \`reply_to_seq\` bigint null, \`created_at\` bigint not null, \`recalled_at\` bigint null, primary key (\`conversation_id\`, \`seq\`));`);
    this.addSql(`create index \`message_conversation_id_rev_index\` on \`message\` (\`conversation_id\`, \`rev\`);`);
    this.addSql(`create unique index \`message_sender_id_client_key_unique\` on \`message\` (\`sender_id\`, \`client_key\`);`);

    this.addSql(`create table \`profile_job\` (\`id\` integer not null primary key autoincrement, \`user_id\` bigint not null, \`told_up_to\` bigint not null);`);

    this.addSql(`create table \`relation\` (\`user_id\` bigint not null, \`other_id\` bigint not null, \`is_friend\` integer not null, \`is_following\` integer not null, \`is_blocked\` integer not null, \`is_starred\` integer not null, \`remark\` text null, primary key (\`user_id\`, \`other_id\`));`);

    this.addSql(`create table \`session\` (\`id\` integer not null primary key autoincrement, \`uuid\` text not null, \`user_id\` bigint not null, \`device\` text null, \`generation\` integer not null, \`created_at\` bigint not null, \`refreshed_at\` bigint not null, \`last_seen_at\` bigint not null, \`token_expires_at\` bigint not null, \`expires_at\` bigint not null, \`ended_at\` bigint null, \`end_reason\` text null);`);
    this.addSql(`create unique index \`session_uuid_unique\` on \`session\` (\`uuid\`);`);
    this.addSql(`create index \`session_user_id_index\` on \`session\` (\`user_id\`);`);

    this.addSql(`create table \`user\` (\`id\` bigint not null primary key, \`uuid\` text not null, \`username\` text not null, \`username_key\` text not null, \`password_hash\` text null, \`role\` text not null, \`enabled\` integer not null, \`nickname\` text not null, \`avatar\` text null, \`gender\` text not null, \`birthday\` text null, \`bio\` text null, \`location\` text null, \`website\` text null, \`chatset\` text null, \`accepts_friends_at_once\` integer not null, \`device_hash\` text null, \`platform\` text null, \`model\` text null, \`os\` text null, \`brand\` text null, \`created_at\` bigint not null, \`last_seen_at\` bigint null);`);
    this.addSql(`create unique index \`user_uuid_unique\` on \`user\` (\`uuid\`);`);
    this.addSql(`create unique index \`user_username_key_unique\` on \`user\` (\`username_key\`);`);
    this.addSql(`create unique index \`user_device_hash_unique\` on \`user\` (\`device_hash\`);`);
  }

}
