import { Migration } from '@mikro-orm/migrations';

export class Migration20261125183520_profile_jobs extends Migration {

  override name = 'Migration20261125183520_profile_jobs';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`profile_job\` add column \`peers_up_to\` bigint null;`);
    this.addSql(`alter table \`profile_job\` add column \`only_id\` bigint null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`profile_job\` drop column \`peers_up_to\`;`);
    this.addSql(`alter table \`profile_job\` drop column \`only_id\`;`);
  }

}
