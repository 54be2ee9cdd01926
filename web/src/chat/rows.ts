import type { Message } from 'parley-client';

/** One line of the list of messages. `key` stays the same while a message goes out and is acknowledged. */
export type Row =
  | { readonly kind: 'head'; readonly key: string }
  | { readonly kind: 'day'; readonly key: string; readonly at: string }
  | { readonly kind: 'unread'; readonly key: string }
  | MessageRow;

export interface MessageRow {
  readonly kind: 'message' | 'notice';
  readonly key: string;
  readonly message: Message;
  /** The first of several in a row by the same person: it has the name and the picture. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Messages of one person belong together while no more than this lies between two of them, in milliseconds. */
const togetherMs = 5 * 60_000;

interface Facts {
  readonly ms: number;
  readonly day: string;
  readonly groupKey: string | null;
  row: MessageRow | null;
}

/** What never changes of an immutable message, and the row that was made of it last, so that a list of thousands costs little to build again. */
const factsOf = new WeakMap<Message, Facts>();

function readFacts(message: Message): Facts {
  const known = factsOf.get(message);
  if (known) return known;
  const date = new Date(message.createdAt);
  const isNotice = message.content?.__typename === 'NoticeContent';
  const groupKey = isNotice || message.recalledAt !== null ? null : (message.sender?.id ?? '');
  const facts: Facts = { ms: date.getTime(), day: dayOf(date), groupKey, row: null };
  factsOf.set(message, facts);
  return facts;
}

/** The day in the time zone of the page, such as 2026-3-9. */
function dayOf(date: Date): string {
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** The same for as long as a message is shown: its id changes when the server has it, and `clientId` of others is what strangers chose. */
function keyOf(message: Message): string {
  return message.isOwn && message.clientId !== null ? message.clientId : message.id;
}

/**
 * The lines of a conversation: days, the line before what is unread, and messages, with those of one person put together. Rows of messages that did not
 * change are the same objects as before. `unreadAfter` is the seq that was read when the conversation was opened; null: no line.
 */
export function rowsOf(messages: readonly Message[], unreadAfter: number | null): Row[] {
  const rows: Row[] = [{ kind: 'head', key: 'head' }];
  let before: Facts | null = null;
  let isLineSet = unreadAfter === null;
  for (const [index, message] of messages.entries()) {
    const facts = readFacts(message);
    let breaks = before === null || before.day !== facts.day;
    if (breaks) rows.push({ kind: 'day', key: `day ${facts.day} ${keyOf(message)}`, at: message.createdAt });
    if (!isLineSet && unreadAfter !== null && message.seq > unreadAfter) {
      isLineSet = true;
      // The line is for what others wrote, and only where it is known to be right: what lies before may not have been read yet.
      if (!message.isOwn && (index > 0 || message.seq === unreadAfter + 1)) {
        rows.push({ kind: 'unread', key: 'unread' });
        breaks = true;
      }
    }
    const next = messages[index + 1];
    const nextFacts = next ? readFacts(next) : null;
    const nextStartsLine = !isLineSet && unreadAfter !== null && next !== undefined && next.seq > unreadAfter && !next.isOwn;
    const isFirst = breaks || before === null || !isTogether(before, facts);
    const isLast = nextFacts === null || nextStartsLine || nextFacts.day !== facts.day || !isTogether(facts, nextFacts);
    rows.push(rowFor(message, facts, isFirst, isLast));
    before = facts;
  }
  return rows;
}

function isTogether(first: Facts, second: Facts): boolean {
  return first.groupKey !== null && first.groupKey === second.groupKey && second.ms - first.ms <= togetherMs;
}

function rowFor(message: Message, facts: Facts, isFirst: boolean, isLast: boolean): MessageRow {
  const known = facts.row;
  if (known && known.isFirst === isFirst && known.isLast === isLast) return known;
  const kind = message.content?.__typename === 'NoticeContent' ? 'notice' : 'message';
  facts.row = { kind, key: keyOf(message), message, isFirst, isLast };
  return facts.row;
}
