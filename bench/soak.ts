import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { keepProfile } from './harness/profile.ts';
import { median, type Row, round, rowOf } from './harness/results.ts';
import { createScene, type Guest, type Room } from './harness/scene.ts';
import { type ProcessState, startServer } from './harness/server.ts';
import { startServices } from './harness/services.ts';
import { createPerson, type Day } from './soak/person.ts';

/** How long, and where to write what the server did, if anywhere. */
export interface SoakOptions {
  readonly minutes: number;
  readonly profile?: string;
}

const people = 60;

/** Sizes of the rooms, and which part of what is written goes into one of that size: together each message goes to some 33 people. */
const sizes = [
  { size: 60, count: 1, part: 0.3 },
  { size: 30, count: 2, part: 0.4 },
  { size: 8, count: 7, part: 0.3 },
] as const;

/** What was seen at one moment. */
interface Look {
  readonly minute: number;
  readonly state: ProcessState;
  readonly tableBytes: number;
  readonly messages: number;
  readonly redisKeys: number;
  readonly redisBytes: number;
}

/** The goal for a node at this load, resident. */
const mostBytes = 300e6;

/**
 * A mixed day of 60 people on MariaDB and Redis, at a rate that a node keeps: 73 messages a second, given 2,400 times; everybody comes and goes, reads,
 * searches and uploads. Each has to be given every message of their rooms once and in order. What the server holds at the end stands against what it held after ten minutes.
 */
export async function soak({ minutes, profile }: SoakOptions): Promise<Row[]> {
  const services = await startServices();
  const redis = new Redis(services.redisUrl);
  const scene = await createScene(services);
  const guests = await scene.people(people);
  const rooms = await roomsOf(guests, (members) => scene.group(members));
  const server = await startServer('src/main.ts', { ...scene.env, METRICS_PORT: '0' });
  const day: Day = { counts: new Map(), faults: new Map() };
  const picture = readFileSync(new URL('../test/fixtures/photo.jpg', import.meta.url));
  const crowd = guests.map((guest, index) => createPerson(server.port, guest, () => chooseFor(rooms, index), picture, day));
  for (const person of crowd) await person.come();

  const look = async (minute: number): Promise<Look> => {
    const [sums] = Object.values((await services.query('select sum(data_length + index_length) as bytes from information_schema.tables')) ?? {});
    const info = await redis.info('memory');
    return {
      minute,
      state: await server.state(),
      tableBytes: Number(sums?.bytes),
      messages: day.counts.get('sends') ?? 0,
      redisKeys: await redis.dbsize(),
      redisBytes: Number(/used_memory:(\d+)/.exec(info)?.[1]),
    };
  };

  await server.state();
  const cpu = await server.cpuMs();
  const start = performance.now();
  for (const person of crowd) person.live();
  const looks: Look[] = [];
  const earlyAt = Math.min(10, minutes / 2);
  for (const minute of minutesOf(minutes, earlyAt)) {
    await sleep(start + minute * 60_000 - performance.now());
    const seen = await look(minute);
    looks.push(seen);
    console.log(lineOf(seen));
  }
  const seconds = (performance.now() - start) / 1000;
  const cpuOfSecond = ((await server.cpuMs()) - cpu) / seconds / 1000;
  if (profile !== undefined) await keepProfile(server, `${profile}-soak`, () => sleep(10_000));
  await Promise.all(crowd.map((person) => person.rest()));
  const missing = await missingAtLast(crowd, rooms, async () => {
    const logs = await scene.database.read(({ db }) => db.selectFrom('Log').select(['id', 'lastSeq']).where('kind', '=', 'GROUP').execute());
    return new Map(logs.map(({ id, lastSeq }) => [id, lastSeq]));
  });
  console.log(`${[...day.counts].map(([what, count]) => `${what} ${count}`).join(', ')}; ${round(cpuOfSecond)} of a core`);
  for (const person of crowd) person.leave();
  redis.disconnect();
  await server.stop();
  await scene.close();
  await services.stop();
  const wrong = [...day.faults].map(([what, count]) => `${count} times ${what}`);
  if (missing > 0) wrong.push(`${missing} messages did not come`);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return rowsOf(looks, earlyAt, day, seconds);
}

async function roomsOf(guests: readonly Guest[], make: (members: readonly Guest[]) => Promise<Room>) {
  const made: { readonly room: Room; readonly members: ReadonlySet<number>; readonly part: number }[] = [];
  for (const { size, count, part } of sizes)
    for (let number = 0; number < count; number += 1) {
      const places = Array.from({ length: size }, (_, index) => (number * size + index) % guests.length);
      const room = await make(places.flatMap((place) => guests[place] ?? []));
      made.push({ room, members: new Set(places), part });
    }
  return made;
}

