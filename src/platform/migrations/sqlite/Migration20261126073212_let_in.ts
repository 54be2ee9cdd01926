import { Migration } from '@mikro-orm/migrations';

export class Migration20261126073212_let_in extends Migration {

  override name = 'Migration20261126073212_let_in';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`join_request\` add column \`is_acted\` integer not null default 0;`);

    this.addSql(`alter table \`relation\` add column \`counts_as_written\` integer not null default 0;`);

    this.addSql(`alter table \`session\` add column \`ttl_ms\` bigint null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`join_request\` drop column \`is_acted\`;`);

    this.addSql(`alter table \`relation\` drop column \`counts_as_written\`;`);

    this.addSql(`alter table \`session\` drop column \`ttl_ms\`;`);
  }

}
