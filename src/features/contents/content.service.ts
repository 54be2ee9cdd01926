import type { Locale } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { LockedFiles, Used } from '../files/file-use.service.ts';
import type { MessageRow } from '../messages/message.entity.ts';

/**
 * Whether a node of 0.1.0 may run beside this one. It shows, edits and recalls what stands in `text`, `noticeCode` and `noticeNames`, and knows nothing
 * of `content`: so texts and notices are written where it finds them, and the words of a text nowhere else, because it would leave those there when it
 * edits or recalls. In the next version this is false. Rows of both forms are read whatever it is.
 */
export const isOlderBeside: boolean = true;

/** How a content is stored that a node of 0.1.0 cannot read: as JSON, and beside it, for as long as one may run, the text that it shows in its place. */
export function storedAs(data: object, content: Pick<Content, 'text'>): Content['stored'] {
  const json = JSON.stringify(data);
  return isOlderBeside ? { content: json, text: content.text('en') } : { content: json };
}

/** The columns of a message that hold its content. */
export type ContentColumns = Pick<MessageRow, 'kind' | 'content' | 'text' | 'noticeCode' | 'noticeNames'>;

/** What of a message has to be read for its content. */
export type ContentRow = ContentColumns & Pick<MessageRow, 'recalledAt'>;

/** What a message says. Each kind has a class of its own. */
export interface Content {
  /** The name of its kind. */
  readonly kind: string;
  /** The name of its GraphQL type. */
  readonly typename: string;
  /** How it is stored; columns that are not named are null. */
  readonly stored: Partial<Omit<ContentColumns, 'kind'>>;
  /** What can be found of it by searching; null: nothing. */
  readonly searchable: string | null;
  /** What is shown and told of it where its type is not known, in the reader's language. */
  text(locale: Locale): string;
  /**
   * What a message holds that forwards it; `files` holds those that this one shows. Throws for `content.forward`: `BAD_USER_INPUT` where that cannot be,
   * `NOT_FOUND` where a file of it was removed meanwhile.
   */
  forwarded(files: LockedFiles): Found;
}

/** A content that may be written, with the files that it shows, which are locked. */
export interface Found {
  readonly content: Content;
  readonly files: readonly Used[];
}

/** A content that shows no files. */
export function withoutFiles(content: Content): Found {
  return { content, files: [] };
}

/** What a sender gives: exactly one of its members, of which each kind adds its own. */
// biome-ignore lint/suspicious/noEmptyInterface: the kinds add to it.
export interface ContentInput {}

/** What an edit gives: likewise. */
// biome-ignore lint/suspicious/noEmptyInterface: the kinds add to it.
export interface ContentEdit {}

/** What a sender has given, after all of it was checked that can be without the tables. */
export interface Taken {
  /** By what the same is known when it is sent again, as JSON writes it. It never changes: messages of long ago are known by it. */
  readonly mark: unknown;
  /** How many characters it has, more or less. */
  readonly characters: number;
  /** The uuids of the viewer's files that it names. */
  readonly uploads?: readonly string[];
  /**
   * The content, found and judged in the transaction that writes it, where those of `uploads` are locked that are the viewer's. It may lock nothing
   * further: the stamp is taken. Throws the reason of a refusal.
   */
  find(tx: Tx, viewer: Viewer, files: LockedFiles): Found | Promise<Found>;
}

/** A kind of content. */
export interface ContentKind {
  /** As it stands in the table: at most 20 characters. */
  readonly kind: string;
  /** What a row of this kind says, in whatever form it is stored, as far as this version can read it; null where it cannot. */
  read(row: ContentRow): Content | null;
  /** What was given of this kind; null where it is of another. Throws `BAD_USER_INPUT`. */
  take?(given: ContentInput): Taken | null;
  /** Makes another content of one, as the edit says; null where that is about another kind. Throws `BAD_USER_INPUT`, as does what it gives. */
  takeEdit?(edit: ContentEdit): ((before: Content) => Content) | null;
}
