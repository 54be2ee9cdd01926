import { Migration } from '@mikro-orm/migrations';

export class Migration20261122110000_groups extends Migration {

  override name = 'Migration20261122110000_groups';

  override up(): void | Promise<void> {
    this.addSql(`create table \`friend_request\` (\`id\` integer not null primary key autoincrement, \`uuid\` text not null, \`from_id\` bigint not null, \`to_id\` bigint not null, \`message\` text null, \`status\` text not null, \`is_hidden\` integer not null, \`created_at\` bigint not null, \`answered_at\` bigint null);`);
    this.addSql(`create unique index \`friend_request_uuid_unique\` on \`friend_request\` (\`uuid\`);`);
    this.addSql(`create index \`friend_request_from_id_to_id_index\` on \`friend_request\` (\`from_id\`, \`to_id\`);`);
    this.addSql(`create index \`friend_request_to_id_id_index\` on \`friend_request\` (\`to_id\`, \`id\`);`);

    this.addSql(`create table \`group\` (\`id\` bigint not null primary key, \`join_policy\` text not null, \`announcement\` text null, \`invite_code\` text not null, \`shows_history\` integer not null, \`member_count\` integer not null);`);
    this.addSql(`create unique index \`group_invite_code_unique\` on \`group\` (\`invite_code\`);`);

    this.addSql(`create table \`index_progress\` (\`id\` integer not null primary key, \`log_id\` bigint not null, \`seq\` bigint not null, \`is_done\` integer not null);`);

    this.addSql(`create table \`join_request\` (\`id\` integer not null primary key autoincrement, \`uuid\` text not null, \`conversation_id\` bigint not null, \`user_id\` bigint not null, \`inviter_id\` bigint null, \`message\` text null, \`status\` text not null, \`created_at\` bigint not null, \`answered_at\` bigint null);`);
    this.addSql(`create unique index \`join_request_uuid_unique\` on \`join_request\` (\`uuid\`);`);
    this.addSql(`create index \`join_request_conversation_id_status_id_index\` on \`join_request\` (\`conversation_id\`, \`status\`, \`id\`);`);
    this.addSql(`create index \`join_request_user_id_conversation_id_index\` on \`join_request\` (\`user_id\`, \`conversation_id\`);`);

    this.addSql(`create table \`mention\` (\`user_id\` bigint not null, \`conversation_id\` bigint not null, \`seq\` bigint not null, primary key (\`user_id\`, \`conversation_id\`, \`seq\`));`);
    this.addSql(`create index \`mention_conversation_id_seq_index\` on \`mention\` (\`conversation_id\`, \`seq\`);`);

    this.addSql(`create table \`message_gram\` (\`conversation_id\` bigint not null, \`gram\` bigint not null, \`seq\` bigint not null, primary key (\`conversation_id\`, \`gram\`, \`seq\`));`);

    this.addSql(`create table \`name_suffix\` (\`place\` integer not null, \`suffix\` text not null, \`user_id\` bigint not null, primary key (\`place\`, \`suffix\`, \`user_id\`));`);

    this.addSql(`create table \`pin\` (\`conversation_id\` bigint not null, \`seq\` bigint not null, \`at\` bigint not null, primary key (\`conversation_id\`, \`seq\`));`);

    this.addSql(`create table \`reaction\` (\`conversation_id\` bigint not null, \`seq\` bigint not null, \`user_id\` bigint not null, \`emoji_hex\` text not null, \`at\` bigint not null, primary key (\`conversation_id\`, \`seq\`, \`user_id\`, \`emoji_hex\`));`);

    this.addSql(`alter table \`conversation\` add column \`name\` text null;`);
    this.addSql(`alter table \`conversation\` add column \`avatar\` text null;`);
    this.addSql(`alter table \`conversation\` add column \`dissolved_at\` bigint null;`);

    this.addSql(`alter table \`entry\` add column \`people\` text null;`);

    this.addSql(`alter table \`member\` add column \`role\` text not null default 'MEMBER';`);
    this.addSql(`alter table \`member\` add column \`nickname\` text null;`);
    this.addSql(`alter table \`member\` add column \`muted_until\` bigint null;`);
    this.addSql(`alter table \`member\` add column \`is_muted\` integer not null default 0;`);
    this.addSql(`alter table \`member\` add column \`is_archived\` integer not null default 0;`);

    this.addSql(`alter table \`message\` add column \`notice_names\` text null;`);
    this.addSql(`alter table \`message\` add column \`edited_at\` bigint null;`);
    this.addSql(`alter table \`message\` add column \`mentions_everyone\` integer not null default 0;`);
    this.addSql(`alter table \`message\` add column \`forwarded_from_id\` bigint null;`);
  }

}
