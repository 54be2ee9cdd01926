import { Migration } from '@mikro-orm/migrations';

export class Migration20261126083441_reactors extends Migration {

  override name = 'Migration20261126083441_reactors';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`reaction\` add index \`reaction_conversation_id_seq_emoji_hex_at_user_id_index\` (\`conversation_id\`, \`seq\`, \`emoji_hex\`, \`at\`, \`user_id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`reaction\` drop index \`reaction_conversation_id_seq_emoji_hex_at_user_id_index\`;`);
  }

}
