import { Migration } from '@mikro-orm/migrations';

export class Migration20261126070803_own_users extends Migration {

  override name = 'Migration20261126070803_own_users';

  override up(): void | Promise<void> {
    this.addSql(`create table \`external_person\` (\`provider_id\` bigint not null, \`external_key\` text not null, \`external_id\` text not null, \`user_id\` bigint not null, \`traits\` text null, \`sessions_ended_at\` bigint null, \`created_at\` bigint not null, primary key (\`provider_id\`, \`external_key\`));`);
    this.addSql(`create unique index \`external_person_user_id_unique\` on \`external_person\` (\`user_id\`);`);

    this.addSql(`create table \`provider\` (\`id\` integer not null primary key autoincrement, \`uuid\` text not null, \`key\` text not null, \`name\` text not null, \`kind\` text not null, \`jwks_url\` text null, \`issuer\` text null, \`audience\` text null, \`secret\` text null, \`secret_set_at\` bigint null, \`previous_secret\` text null, \`previous_set_at\` bigint null, \`enabled\` integer not null, \`used_at\` bigint null, \`created_at\` bigint not null);`);
    this.addSql(`create unique index \`provider_uuid_unique\` on \`provider\` (\`uuid\`);`);
    this.addSql(`create unique index \`provider_key_unique\` on \`provider\` (\`key\`);`);

    this.addSql(`create table \`sent_notice\` (\`client_key\` text not null primary key, \`conversation_id\` bigint not null, \`seq\` bigint not null, \`fingerprint\` text not null);`);

    this.addSql(`create table \`server_key\` (\`id\` integer not null primary key autoincrement, \`uuid\` text not null, \`name\` text not null, \`rights\` text not null, \`key_hash\` text not null, \`ending\` text not null, \`created_by_id\` bigint null, \`created_at\` bigint not null, \`last_used_at\` bigint null, \`revoked_at\` bigint null);`);
    this.addSql(`create unique index \`server_key_uuid_unique\` on \`server_key\` (\`uuid\`);`);
    this.addSql(`create unique index \`server_key_key_hash_unique\` on \`server_key\` (\`key_hash\`);`);

    this.addSql(`create table \`system_conversation\` (\`user_id\` bigint not null primary key, \`conversation_id\` bigint not null);`);

    this.addSql(`alter table \`audit_record\` add column \`server_key\` text null;`);

    this.addSql(`alter table \`message\` add column \`acted_by_id\` bigint null;`);

    this.addSql(`alter table \`user\` add column \`password_until\` bigint null;`);
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
