import { Migration } from '@mikro-orm/migrations';

export class Migration20261125222459_contents extends Migration {

  override name = 'Migration20261125222459_contents';

  override async up(): Promise<void> {
    // Neither touches a row: only the description of the table changes. First what may be done twice, because none of it can be rolled back.
    await this.change('modify `kind` varchar(20) not null', 'inplace, lock=none');
    await this.change('add `content` text null', 'instant');
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`message\` drop column \`content\`;`);
    this.addSql(`alter table \`message\` modify \`kind\` varchar(8) not null;`);
  }

  /** Alters the table as cheaply as MySQL 8 and MariaDB 10.6 can. Where this table does not allow that, such as a compressed one, as the server can. */
  private async change(what: string, cheaply: string): Promise<void> {
    try {
      await this.execute(`alter table \`message\` ${what}, algorithm=${cheaply}`);
    } catch {
      await this.execute(`alter table \`message\` ${what}`);
    }
  }

}
