import type { Readable } from '../types.ts';
import type { OpenChat } from './chat.ts';
import type { Entities, EntityRecord } from './entities.ts';
import type { Room } from './room.ts';
import type { Signal } from './signals.ts';

/** Of conversations that nobody looks at: so many, and so many of their messages, are held. */
const keptRooms = 10;
const keptMessages = 60;

/** The parts of a store that hold what nobody may look at any more. */
export interface Holding {
  readonly viewer: () => EntityRecord | undefined;
  readonly entities: Entities;
  readonly rooms: Map<string, Room>;
  readonly chats: ReadonlyMap<string, OpenChat>;
  readonly readables: Map<string, Readable<unknown>>;
  readonly watched: ReadonlyMap<string, ReadonlySet<Signal>>;
  readonly unreadOf: ReadonlyMap<EntityRecord, number>;
  readonly acknowledged: Map<string, EntityRecord>;
}

/** Lets go what nobody looks at. Loaded when there is much. */
export function letGo({ viewer, entities, rooms, chats, readables, watched, unreadOf, acknowledged }: Holding): void {
  const unwatched = [...rooms.values()].filter(({ isWatched }) => !isWatched).sort((a, b) => b.watchedAt - a.watchedAt);
  for (const [place, held] of unwatched.entries()) {
    held.windows.trim(place < keptRooms ? keptMessages : 0);
    if (!held.windows.shown && !held.isGone) rooms.delete(held.id);
  }
  for (const chat of chats.values()) if (!chat.isWatched) chat.forget();
  for (const id of readables.keys()) if (!watched.has(id)) readables.delete(id);
  const looked = [viewer(), ...[...watched.keys()].map((id) => entities.find(id))].filter((record) => record !== undefined);
  const held = [...rooms.values()].flatMap(({ windows }) =>
    [windows.shown, windows.live].flatMap((window) => window?.list.records ?? []).concat(windows.ahead),
  );
  entities.keepOnly([...unreadOf.keys(), ...looked, ...held]);
  for (const [clientId, record] of acknowledged) if (entities.find(record.id) !== record) acknowledged.delete(clientId);
}
