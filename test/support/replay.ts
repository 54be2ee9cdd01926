import { CursorDocument, EventsDocument, type EventsSubscription } from '../generated/graphql.ts';
import { present } from './client.ts';
import type { Person } from './people.ts';

/** An event as the tests read it. */
export type Told = EventsSubscription['events'];

/** Where somebody's events stand. */
async function cursorOf(person: Person): Promise<string> {
  return present((await person.ask(CursorDocument, {})).viewer).cursor;
}

/** Everything that somebody was told since a cursor: what has been answered before is in it, and nothing needs to be waited for. */
export async function toldSince(person: Person, cursor: string): Promise<readonly Told[]> {
  const socket = person.socket();
  const stream = socket.subscribe(EventsDocument, { after: cursor });
  const told: Told[] = [];
  for (;;) {
    const { events } = await stream.next('the end of the replay');
    if (events.__typename === 'CaughtUp') break;
    told.push(events);
  }
  await socket.close();
  return told;
}

/** What an action makes everybody be told, in the order of the people. */
export async function tellingOf<T>(people: readonly Person[], action: () => Promise<T>): Promise<readonly (readonly Told[])[]> {
  const cursors = await Promise.all(people.map(cursorOf));
  await action();
  return await Promise.all(people.map((person, index) => toldSince(person, present(cursors[index]))));
}
