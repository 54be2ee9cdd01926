import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { Content, ContentInput, Taken } from '../contents/content.service.ts';
import { contentOf, takeContent } from '../contents/contents.service.ts';
import { textLimit } from '../contents/text.service.ts';
import { findMessage, type MessageKey } from './message-view.service.ts';

/** What a message is to take along: a content, or a message whose content is copied. */
export type NewContent = ContentInput | { readonly forward: MessageKey };

/** What a message takes along. */
export interface Carried {
  readonly content: Content;
  /** Who wrote it first, of one that forwards another: of what was forwarded before, that person. */
  readonly forwardedFromId: number | null;
}

/** What a message is to take along, after all of it was checked that can be without the tables. */
export interface Carrying extends Pick<Taken, 'mark' | 'characters'> {
  /**
   * Found and judged in the transaction that writes it. Throws `NOT_FOUND` for a message that the viewer cannot see and for one that was recalled,
   * `BAD_USER_INPUT` for a notice and for what shows nothing, both for `content.forward`; and the reason of a refusal.
   */
  carry(tx: Tx): Promise<Carried>;
}

/** Takes what a sender gives. Throws `BAD_USER_INPUT`. */
export function takeCarried(viewer: Viewer, given: NewContent): Carrying {
  if ('forward' in given) return { mark: given, characters: textLimit, carry: (tx) => requireForwarded(tx, viewer, given.forward) };
  const { mark, characters, find } = takeContent(given);
  return { mark, characters, carry: async (tx) => ({ content: await find(tx, viewer), forwardedFromId: null }) };
}

async function requireForwarded(tx: Tx, viewer: Viewer, key: MessageKey): Promise<Carried> {
  const message = await findMessage(tx, viewer, key);
  const content = message && contentOf(message);
  if (!content) throw new AppError('NOT_FOUND', { field: 'content.forward' });
  return { content: content.forwarded(), forwardedFromId: message.forwardedFromId ?? message.senderId };
}
