import { Migration } from '@mikro-orm/migrations';

export class Migration20261125193207_profile_rests extends Migration {

  override name = 'Migration20261125193207_profile_rests';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`profile_job\` add \`due_at\` bigint null;`);
    this.addSql(`alter table \`profile_job\` add index \`profile_job_user_id_index\` (\`user_id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`profile_job\` drop index \`profile_job_user_id_index\`;`);
    this.addSql(`alter table \`profile_job\` drop column \`due_at\`;`);
  }

}
