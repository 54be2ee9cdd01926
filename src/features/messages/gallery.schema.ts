import { builder } from '../../graphql/builder.ts';
import { forwardArgs } from '../../graphql/connection.ts';
import { createCommonLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { ConversationRef, ownView } from '../conversations/conversation.schema.ts';
import type { UploadKind } from '../files/file.entity.ts';
import { UploadKindRef } from '../files/file.schema.ts';
import { type GalleryPage, type GalleryRange, galleryRange, readGallery } from './gallery.service.ts';
import { cursorKey, MessageConnection, messageIdOf } from './message.schema.ts';

/** Pages by what says where they are, as JSON: each kind, size and place once. Rights are judged before. */
const galleryLoader = createCommonLoader<string, GalleryPage>(
  async (tx, keys) => {
    const pages = await readGallery(tx, keys.map(rangeOf));
    return new Map(pages.map((page, index) => [keys[index] ?? '', page]));
  },
  (key) => rangeOf(key).size,
);

function keyOf({ conversationId, kind, size, fromSeq, belowSeq }: GalleryRange): string {
  return [conversationId, kind ?? '', size, fromSeq, belowSeq].join(':');
}

function rangeOf(key: string): GalleryRange {
  const [conversationId, kind = '', size, fromSeq, belowSeq] = key.split(':');
  return {
    conversationId: Number(conversationId),
    kind: kinds.find((each) => each === kind) ?? null,
    size: Number(size),
    fromSeq: Number(fromSeq),
    belowSeq: Number(belowSeq),
  };
}

const kinds: readonly UploadKind[] = ['IMAGE', 'AUDIO', 'VIDEO', 'FILE', 'AVATAR'];

builder.objectField(ConversationRef, 'attachments', (t) =>
  t.field({
    ...perViewer,
    type: MessageConnection,
    description:
      "The messages with files that the viewer can see, newest first, without recalled ones: the gallery of a chat. An edge's cursor is its message's id.",
    args: {
      ...forwardArgs,
      kind: t.arg({ type: UploadKindRef, description: 'Only messages with a file that was uploaded as this; without it all.' }),
    },
    resolve: async (conversation, { kind, first, after }, context) => {
      const range = galleryRange(ownView(conversation, context), { kind, first, after: cursorKey('after', after) });
      const page = await galleryLoader(context).load(keyOf(range));
      const edges = (page?.messages ?? []).map((node) => ({ cursor: messageIdOf(node), node }));
      const pageInfo = { hasPreviousPage: typeof after === 'string', hasNextPage: page?.hasNextPage ?? false };
      return { edges, pageInfo: { ...pageInfo, startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null } };
    },
  }),
);
