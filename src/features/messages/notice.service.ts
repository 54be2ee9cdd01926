import { columnsOf } from '../contents/contents.service.ts';
import { type NoticeCode, NoticeContent, type NoticeNames } from '../contents/notice.service.ts';
import type { EntryPeople } from '../log/log.entity.ts';
import type { LogWriter } from '../log/log.service.ts';

/** What happened in a conversation. */
export interface NewNotice {
  readonly code: NoticeCode;
  /** Who did it; null: the server itself. */
  readonly actorId: number | null;
  readonly names: NoticeNames;
  /** Who joined or left by it. */
  readonly people?: EntryPeople;
}

/**
 * Writes a notice into the log of a locked conversation, as a message that nobody sent. `audience` as for `LogWriter.append`. Gives its place;
 * of a notice by which people join or leave this is where their membership begins or ends.
 */
export async function writeNotice(
  writer: LogWriter,
  conversationId: number,
  notice: NewNotice,
  audience: readonly number[] | null,
): Promise<{ readonly seq: number; readonly rev: number }> {
  const { now } = await writer.stamp();
  const seq = writer.nextSeq(conversationId);
  const rev = writer.append(conversationId, { kind: 'SENT', seq, ...(notice.people && { people: notice.people }) }, audience);
  await writer.db
    .insertInto('Message')
    .values({
      conversationId,
      seq,
      rev,
      senderId: notice.actorId,
      ...columnsOf(new NoticeContent(notice.code, notice.names)),
      mentionsEveryone: 0,
      createdAt: now,
    })
    .execute();
  return { seq, rev };
}
