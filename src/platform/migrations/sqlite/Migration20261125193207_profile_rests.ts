import { Migration } from '@mikro-orm/migrations';

export class Migration20261125193207_profile_rests extends Migration {

  override name = 'Migration20261125193207_profile_rests';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`profile_job\` add column \`due_at\` bigint null;`);
    this.addSql(`create index \`profile_job_user_id_index\` on \`profile_job\` (\`user_id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index \`profile_job_user_id_index\`;`);
    this.addSql(`alter table \`profile_job\` drop column \`due_at\`;`);
  }

}
