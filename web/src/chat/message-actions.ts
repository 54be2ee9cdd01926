import type { Message, StoredFile, User } from 'parley-client';
import type { MenuPlace } from '../app/ui/index.ts';

type Picture = Extract<StoredFile, { readonly __typename: 'ImageFile' }>;

/** What can be done at a message. The object stays the same for as long as a conversation is shown. */
export interface MessageActions {
  /** How somebody is called here: in a group by the name they chose for it. */
  nameOf(user: User): string;
  openUser(user: User): void;
  openPictures(pictures: readonly Picture[], index: number): void;
  openMenu(message: Message, place: MenuPlace): void;
  openEmoji(message: Message, place: MenuPlace): void;
  jumpTo(messageId: string): void;
  reply(message: Message): void;
  toggleReaction(message: Message, emoji: string): void;
  retry(message: Message): void;
  discard(message: Message): void;
}
