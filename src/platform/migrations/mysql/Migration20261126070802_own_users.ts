import { Migration } from '@mikro-orm/migrations';

export class Migration20261126070802_own_users extends Migration {

  override name = 'Migration20261126070802_own_users';

  override up(): void | Promise<void> {
    this.addSql(`create table \`external_person\` (\`provider_id\` bigint unsigned not null, \`external_key\` varchar(64) not null, \`external_id\` varchar(128) not null, \`user_id\` bigint not null, \`traits\` text null, \`sessions_ended_at\` bigint null, \`created_at\` bigint not null, primary key (\`provider_id\`, \`external_key\`)) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`external_person\` add unique \`external_person_user_id_unique\` (\`user_id\`);`);

    this.addSql(`create table \`provider\` (\`id\` bigint unsigned not null auto_increment primary key, \`uuid\` varchar(36) not null, \`key\` varchar(50) not null, \`name\` varchar(50) not null, \`kind\` varchar(8) not null, \`jwks_url\` varchar(2048) null, \`issuer\` varchar(255) null, \`audience\` varchar(255) null, \`secret\` varchar(255) null, \`secret_set_at\` bigint null, \`previous_secret\` varchar(255) null, \`previous_set_at\` bigint null, \`enabled\` int not null, \`used_at\` bigint null, \`created_at\` bigint not null) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`provider\` add unique \`provider_uuid_unique\` (\`uuid\`);`);
    this.addSql(`alter table \`provider\` add unique \`provider_key_unique\` (\`key\`);`);

    this.addSql(`create table \`sent_notice\` (\`client_key\` varchar(36) not null, \`conversation_id\` bigint not null, \`seq\` bigint not null, \`fingerprint\` varchar(64) not null, primary key (\`client_key\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`create table \`server_key\` (\`id\` bigint unsigned not null auto_increment primary key, \`uuid\` varchar(36) not null, \`name\` varchar(50) not null, \`rights\` varchar(100) not null, \`key_hash\` varchar(64) not null, \`ending\` varchar(4) not null, \`created_by_id\` bigint null, \`created_at\` bigint not null, \`last_used_at\` bigint null, \`revoked_at\` bigint null) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`server_key\` add unique \`server_key_uuid_unique\` (\`uuid\`);`);
    this.addSql(`alter table \`server_key\` add unique \`server_key_key_hash_unique\` (\`key_hash\`);`);

    this.addSql(`create table \`system_conversation\` (\`user_id\` bigint unsigned not null, \`conversation_id\` bigint not null, primary key (\`user_id\`)) default character set utf8mb4 engine = InnoDB;`);

    this.addSql(`alter table \`audit_record\` add \`server_key\` varchar(36) null;`);

    this.addSql(`alter table \`message\` add \`acted_by_id\` bigint null;`);

    this.addSql(`alter table \`user\` add \`password_until\` bigint null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`external_person\`;`);
    this.addSql(`drop table if exists \`provider\`;`);
    this.addSql(`drop table if exists \`sent_notice\`;`);
    this.addSql(`drop table if exists \`server_key\`;`);
    this.addSql(`drop table if exists \`system_conversation\`;`);

    this.addSql(`alter table \`audit_record\` drop column \`server_key\`;`);

    this.addSql(`alter table \`message\` drop column \`acted_by_id\`;`);

    this.addSql(`alter table \`user\` drop column \`password_until\`;`);
  }

}
