import { Migration } from '@mikro-orm/migrations';

export class Migration20261125180000_closed_epochs extends Migration {

  override name = 'Migration20261125180000_closed_epochs';

  override up(): void | Promise<void> {
    // Until now a row said when its epoch was opened, which is when the one before it was closed.
    this.addSql(`update \`epoch_time\` set \`epoch\` = \`epoch\` - 1;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`update \`epoch_time\` set \`epoch\` = \`epoch\` + 1;`);
  }

}
