import { Migration } from '@mikro-orm/migrations';

export class Migration20261122110000_groups extends Migration {

  override name = 'Migration20261122110000_groups';

  override up(): void | Promise<void> {
    this.addSql(`create table \`friend_request\` (\`id\` bigint unsigned not null auto_increment primary key, \`uuid\` varchar(36) not null, \`from_id\` bigint not null, \`to_id\` bigint not null, \`message\` varchar(200) null, \`status\` varchar(12) not null, \`is_hidden\` int not null, \`created_at\` bigint not null, \`answered_at\` bigint null) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`friend_request\` add unique \`friend_request_uuid_unique\` (\`uuid\`);`);
    this.addSql(`alter table \`friend_request\` add index \`friend_request_from_id_to_id_index\` (\`from_id\`, \`to_id\`);`);
    this.addSql(`alter table \`friend_request\` add index \`friend_request_to_id_id_index\` (\`to_id\`, \`id\`);`);

    this.addSql(`create table \`group\` (\`id\` bigint unsigned not null, \`join_policy\` varchar(12) not null, \`announcement\` varchar(2000) null, \`invite_code\` varchar(32) not null, \`shows_history\` int not null, \`member_count\` int not null, primary key (\`id\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`group\` add unique \`group_invite_code_unique\` (\`invite_code\`);`);

    this.addSql(`create table \`index_progress\` (\`id\` int unsigned not null, \`log_id\` bigint not null, \`seq\` bigint not null, \`is_done\` int not null, primary key (\`id\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`create table \`join_request\` (\`id\` bigint unsigned not null auto_increment primary key, \`uuid\` varchar(36) not null, \`conversation_id\` bigint not null, \`user_id\` bigint not null, \`inviter_id\` bigint null, \`message\` varchar(200) null, \`status\` varchar(12) not null, \`created_at\` bigint not null, \`answered_at\` bigint null) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`join_request\` add unique \`join_request_uuid_unique\` (\`uuid\`);`);
    this.addSql(`alter table \`join_request\` add index \`join_request_conversation_id_status_id_index\` (\`conversation_id\`, \`status\`, \`id\`);`);
    this.addSql(`alter table \`join_request\` add index \`join_request_user_id_conversation_id_index\` (\`user_id\`, \`conversation_id\`);`);

    this.addSql(`create table \`mention\` (\`user_id\` bigint unsigned not null, \`conversation_id\` bigint unsigned not null, \`seq\` bigint unsigned not null, primary key (\`user_id\`, \`conversation_id\`, \`seq\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`mention\` add index \`mention_conversation_id_seq_index\` (\`conversation_id\`, \`seq\`);`);

    this.addSql(`create table \`message_gram\` (\`conversation_id\` bigint unsigned not null, \`gram\` bigint unsigned not null, \`seq\` bigint unsigned not null, primary key (\`conversation_id\`, \`gram\`, \`seq\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`create table \`name_suffix\` (\`place\` int unsigned not null, \`suffix\` varchar(64) not null, \`user_id\` bigint unsigned not null, primary key (\`place\`, \`suffix\`, \`user_id\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`create table \`pin\` (\`conversation_id\` bigint unsigned not null, \`seq\` bigint unsigned not null, \`at\` bigint not null, primary key (\`conversation_id\`, \`seq\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`create table \`reaction\` (\`conversation_id\` bigint unsigned not null, \`seq\` bigint unsigned not null, \`user_id\` bigint unsigned not null, \`emoji_hex\` varchar(80) not null, \`at\` bigint not null, primary key (\`conversation_id\`, \`seq\`, \`user_id\`, \`emoji_hex\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`alter table \`conversation\` add \`name\` varchar(50) null, add \`avatar\` varchar(2048) null, add \`dissolved_at\` bigint null;`);

    this.addSql(`alter table \`entry\` add \`people\` text null;`);
    this.addSql(`alter table \`entry\` modify \`kind\` varchar(16) not null;`);

    this.addSql(`alter table \`member\` add \`role\` varchar(8) not null default 'MEMBER', add \`nickname\` varchar(50) null, add \`muted_until\` bigint null, add \`is_muted\` int not null default 0, add \`is_archived\` int not null default 0;`);

    this.addSql(`alter table \`message\` add \`notice_names\` text null, add \`edited_at\` bigint null, add \`mentions_everyone\` int not null default 0, add \`forwarded_from_id\` bigint null;`);
  }

}
