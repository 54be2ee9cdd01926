import type { Tx } from '../../platform/database.ts';
import { isUnchangedSince } from '../log/later.service.ts';
import type { WrittenRow } from '../log/told.service.ts';
import type { MessagePlace, MessageView } from './message-view.service.ts';

/**
 * Messages of a moment ago, as they were written when they were sent: told by whoever has written them, so that nobody reads them again for those who are
 * there. They may have been changed since. Whoever uses one does so at a glance, and only on condition that it was not.
 */
export interface KnownMessages {
  /** Keeps a message for a moment. What is not understood is not kept. */
  note(row: WrittenRow): void;
  has(place: MessagePlace): boolean;
  /** The messages at these places, where all are known and the glance does not count where one was changed; null where they are to be read. */
  at(tx: Tx, places: readonly MessagePlace[]): readonly MessageView[] | null;
}

/** How long a message is kept, in milliseconds: longer than it takes until those have it who take what they are sent. */
const keptMs = 2000;

/** How many are kept, and how many characters they have together. */
const most = { messages: 5000, characters: 4_000_000 };

interface Kept {
  readonly message: MessageView;
  readonly until: number;
  readonly characters: number;
}

const keyOf = ({ conversationId, seq }: MessagePlace) => `${conversationId}:${seq}`;

/** Makes the memory of one node. */
export function createKnownMessages(): KnownMessages {
  const kept = new Map<string, Kept>();
  let characters = 0;

  const drop = (key: string, { characters: less }: Kept) => {
    kept.delete(key);
    characters -= less;
  };

  const makeRoom = (now: number) => {
    for (const [key, oldest] of kept) {
      if (oldest.until > now && kept.size <= most.messages && characters <= most.characters) return;
      drop(key, oldest);
    }
  };

  const find = (place: MessagePlace): MessageView | null => {
    const found = kept.get(keyOf(place));
    return found && found.until > performance.now() ? found.message : null;
  };

  return {
    note(row) {
      if (!isMessage(row)) return;
      const now = performance.now();
      const key = keyOf(row);
      const before = kept.get(key);
      if (before) drop(key, before);
      const one = { message: row, until: now + keptMs, characters: (row.text?.length ?? 0) + (row.content?.length ?? 0) + (row.noticeNames?.length ?? 0) };
      kept.set(key, one);
      characters += one.characters;
      makeRoom(now);
    },
    has: (place) => find(place) !== null,
    at(tx, places) {
      const { glance } = tx;
      if (!glance) return null;
      const found: MessageView[] = [];
      for (const place of places) {
        const message = find(place);
        if (message === null) return null;
        found.push(message);
      }
      for (const { conversationId, rev } of found) glance.onlyIf(isUnchangedSince(tx, conversationId, rev));
      return found;
    },
  };
}

/** The columns of a message, and what may stand in them. */
const columns = {
  conversationUuid: 'text',
  conversationId: 'number',
  seq: 'number',
  rev: 'number',
  senderId: 'number or null',
  clientId: 'text or null',
  clientKey: 'text or null',
  contentHash: 'text or null',
  kind: 'text',
  content: 'text or null',
  text: 'text or null',
  noticeCode: 'text or null',
  noticeNames: 'text or null',
  editedAt: 'number or null',
  mentionsEveryone: 'number',
  forwardedFromId: 'number or null',
  replyToSeq: 'number or null',
  createdAt: 'number',
  recalledAt: 'number or null',
  actedById: 'number or null',
} as const satisfies Readonly<Record<keyof MessageView, 'text' | 'number' | 'text or null' | 'number or null'>>;

const named = Object.entries(columns);

/** Whether a row is a message as this version knows it: another one may have written it, with other columns. */
function isMessage(row: WrittenRow): row is WrittenRow & MessageView {
  let count = 0;
  for (const _ in row) count += 1;
  if (count !== named.length) return false;
  for (const [column, holds] of named) {
    const value = row[column];
    if (value === undefined || (value === null ? !holds.endsWith('null') : !holds.startsWith(typeof value === 'string' ? 'text' : 'number'))) return false;
  }
  return true;
}