type Rooms = Awaited<ReturnType<typeof roomsOf>>;

/** A room of somebody's: those of a size in turn for what falls to that size. */
function chooseFor(rooms: Rooms, place: number): Room {
  const own = rooms.filter(({ members }) => members.has(place));
  const sum = own.reduce((all, { part }) => all + part, 0);
  let left = Math.random() * sum;
  for (const { room, part } of own) {
    left -= part;
    if (left <= 0) return room;
  }
  throw new Error('somebody is in no room');
}

/** Each minute, and the moment with which the end is compared. */
function minutesOf(minutes: number, earlyAt: number): number[] {
  const each = Array.from({ length: Math.floor(minutes) }, (_, index) => index + 1);
  return [...new Set([...each, earlyAt, minutes])].sort((a, b) => a - b);
}

/** How many messages somebody has not been given, half a minute after the last one. */
async function missingAtLast(crowd: readonly ReturnType<typeof createPerson>[], rooms: Rooms, readSeqs: () => Promise<ReadonlyMap<number, number>>) {
  const seqs = await readSeqs();
  const count = () =>
    rooms.reduce(
      (sum, { room, members }) => sum + [...members].reduce((all, place) => all + ((seqs.get(room.id) ?? 0) - (crowd[place]?.seqOf(room) ?? 0)), 0),
      0,
    );
  for (let tries = 0; count() > 0 && tries < 300; tries += 1) await sleep(100);
  return count();
}

const megabytes = (bytes: number) => round(bytes / 1e6);

function lineOf({ minute, state, tableBytes, messages, redisKeys, redisBytes }: Look): string {
  const held = `resident ${megabytes(state.rss)} MB, heap ${megabytes(state.heapUsed)} of ${megabytes(state.heapTotal)}, outside ${megabytes(state.external)}`;
  return `${round(minute)} min: ${held}, files ${state.files}, delay p99 ${round(state.delayP99Ms)} ms; ${messages} messages, tables ${megabytes(tableBytes)} MB; Redis ${redisKeys} keys, ${megabytes(redisBytes)} MB`;
}

function rowsOf(looks: readonly Look[], earlyAt: number, day: Day, seconds: number): Row[] {
  const early = looks.find(({ minute }) => minute === earlyAt);
  const last = looks.at(-1);
  if (!early || !last) throw new Error('nothing was seen');
  // A moment is one: what counts is how it was around it.
  const around = (from: number, key: 'rss' | 'delayP99Ms') => median(looks.filter(({ minute }) => Math.abs(minute - from) <= 2).map(({ state }) => state[key]));
  // What is used of the heap is garbage for the most part, as much as there was time for: what it is at least says more.
  const leastUsed = (until: number) =>
    Math.min(...looks.filter(({ minute }) => minute > until - earlyAt && minute <= until).map(({ state }) => state.heapUsed)) / 1e6;
  const against = `after ${round(earlyAt)} minutes`;
  const grown = (what: string, unit: string, goal: number | null, ours: number, theirs: number) =>
    rowOf({ what, against, unit, goal, better: 'lower' }, [{ ours, theirs }]);
  const given = ((day.counts.get('events') ?? 0) / seconds).toFixed(0);
  const rate = `${people} people, ${((day.counts.get('sends') ?? 0) / seconds).toFixed(0)} messages and ${given} events a second`;
  const about = `${round(last.minute)} minutes of ${rate}`;
  return [
    rowOf({ what: `${about}: resident memory at the end`, against: '300 MB', unit: 'MB', goal: 1, better: 'lower' }, [
      { ours: around(last.minute, 'rss') / 1e6, theirs: mostBytes / 1e6 },
    ]),
    grown('resident memory at the end', 'MB', 1.2, around(last.minute, 'rss') / 1e6, around(earlyAt, 'rss') / 1e6),
    grown('the least that was used of the heap in as long before the end', 'MB', 1.2, leastUsed(last.minute), leastUsed(earlyAt)),
    grown('delay of the event loop at the end, 99th percentile', 'ms', 1.5, around(last.minute, 'delayP99Ms'), around(earlyAt, 'delayP99Ms')),
    grown('open files at the end', 'files', 1.1, last.state.files, early.state.files),
    grown('keys of Redis at the end', 'keys', 1.2, last.redisKeys, early.redisKeys),
    grown('bytes of all tables for each message at the end', 'bytes', 1.2, last.tableBytes / last.messages, early.tableBytes / early.messages),
  ];
}
