import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { ContentInput, Found, Taken } from '../contents/content.service.ts';
import { contentOf, takeContent } from '../contents/contents.service.ts';
import { textLimit } from '../contents/text.service.ts';
import type { LockedFiles } from '../files/file-use.service.ts';
import { findMessage, type MessageKey } from './message-view.service.ts';

/** What a message is to take along: a content, or a message whose content is copied. */
export type NewContent = ContentInput | { readonly forward: MessageKey };

/** Stands for the operator's servers, which are no users, among those who wrote first what was forwarded: others' words all the same, which nobody edits. */
const serverId = 0;

/** What a message takes along. */
export interface Carried extends Found {
  /** Who wrote it first, of one that forwards another: of what was forwarded before, that person. */
  readonly forwardedFromId: number | null;
}

/** What a message is to take along, after all of it was checked that can be without the tables. */
export interface Carrying extends Pick<Taken, 'mark' | 'characters'> {
  /** The uuids of the viewer's files that it names. */
  readonly uploads: readonly string[];
  /** The message that it forwards, and whose files it shows then. */
  readonly forwards: MessageKey | null;
  /**
   * Found and judged in the transaction that writes it, where its files are locked. Throws `NOT_FOUND` for a message that the viewer cannot see and for one that was recalled,
   * `BAD_USER_INPUT` for a notice and for what shows nothing, both for `content.forward`; and the reason of a refusal.
   */
  carry(tx: Tx, files: LockedFiles): Promise<Carried>;
}

/** Takes what a sender gives. Throws `BAD_USER_INPUT`. */
export function takeCarried(viewer: Viewer, given: NewContent): Carrying {
  if ('forward' in given) {
    const { forward } = given;
    return { mark: given, characters: textLimit, uploads: [], forwards: forward, carry: (tx, files) => requireForwarded(tx, viewer, forward, files) };
  }
  const { mark, characters, uploads = [], find } = takeContent(given);
  return { mark, characters, uploads, forwards: null, carry: async (tx, files) => ({ ...(await find(tx, viewer, files)), forwardedFromId: null }) };
}

async function requireForwarded(tx: Tx, viewer: Viewer, key: MessageKey, files: LockedFiles): Promise<Carried> {
  const message = await findMessage(tx, viewer, key);
  const content = message && contentOf(message);
  if (!content) throw new AppError('NOT_FOUND', { field: 'content.forward' });
  return { ...content.forwarded(files), forwardedFromId: message.forwardedFromId ?? message.senderId ?? serverId };
}
