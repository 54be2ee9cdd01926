import type { ExpressionBuilder } from 'kysely';
import { badInput } from '../../kernel/errors.ts';
import type { Tables } from '../../platform/database.ts';
import { attachmentsKind } from './attachments.service.ts';
import { contactKind } from './contact.service.ts';
import type { Content, ContentColumns, ContentEdit, ContentInput, ContentKind, ContentRow, Taken } from './content.service.ts';
import { customKind } from './custom.service.ts';
import { locationKind } from './location.service.ts';
import { noticeKind } from './notice.service.ts';
import { textIn, textKind } from './text.service.ts';

/** All kinds of contents. */
const kinds: readonly ContentKind[] = [textKind, noticeKind, attachmentsKind, customKind, locationKind, contactKind];

const kindsByName: ReadonlyMap<string, ContentKind> = new Map(kinds.map((kind) => [kind.kind, kind]));

/** A message without a content, as it is stored once it was recalled; of which kind it was stays. */
export const nothing = { content: null, text: null, noticeCode: null, noticeNames: null } as const satisfies Omit<ContentColumns, 'kind'>;

/** The columns that `contentOf` reads. */
export const contentColumns = ['kind', 'content', 'text', 'noticeCode', 'noticeNames', 'recalledAt'] as const satisfies readonly (keyof ContentRow)[];

/**
 * What a message says; null once recalled, whatever is stored: who has recalled it may have known less of it. In whatever form it is stored, and of a
 * kind that only a newer version knows, the text that it holds.
 */
export function contentOf(row: ContentRow): Content | null {
  if (row.recalledAt !== null) return null;
  return kindsByName.get(row.kind)?.read(row) ?? unknownContent(row.kind, textIn(row));
}

/** How a content is stored: all columns that belong to contents, so that nothing of another one is left. */
export function columnsOf(content: Content): ContentColumns {
  return { ...nothing, kind: content.kind, ...content.stored };
}

/** What can be found of a message by searching, exactly as it is: null where there is nothing. */
export function searchableOf(row: ContentRow): string | null {
  return contentOf(row)?.searchable ?? null;
}

/** Whether a row may hold something that can be found; `searchableOf` says what. */
export function maySearch(eb: ExpressionBuilder<Tables, 'Message'>) {
  return eb.and([eb('kind', '!=', noticeKind.kind), eb('recalledAt', 'is', null), eb.or([eb('text', 'is not', null), eb('content', 'is not', null)])]);
}

/** The bytes of what is stored of a content, more or less. */
export function sizeOf(eb: ExpressionBuilder<Tables, 'Message'>) {
  return eb.fn<number | null>('length', [eb.fn.coalesce('text', 'content')]);
}

/** What a sender gives, checked. Throws `BAD_USER_INPUT`. */
export function takeContent(given: ContentInput): Taken {
  for (const kind of kinds) {
    const taken = kind.take?.(given);
    if (taken) return taken;
  }
  throw badInput('content', { zh: '请提供消息内容', en: 'Say what to send' });
}

/** What an edit gives, checked: makes the content of a message that one that it is to be. Both throw `BAD_USER_INPUT`. */
export function takeEdit(edit: ContentEdit): (before: Content) => Content {
  for (const kind of kinds) {
    const taken = kind.takeEdit?.(edit);
    if (taken) return taken;
  }
  throw badInput('content', { zh: '请提供消息内容', en: 'Say what it is to hold' });
}

/** Whether two contents are the same. */
export function isSame(one: Content, other: Content): boolean {
  return JSON.stringify(columnsOf(one)) === JSON.stringify(columnsOf(other));
}

/** A content of a kind that this version does not know. */
function unknownContent(kind: string, text: string): Content {
  return {
    kind,
    typename: 'TextContent',
    stored: { text },
    searchable: text,
    text: () => text,
    forwarded() {
      throw badInput('content.forward', { zh: '这种消息不能转发', en: 'A message of this kind cannot be forwarded' });
    },
  };
}
