import { Migration } from '@mikro-orm/migrations';

export class Migration20261126074027_profile_at extends Migration {

  override name = 'Migration20261126074027_profile_at';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`external_person\` add \`profile_at\` bigint null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`external_person\` drop column \`profile_at\`;`);
  }

}
