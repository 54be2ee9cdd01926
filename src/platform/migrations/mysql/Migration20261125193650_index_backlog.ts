import { Migration } from '@mikro-orm/migrations';

export class Migration20261125193650_index_backlog extends Migration {

  override name = 'Migration20261125193650_index_backlog';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`index_progress\` add \`epoch\` bigint null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`index_progress\` drop column \`epoch\`;`);
  }

}
