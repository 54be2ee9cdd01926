import type { ConversationList, ListEnd } from './conversation-list.ts';
import type { Entities, EntityRecord, Link } from './entities.ts';
import type { Room } from './room.ts';

const version = 1;
/** So much is kept, at most. */
const most = { conversations: 300, archived: 50, rooms: 12, messages: 40 };

/** The parts of a store of which something is kept. */
export interface StoreInside {
  viewer(): EntityRecord | undefined;
  readonly conversations: ConversationList;
  readonly archived: ConversationList;
  readonly rooms: ReadonlyMap<string, Room>;
  room(id: string): Room;
  readonly entities: Entities;
  settle(): void;
  reset(): void;
  /** How much is unread in conversations that no page has reached. */
  missing(): number;
  /** The store has been given what was kept, and this. */
  resume(missing: number): void;
}

/** What is kept of a store for the next time. */
export interface Keeping {
  /** What is worth keeping, as plain data for structured cloning, without addresses of files. Null before anybody is known. */
  dump(): unknown;
  /** Takes up what `dump` gave, of this version: false where it is not understood. What was missed comes by events. */
  load(dump: unknown): boolean;
}

/** What a dump is, once it is known to be of this version. */
interface Dump {
  readonly version: typeof version;
  readonly viewer: { readonly id: string };
  readonly lists: readonly (ListEnd & { readonly hasBegun: boolean; readonly records: readonly unknown[] })[];
  readonly rooms: readonly { readonly id: string; readonly hasOlder: boolean; readonly messages: readonly { readonly id: string }[] }[];
  readonly missing: number;
}

/** Loaded by the warm start alone: a page that keeps nothing need not have it. */
export function createKeeping({ viewer, conversations, archived, rooms, room, entities, settle, reset, missing, resume }: StoreInside): Keeping {
  const plain = (record: EntityRecord) => ({ ...withoutAddresses(confirmed(record)), id: record.id });
  /** The first ones of a list, at most so many where there are more than a page, and how to go on behind them. */
  const plainList = ({ ends, records, hasBegun, activityOf }: ConversationList, count: number) => {
    const above = (end: ListEnd) => (end.hasMore ? records.filter((record) => activityOf(record) >= end.reached) : records);
    const end = ends.filter((other) => above(other).length <= count).at(-1) ?? ends[0] ?? beginning;
    return { ...end, hasBegun, records: above(end).map(plain) };
  };

  return {
    dump(): Dump | null {
      const record = viewer();
      if (!record) return null;
      const held = [...rooms.values()].filter(({ windows }) => windows.live?.list.size).sort((a, b) => orderOf(b) - orderOf(a));
      return {
        version,
        viewer: plain(record),
        lists: [plainList(conversations, most.conversations), plainList(archived, most.archived)],
        rooms: held.slice(0, most.rooms).flatMap(({ id, windows: { live } }) => {
          if (!live) return [];
          const { records } = live.list;
          return { id, hasOlder: live.hasOlder || records.length > most.messages, messages: records.slice(-most.messages).map(plain) };
        }),
        missing: missing(),
      };
    },
    load(dump) {
      if (!isDump(dump)) return false;
      reset();
      entities.merge(dump, 0);
      settle();
      for (const [place, list] of [conversations, archived].entries()) {
        const kept = dump.lists[place];
        if (kept) list.load({ reached: kept.reached, cursor: kept.cursor, hasMore: kept.hasMore }, kept.hasBegun);
      }
      for (const { id, hasOlder, messages } of dump.rooms) {
        const { windows } = room(id);
        const records = messages.flatMap((message) => entities.find(message.id) ?? []);
        windows.clear();
        windows.show(windows.add(null, records, { hasOlder, hasNewer: false }));
      }
      resume(dump.missing);
      return true;
    },
  };
}

const beginning: ListEnd = { reached: Number.POSITIVE_INFINITY, cursor: null, hasMore: true };

/** What the server has said of an entity and of what it shows, without what it has not confirmed. `above` is what this is shown in. */
export function confirmed({ type, id, fields }: EntityRecord, shape: ReadonlySet<string> | null = null, above: readonly string[] = []): object {
  const value: Record<string, unknown> = { __typename: type, id };
  if (above.includes(id)) return value;
  const plain = (field: unknown): unknown => {
    if (isLink(field)) return confirmed(field.record, field.shape, [...above, id]);
    if (Array.isArray(field)) return field.map(plain);
    return isObject(field) ? Object.fromEntries(Object.entries(field).map(([key, inner]) => [key, plain(inner)])) : field;
  };
  for (const key in fields) if (!shape || shape.has(key)) value[key] = plain(fields[key]);
  return value;
}

/** Nothing that was read as JSON has a Set in it. */
function isLink(value: unknown): value is Link {
  return isObject(value) && value.shape instanceof Set;
}

function isDump(dump: unknown): dump is Dump {
  return isObject(dump) && dump.version === version;
}

const orderOf = ({ isWatched, watchedAt }: Room) => (isWatched ? Number.POSITIVE_INFINITY : watchedAt);

const longAgo = new Date(0).toISOString();

/** Addresses of files are rights, and are soon over: they are read anew. */
function withoutAddresses(value: object): object {
  const cleaned = Object.entries(value).map(([key, inner]) => [key, isObject(inner) ? withoutAddresses(inner) : inner]);
  const copy = Array.isArray(value) ? cleaned.map(([, inner]) => inner) : Object.fromEntries(cleaned);
  return 'urlExpiresAt' in copy ? { ...copy, url: '', urlExpiresAt: longAgo, ...('thumbnailUrl' in copy && { thumbnailUrl: null }) } : copy;
}

// Of its own: a shared one would put the file that it stands in beside the bundle of the page.
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
