import { Migration } from '@mikro-orm/migrations';

export class Migration20261126011811_audit extends Migration {

  override name = 'Migration20261126011811_audit';

  override up(): void | Promise<void> {
    this.addSql(`create table \`audit_record\` (\`id\` bigint unsigned not null auto_increment primary key, \`uuid\` varchar(36) not null, \`at\` bigint not null, \`actor_uuid\` varchar(36) null, \`session_uuid\` varchar(36) null, \`action\` varchar(40) not null, \`target_type\` varchar(40) null, \`target_key\` varchar(80) null, \`reason\` varchar(500) null, \`changes\` text null) default character set utf8mb4 engine = InnoDB;`);
    this.addSql(`alter table \`audit_record\` add unique \`audit_record_uuid_unique\` (\`uuid\`);`);
    this.addSql(`alter table \`audit_record\` add index \`audit_record_at_index\` (\`at\`);`);
    this.addSql(`alter table \`audit_record\` add index \`audit_record_actor_uuid_at_index\` (\`actor_uuid\`, \`at\`);`);
    this.addSql(`alter table \`audit_record\` add index \`audit_record_target_key_at_index\` (\`target_key\`, \`at\`);`);
    this.addSql(`alter table \`audit_record\` add index \`audit_record_action_at_index\` (\`action\`, \`at\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`audit_record\`;`);
  }

}
