import { Migration } from '@mikro-orm/migrations';

export class Migration20261126041207_files extends Migration {

  override name = 'Migration20261126041207_files';

  override up(): void | Promise<void> {
    this.addSql(`create table \`file\` (\`id\` integer not null primary key autoincrement, \`uuid\` text not null, \`owner_id\` bigint not null, \`client_id\` text not null, \`client_key\` text not null, \`kind\` text not null, \`name\` text not null, \`size\` bigint not null, \`state\` text not null, \`state_at\` bigint not null, \`reason\` text null, \`created_at\` bigint not null, \`expires_at\` bigint not null, \`is_kept\` integer not null, \`looked_until\` bigint null, \`looks\` integer not null, \`said_duration\` double null, \`cover_id\` bigint null, \`mime\` text null, \`bytes\` bigint null, \`is_made\` integer not null, \`has_thumbnail\` integer not null, \`width\` integer null, \`height\` integer null, \`is_animated\` integer not null, \`duration\` double null, \`peaks\` text null, \`placeholder\` text null, \`public_key\` text null);`);
    this.addSql(`create unique index \`file_uuid_unique\` on \`file\` (\`uuid\`);`);
    this.addSql(`create unique index \`file_public_key_unique\` on \`file\` (\`public_key\`);`);
    this.addSql(`create index \`file_owner_id_state_size_index\` on \`file\` (\`owner_id\`, \`state\`, \`size\`);`);
    this.addSql(`create index \`file_state_state_at_index\` on \`file\` (\`state\`, \`state_at\`);`);
    this.addSql(`create index \`file_state_is_kept_expires_at_index\` on \`file\` (\`state\`, \`is_kept\`, \`expires_at\`);`);
    this.addSql(`create unique index \`file_owner_id_client_key_unique\` on \`file\` (\`owner_id\`, \`client_key\`);`);

    this.addSql(`create table \`file_use\` (\`log_id\` bigint not null, \`seq\` bigint not null, \`position\` integer not null, \`file_id\` bigint not null, \`kind\` text not null, primary key (\`log_id\`, \`seq\`, \`position\`));`);
    this.addSql(`create index \`file_use_file_id_index\` on \`file_use\` (\`file_id\`);`);
    this.addSql(`create index \`file_use_log_id_kind_seq_index\` on \`file_use\` (\`log_id\`, \`kind\`, \`seq\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`file\`;`);
    this.addSql(`drop table if exists \`file_use\`;`);
  }

}
