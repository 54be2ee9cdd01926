import type { ConversationList, ListDump } from './conversation-list.ts';
import type { Entities, EntityRecord } from './entities.ts';
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
  readonly lists: readonly (Omit<ListDump, 'records'> & { readonly records: readonly unknown[] })[];
  readonly rooms: readonly { readonly id: string; readonly hasOlder: boolean; readonly messages: readonly { readonly id: string }[] }[];
  readonly missing: number;
}

/** Loaded by the warm start alone: a page that keeps nothing need not have it. */
export function createKeeping({ viewer, conversations, archived, rooms, room, entities, settle, reset, missing, resume }: StoreInside): Keeping {
  const plain = (record: EntityRecord) => ({ ...withoutAddresses(entities.confirmed(record)), id: record.id });
  const plainList = (list: ListDump) => ({ ...list, records: list.records.map(plain) });

  return {
    dump(): Dump | null {
      const record = viewer();
      if (!record) return null;
      const held = [...rooms.values()].filter(({ windows }) => windows.live?.list.size).sort((a, b) => orderOf(b) - orderOf(a));
      return {
        version,
        lists: [plainList(conversations.dump(most.conversations)), plainList(archived.dump(most.archived))],
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
        if (kept) list.load({ ...kept, records: [] });
      }
      for (const { id, hasOlder, messages } of dump.rooms)
        room(id).resume(
          messages.flatMap((message) => entities.find(message.id) ?? []),
          hasOlder,
        );
      resume(dump.missing);
      return true;
    },
  };
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
