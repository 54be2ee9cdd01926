import { Migration } from '@mikro-orm/migrations';

export class Migration20261125210936_owner_jobs extends Migration {

  override name = 'Migration20261125210936_owner_jobs';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`owner_job\` add \`only_id\` bigint null;`);
    this.addSql(`alter table \`owner_job\` add index \`owner_job_user_id_index\` (\`user_id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`owner_job\` drop index \`owner_job_user_id_index\`;`);
    this.addSql(`alter table \`owner_job\` drop column \`only_id\`;`);
  }

}
