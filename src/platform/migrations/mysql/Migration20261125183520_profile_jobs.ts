import { Migration } from '@mikro-orm/migrations';

export class Migration20261125183520_profile_jobs extends Migration {

  override name = 'Migration20261125183520_profile_jobs';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`profile_job\` add \`peers_up_to\` bigint null, add \`only_id\` bigint null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`profile_job\` drop column \`peers_up_to\`, drop column \`only_id\`;`);
  }

}
