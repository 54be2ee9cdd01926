import { Migration } from '@mikro-orm/migrations';

export class Migration20261125181814_shown_marks extends Migration {

  override name = 'Migration20261125181814_shown_marks';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`member\` add column \`shown_seq\` bigint null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`member\` drop column \`shown_seq\`;`);
  }

}
