import { parseUuid } from '../../kernel/ids.ts';
import { initialOf } from '../../kernel/initial.ts';

/** What a person is called by whoever has a remark for them, or none. */
export interface Named {
  readonly remark: string | null;
  readonly nickname: string;
  readonly username: string;
}

/** The name that is shown: the remark, else the nickname, else the username. */
export function shownName({ remark, nickname, username }: Named): string {
  return remark || nickname || username;
}

/** Where a friend stands in the list: by initial, then by name. The uuid keeps apart those who are called the same. */
export type FriendKey = readonly [initial: string, name: string, uuid: string];

/** The place of a friend. */
export function friendKeyOf(person: Named & { readonly uuid: string }): FriendKey {
  const name = shownName(person);
  return [initialOf(name), name, person.uuid];
}

// Within an initial Chinese names by their pinyin, others by their letters, whatever their case.
const names = new Intl.Collator('zh');

/** The order of friends: A to Z, then "#"; within an initial by name. */
export function compareFriends(one: FriendKey, other: FriendKey): number {
  return rankOf(one[0]) - rankOf(other[0]) || names.compare(one[1], other[1]) || compareText(one[1], other[1]) || compareText(one[2], other[2]);
}

/** Whether a decoded cursor is a place in the list of friends. */
export function isFriendKey(value: unknown): value is FriendKey {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [initial, name, uuid]: readonly unknown[] = value;
  return typeof initial === 'string' && /^[A-Z#]$/.test(initial) && typeof name === 'string' && typeof uuid === 'string' && parseUuid(uuid) === uuid;
}

function rankOf(initial: string): number {
  return initial === '#' ? 26 : initial.charCodeAt(0) - 65;
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
