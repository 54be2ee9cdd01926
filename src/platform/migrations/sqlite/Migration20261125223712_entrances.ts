import { Migration } from '@mikro-orm/migrations';

export class Migration20261125223712_entrances extends Migration {

  override name = 'Migration20261125223712_entrances';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`session\` add column \`came_from\` text null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`session\` drop column \`came_from\`;`);
  }

}
