import { badInput } from '../../kernel/errors.ts';
import { pageSize } from '../../kernel/page.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { ConversationView } from '../conversations/conversation.service.ts';
import type { UploadKind } from '../files/file.entity.ts';
import { keyOf, type MessageKey, type MessageView, messagesAt } from './message-view.service.ts';

/** A page of the messages of a conversation that have files, newest first, before it is read. */
export interface GalleryRange {
  readonly conversationId: number;
  /** Null: all kinds. */
  readonly kind: UploadKind | null;
  readonly size: number;
  /** The first message that the viewer sees. */
  readonly fromSeq: number;
  /** The page begins before this one. */
  readonly belowSeq: number;
}

/** What somebody asks for: Relay's arguments, and the kind of the files; without it all. */
export interface GalleryArgs {
  readonly kind?: UploadKind | null | undefined;
  readonly first?: number | null | undefined;
  readonly after: MessageKey | null;
}

/** Where the page stands that the viewer asks for. Throws `BAD_USER_INPUT` for arguments that ask for none. */
export function galleryRange({ id, uuid, fromSeq, lastSeq }: Pick<ConversationView, 'id' | 'uuid' | 'fromSeq' | 'lastSeq'>, args: GalleryArgs): GalleryRange {
  const { kind, first, after } = args;
  if (after && after.conversationUuid !== uuid) throw badInput('after', { zh: '游标不属于这个会话', en: 'This cursor belongs to another conversation' });
  return { conversationId: id, kind: kind ?? null, size: pageSize(first), fromSeq: Math.max(fromSeq, 1), belowSeq: after?.seq ?? lastSeq + 1 };
}

/** Such a page. */
export interface GalleryPage {
  readonly messages: readonly MessageView[];
  readonly hasNextPage: boolean;
}

type Place = Slots<{ conversationId: number; kind: UploadKind; fromSeq: number; belowSeq: number; limit: number }>;

/** The kinds of files that messages show. */
const shown = ['IMAGE', 'AUDIO', 'VIDEO', 'FILE'] as const satisfies readonly UploadKind[];

/** By the key of the uses: however long the history is, no more of it is read than the page has. */
const usesOfKind = createStatement((tx, slot: Place) =>
  tx.db
    .selectFrom('FileUse as f')
    .select('f.seq')
    .where('f.logId', '=', slot('conversationId'))
    .where('f.kind', '=', slot('kind'))
    .where('f.seq', '>=', slot('fromSeq'))
    .where('f.seq', '<', slot('belowSeq'))
    // A node of 0.1.0 leaves the uses when it recalls.
    .where((eb) =>
      eb(eb.selectFrom('Message as x').select('x.recalledAt').whereRef('x.conversationId', '=', 'f.logId').whereRef('x.seq', '=', 'f.seq'), 'is', null),
    )
    .groupBy('f.seq')
    .orderBy('f.seq', 'desc')
    .limit(slot.limit('limit')),
);

/** These pages, in their order; rights are the caller's matter. */
export async function readGallery(tx: Tx, ranges: readonly GalleryRange[]): Promise<readonly GalleryPage[]> {
  // All kinds are each by itself: only within one are the uses in the order of their key.
  const asked = ranges.flatMap((range) => (range.kind === null ? shown : [range.kind]).map((kind) => ({ range, kind })));
  const found = await usesOfKind.each(
    tx,
    asked.map(({ range: { conversationId, size, fromSeq, belowSeq }, kind }) => ({ conversationId, kind, fromSeq, belowSeq, limit: size + 1 })),
  );
  const seqs = new Map<GalleryRange, readonly number[]>();
  for (const [index, { range }] of asked.entries())
    seqs.set(
      range,
      [...new Set([...(seqs.get(range) ?? []), ...(found[index] ?? []).map(({ seq }) => seq)])].sort((one, other) => other - one),
    );
  const pages = ranges.map((range) => ({ range, onPage: (seqs.get(range) ?? []).slice(0, range.size) }));
  const places = pages.flatMap(({ range: { conversationId }, onPage }) => onPage.map((seq) => ({ conversationId, seq })));
  const messages = new Map((await messagesAt(tx, places)).map((message) => [keyOf(message).join(':'), message]));
  return pages.map(({ range, onPage }) => ({
    messages: onPage.map((seq) => messages.get(`${range.conversationId}:${seq}`)).filter((message) => message !== undefined),
    hasNextPage: (seqs.get(range) ?? []).length > range.size,
  }));
}
