import type { Tx } from '../../platform/database.ts';
import type { Fingerprints } from '../../platform/fingerprints.ts';
import { nothing } from '../contents/contents.service.ts';
import { releaseFiles } from '../files/file-use.service.ts';
import type { MessageRow } from './message.entity.ts';
import type { MessagePlace } from './message-view.service.ts';

/** What a recalled message says: nothing, and nothing of what was done to it but when it was taken back. That it was sent can be known, but not what. */
export function recalledContent({ contentHash }: Pick<MessageRow, 'contentHash'>, fingerprints: Fingerprints) {
  const marks = { editedAt: null, mentionsEveryone: 0, forwardedFromId: null } as const;
  return { ...nothing, ...marks, contentHash: fingerprints.renewed(contentHash) } satisfies Partial<MessageRow>;
}

/**
 * Deletes what is stored beside a message: whom it names, the reactions to it, its pin, and the files that nothing else shows. For recalls, together with
 * `recalledContent`. Before the stamp, because it locks the files.
 */
export async function eraseBeside(tx: Tx, { conversationId, seq }: MessagePlace): Promise<void> {
  await releaseFiles(tx, { logId: conversationId, seq });
  for (const table of ['Mention', 'Reaction', 'Pin'] as const)
    await tx.db.deleteFrom(table).where('conversationId', '=', conversationId).where('seq', '=', seq).execute();
}
