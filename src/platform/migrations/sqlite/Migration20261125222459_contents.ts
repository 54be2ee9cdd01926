import { Migration } from '@mikro-orm/migrations';

export class Migration20261125222459_contents extends Migration {

  override name = 'Migration20261125222459_contents';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`message\` add column \`content\` text null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`message\` drop column \`content\`;`);
  }

}
