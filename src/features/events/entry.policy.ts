import type { RowOf } from '../../platform/database.ts';
import type { Entry, EntryKind } from '../log/log.entity.ts';

/** What each kind of entry names, without which there is nothing to tell; null: nothing of its own. */
const told = {
  SENT: 'seq',
  CHANGED: 'seq',
  MEMBERS: null,
  CONVERSATION: null,
  DISSOLVED: null,
  LEFT: 'aboutId',
  PERSON: 'aboutId',
  VIEWER: null,
  FRIEND_REQUEST: 'aboutId',
  JOIN_REQUEST: 'aboutId',
  UPLOAD: 'aboutId',
} as const satisfies Readonly<Record<Exclude<EntryKind, 'JOINED'>, 'seq' | 'aboutId' | null>>;

const namedBy: ReadonlyMap<string, 'seq' | 'aboutId' | null> = new Map(Object.entries(told));

/**
 * Whether an entry is told as an event. Becoming a member is silent: the conversation's own entries tell. What this version does not know is silent
 * too: a newer one has written it, and whoever has been given it all the same has missed nothing that could be shown.
 */
export function isTold(entry: Pick<RowOf<typeof Entry>, 'kind' | 'seq' | 'aboutId'>): boolean {
  const named = namedBy.get(entry.kind);
  return named === null || (named !== undefined && entry[named] !== null);
}
