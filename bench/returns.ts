import { keepProfile } from './harness/profile.ts';
import type { Reader } from './harness/reader.ts';
import { type Row, rowOf } from './harness/results.ts';
import { createSender, cursorOf, enter, subscriptions } from './harness/room.ts';
import { createScene, type Guest, type Room } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';
import { startServices } from './harness/services.ts';

/** How much is done in a round. */
export interface ReturnsOptions {
  readonly rounds: number;
  /** How many come back at once. */
  readonly clients: number;
  /** Where to write what the server did, if anywhere. */
  readonly profile?: string;
}

const missed = 10;
const query = subscriptions.events.replace('subscription { events', 'subscription ($after: String) { events(after: $after)');

/**
 * Many clients come back at once, as those of a node that died, each with the cursor of before and ten events that it has missed: connecting, the check
 * of the token, and the events until CaughtUp. They are in one group, or in groups of two, each of which has ten messages of its own.
 */
export async function returns({ rounds, clients, profile }: ReturnsOptions): Promise<Row[]> {
  const services = await startServices();
  const rows: Row[] = [];
  for (const size of [clients, 2]) {
    const scene = await createScene(services);
    const people = await scene.people(clients);
    const rooms: Room[] = [];
    for (let start = 0; start < clients; start += size) rooms.push(await scene.group(people.slice(start, start + size)));
    const server = await startServer('src/main.ts', scene.env);
    const round = async (keep?: string) => {
      const cursors = await cursorsOf(server, people);
      for (const [index, room] of rooms.entries()) {
        const sender = await createSender(server.port, guestAt(people, index * size), room);
        await sender.send(missed);
        sender.close();
      }
      const before = await server.cpuMs();
      const start = performance.now();
      const all = Promise.all(people.map((guest, index) => comeBack(server, guest, cursors[index] ?? '')));
      if (keep !== undefined) await keepProfile(server, keep, () => all);
      const readers = await all;
      const found = { cpu: (await server.cpuMs()) - before, ms: performance.now() - start };
      for (const reader of readers) reader.close();
      return found;
    };
    await round();
    const found: { readonly cpu: number; readonly ms: number }[] = [];
    for (let index = 0; index < rounds; index += 1) found.push(await round());
    const where = size === clients ? 'in one group' : 'in groups of two';
    const what = `${clients.toLocaleString('en')} clients come back at once ${where}, ${missed} events missed by each`;
    const rowFor = (against: string, unit: string, of: 'cpu' | 'ms', theirs: number, goal: number | null) =>
      rowOf(
        { what, against, unit, goal, better: 'lower' },
        found.map((each) => ({ ours: each[of], theirs })),
      );
    rows.push(rowFor('0.4 ms of CPU for each', 'ms of CPU of the server', 'cpu', clients * 0.4, 1));
    rows.push(rowFor('a second', 'ms until the last CaughtUp', 'ms', 1000, null));
    if (profile !== undefined) await round(`${profile}-returns-${size}`);
    await server.stop();
    await scene.close();
  }
  await services.stop();
  return rows;
}

function guestAt(people: readonly Guest[], index: number): Guest {
  const guest = people[index];
  if (!guest) throw new Error('nobody is there');
  return guest;
}

/** Where everybody stands before they miss something. */
async function cursorsOf(server: MeasuredServer, people: readonly Guest[]): Promise<string[]> {
  const cursors: string[] = [];
  for (let start = 0; start < people.length; start += 50) {
    const some = people.slice(start, start + 50).map(async (guest) => {
      const socket = await enter(server.port, guest);
      const cursor = await cursorOf(socket);
      socket.close();
      return cursor;
    });
    cursors.push(...(await Promise.all(some)));
  }
  // What the end of a connection leaves to do.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return cursors;
}

async function comeBack(server: MeasuredServer, guest: Guest, after: string): Promise<Reader> {
  const socket = await enter(server.port, guest);
  const done = Promise.withResolvers<void>();
  let events = 0;
  socket.listen((frame) => {
    if (frame.includes('MessageSent')) events += 1;
    else if (frame.includes('CaughtUp')) done.resolve();
    else done.reject(new Error(frame));
  });
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { after } } }));
  await done.promise;
  socket.listen(null);
  if (events !== missed) throw new Error(`${events} events came`);
  return socket;
}
