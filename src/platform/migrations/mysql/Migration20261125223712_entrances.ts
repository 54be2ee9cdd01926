import { Migration } from '@mikro-orm/migrations';

export class Migration20261125223712_entrances extends Migration {

  override name = 'Migration20261125223712_entrances';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`session\` add \`came_from\` varchar(22) null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`session\` drop column \`came_from\`;`);
  }

}
