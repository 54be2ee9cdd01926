import { Migration } from '@mikro-orm/migrations';

export class Migration20261126011812_audit extends Migration {

  override name = 'Migration20261126011812_audit';

  override up(): void | Promise<void> {
    this.addSql(`create table \`audit_record\` (\`id\` integer not null primary key autoincrement, \`uuid\` text not null, \`at\` bigint not null, \`actor_uuid\` text null, \`session_uuid\` text null, \`action\` text not null, \`target_type\` text null, \`target_key\` text null, \`reason\` text null, \`changes\` text null);`);
    this.addSql(`create unique index \`audit_record_uuid_unique\` on \`audit_record\` (\`uuid\`);`);
    this.addSql(`create index \`audit_record_at_index\` on \`audit_record\` (\`at\`);`);
    this.addSql(`create index \`audit_record_actor_uuid_at_index\` on \`audit_record\` (\`actor_uuid\`, \`at\`);`);
    this.addSql(`create index \`audit_record_target_key_at_index\` on \`audit_record\` (\`target_key\`, \`at\`);`);
    this.addSql(`create index \`audit_record_action_at_index\` on \`audit_record\` (\`action\`, \`at\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`audit_record\`;`);
  }

}
