import { Migration } from '@mikro-orm/migrations';

export class Migration20261125210936_owner_jobs extends Migration {

  override name = 'Migration20261125210936_owner_jobs';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`owner_job\` add column \`only_id\` bigint null;`);
    this.addSql(`create index \`owner_job_user_id_index\` on \`owner_job\` (\`user_id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index \`owner_job_user_id_index\`;`);
    this.addSql(`alter table \`owner_job\` drop column \`only_id\`;`);
  }

}
