import { Migration } from '@mikro-orm/migrations';

export class Migration20261125184209_live_sessions extends Migration {

  override name = 'Migration20261125184209_live_sessions';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`session\` drop index \`session_user_id_index\`;`);
    this.addSql(`alter table \`session\` add index \`session_user_id_ended_at_last_seen_at_index\` (\`user_id\`, \`ended_at\`, \`last_seen_at\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`session\` drop index \`session_user_id_ended_at_last_seen_at_index\`;`);
    this.addSql(`alter table \`session\` add index \`session_user_id_index\` (\`user_id\`);`);
  }

}
