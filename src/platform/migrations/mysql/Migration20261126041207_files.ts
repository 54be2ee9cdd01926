import { Migration } from '@mikro-orm/migrations';

export class Migration20261126041207_files extends Migration {

  override name = 'Migration20261126041207_files';

  override up(): void | Promise<void> {
    this.addSql(`create table \`file\` (\`id\` bigint unsigned not null auto_increment primary key, \`uuid\` varchar(36) not null, \`owner_id\` bigint not null, \`client_id\` varchar(36) not null, \`client_key\` varchar(36) not null, \`kind\` varchar(8) not null, \`name\` varchar(255) not null, \`size\` bigint not null, \`state\` varchar(8) not null, \`state_at\` bigint not null, \`reason\` varchar(32) null, \`created_at\` bigint not null, \`expires_at\` bigint not null, \`is_kept\` int not null, \`looked_until\` bigint null, \`looks\` int not null, \`said_duration\` double null, \`cover_id\` bigint null, \`mime\` varchar(127) null, \`bytes\` bigint null, \`is_made\` int not null, \`has_thumbnail\` int not null, \`width\` int null, \`height\` int null, \`is_animated\` int not null, \`duration\` double null, \`peaks\` varchar(320) null, \`placeholder\` varchar(64) null, \`public_key\` varchar(32) null) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`file\` add unique \`file_uuid_unique\` (\`uuid\`);`);
    this.addSql(`alter table \`file\` add unique \`file_public_key_unique\` (\`public_key\`);`);
    this.addSql(`alter table \`file\` add index \`file_owner_id_state_size_index\` (\`owner_id\`, \`state\`, \`size\`);`);
    this.addSql(`alter table \`file\` add index \`file_state_state_at_index\` (\`state\`, \`state_at\`);`);
    this.addSql(`alter table \`file\` add index \`file_state_is_kept_expires_at_index\` (\`state\`, \`is_kept\`, \`expires_at\`);`);
    this.addSql(`alter table \`file\` add unique \`file_owner_id_client_key_unique\` (\`owner_id\`, \`client_key\`);`);

    this.addSql(`create table \`file_use\` (\`log_id\` bigint unsigned not null, \`seq\` bigint unsigned not null, \`position\` int unsigned not null, \`file_id\` bigint not null, \`kind\` varchar(8) not null, primary key (\`log_id\`, \`seq\`, \`position\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`file_use\` add index \`file_use_file_id_index\` (\`file_id\`);`);
    this.addSql(`alter table \`file_use\` add index \`file_use_log_id_kind_seq_index\` (\`log_id\`, \`kind\`, \`seq\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`file\`;`);
    this.addSql(`drop table if exists \`file_use\`;`);
  }

}
