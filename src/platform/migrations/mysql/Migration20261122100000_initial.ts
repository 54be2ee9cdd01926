import { Migration } from '@mikro-orm/migrations';

export class Migration20261122100000_initial extends Migration {

  override name = 'Migration20261122100000_initial';

  override up(): void | Promise<void> {
    this.addSql(`create table \`clock\` (\`id\` int unsigned not null, \`n\` bigint not null, \`at\` bigint not null, \`incarnation\` bigint not null, \`pruned\` bigint not null, primary key (\`id\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`create table \`conversation\` (\`id\` bigint unsigned not null, \`uuid\` varchar(36) not null, \`kind\` varchar(8) not null, \`low_user_id\` bigint null, \`high_user_id\` bigint null, \`created_at\` bigint not null, primary key (\`id\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`conversation\` add unique \`conversation_uuid_unique\` (\`uuid\`);`);
    this.addSql(`alter table \`conversation\` add unique \`conversation_low_user_id_high_user_id_unique\` (\`low_user_id\`, \`high_user_id\`);`);

    this.addSql(`create table \`entry\` (\`log_id\` bigint unsigned not null, \`rev\` bigint unsigned not null, \`epoch\` bigint not null, \`at\` bigint not null, \`kind\` varchar(12) not null, \`seq\` bigint null, \`about_id\` bigint null, \`about_rev\` bigint null, primary key (\`log_id\`, \`rev\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`entry\` add index \`entry_epoch_index\` (\`epoch\`);`);

    this.addSql(`create table \`epoch_time\` (\`epoch\` bigint unsigned not null, \`at\` bigint not null, primary key (\`epoch\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`epoch_time\` add index \`epoch_time_at_index\` (\`at\`);`);

    this.addSql(`create table \`log\` (\`id\` bigint unsigned not null auto_increment primary key, \`kind\` varchar(8) not null, \`last_rev\` bigint not null, \`last_seq\` bigint not null, \`last_epoch\` bigint not null, \`active_at\` bigint not null) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`log\` add index \`log_last_epoch_index\` (\`last_epoch\`);`);

    this.addSql(`create table \`member\` (\`user_id\` bigint unsigned not null, \`log_id\` bigint unsigned not null, \`state_rev\` bigint not null, \`from_seq\` bigint not null, \`active\` int not null, \`read_seq\` bigint not null, \`sent_count\` bigint not null, \`joined_at\` bigint not null, primary key (\`user_id\`, \`log_id\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`member\` add index \`member_log_id_state_rev_index\` (\`log_id\`, \`state_rev\`);`);

    this.addSql(`create table \`message\` (\`conversation_id\` bigint unsigned not null, \`seq\` bigint unsigned not null, \`rev\` bigint not null, \`sender_id\` bigint null, \`client_id\` varchar(36) null, \`client_key\` varchar(36) null, \`content_hash\` varchar(64) null, \`kind\` varchar(8) not null, \`text\` text null, \`notice_code\` varchar(32) null, \`reply_to_seq\` bigint null, \`created_at\` bigint not null, \`recalled_at\` bigint null, primary key (\`conversation_id\`, \`seq\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`message\` add index \`message_conversation_id_rev_index\` (\`conversation_id\`, \`rev\`);`);
    this.addSql(`alter table \`message\` add unique \`message_sender_id_client_key_unique\` (\`sender_id\`, \`client_key\`);`);

    this.addSql(`create table \`profile_job\` (\`id\` bigint unsigned not null auto_increment primary key, \`user_id\` bigint not null, \`told_up_to\` bigint not null) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`create table \`relation\` (\`user_id\` bigint unsigned not null, \`other_id\` bigint unsigned not null, \`is_friend\` int not null, \`is_following\` int not null, \`is_blocked\` int not null, \`is_starred\` int not null, \`remark\` varchar(50) null, primary key (\`user_id\`, \`other_id\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`create table \`session\` (\`id\` bigint unsigned not null auto_increment primary key, \`uuid\` varchar(36) not null, \`user_id\` bigint not null, \`device\` varchar(100) null, \`generation\` int not null, \`created_at\` bigint not null, \`refreshed_at\` bigint not null, \`last_seen_at\` bigint not null, \`token_expires_at\` bigint not null, \`expires_at\` bigint not null, \`ended_at\` bigint null, \`end_reason\` varchar(12) null) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`session\` add unique \`session_uuid_unique\` (\`uuid\`);`);
    this.addSql(`alter table \`session\` add index \`session_user_id_index\` (\`user_id\`);`);

    this.addSql(`create table \`user\` (\`id\` bigint unsigned not null, \`uuid\` varchar(36) not null, \`username\` varchar(20) not null, \`username_key\` varchar(20) not null, \`password_hash\` varchar(255) null, \`role\` varchar(8) not null, \`enabled\` int not null, \`nickname\` varchar(50) not null, \`avatar\` varchar(2048) null, \`gender\` varchar(8) not null, \`birthday\` varchar(10) null, \`bio\` varchar(500) null, \`location\` varchar(100) null, \`website\` varchar(2048) null, \`chatset\` varchar(255) null, \`accepts_friends_at_once\` int not null, \`device_hash\` varchar(64) null, \`platform\` varchar(50) null, \`model\` varchar(50) null, \`os\` varchar(50) null, \`brand\` varchar(50) null, \`created_at\` bigint not null, \`last_seen_at\` bigint null, primary key (\`id\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`user\` add unique \`user_uuid_unique\` (\`uuid\`);`);
    this.addSql(`alter table \`user\` add unique \`user_username_key_unique\` (\`username_key\`);`);
    this.addSql(`alter table \`user\` add unique \`user_device_hash_unique\` (\`device_hash\`);`);
  }

}
