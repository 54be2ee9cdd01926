import { randomUUID } from 'node:crypto';
import { openReader, type Reader } from './harness/reader.ts';
import { median, percentile, type Row, rowOf } from './harness/results.ts';
import { enter, messageFrame, subscribe } from './harness/room.ts';
import { createScene, type Guest, type Room } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';
import { startServices } from './harness/services.ts';

/** How much is done in a round. */
export interface NodesOptions {
  readonly rounds: number;
  /** How long a round of one arm sends. */
  readonly ms: number;
}

/** Messages a second. What is above the highest rate that both keep is a matter of the line in front of a full core, and not measured. */
const rates = [1000, 500, 100] as const;

/** An arm keeps a rate where everything has come this long after the last was sent. */
const graceMs = 250;

/** How long late ones are waited for. */
const patienceMs = 15_000;

const people = 32;

/** A way from senders at one node to a reader at another. */
interface Way {
  /** Set by whoever sends: told of a message that is refused. */
  onRefused: (reason: string) => void;
  readonly reader: Reader;
  send(index: number, key: string): void;
}

const against = 'one INSERT, then Redis PUBLISH to SUBSCRIBE';
const wantedMs = 5;

/**
 * The time from sending a message over a socket to a node until a subscriber has it, at the same node and at another one: the median and the 99th
 * percentile of all that were sent.
 */
export async function nodes({ rounds, ms }: NodesOptions): Promise<Row[]> {
  const services = await startServices();
  const scene = await createScene(services);
  const guests = await scene.people(people + 1);
  const [listener, ...senders] = guests;
  if (!listener) throw new Error('nobody is there');
  const room = await scene.group(guests);
  const rows: Row[] = [];
  for (const where of ['another node', 'the same node'] as const) {
    const count = where === 'another node' ? 2 : 1;
    const servers = await startAll('src/main.ts', count, scene.env);
    const relays = await startAll('bench/bare/relay.ts', count, scene.env);
    const ours = await ourWay(portOf(servers, 0), portOf(servers, -1), senders, listener, room);
    const theirs = await bareWay(portOf(relays, 0), portOf(relays, -1));
    await run(theirs, 10, 1000);
    await run(ours, 10, 1000);
    const kept = { theirs: await rateKept(theirs, ms, rates), ours: 0 };
    const possible = rates.filter((rate) => rate <= kept.theirs);
    kept.ours = await rateKept(ours, ms, possible);
    rows.push(rowOf({ what: `the highest rate up to 1,000 that is kept, to ${where}`, against, unit: 'messages a second', goal: 1, better: 'higher' }, [kept]));
    for (const rate of possible.filter((each) => each <= kept.ours)) rows.push(...(await rowsAt(rate, where, { ours, theirs }, { rounds, ms })));
    for (const server of [...servers, ...relays]) await server.stop();
  }
  await scene.close();
  await services.stop();
  return rows;
}

async function rowsAt(rate: number, where: string, ways: { readonly ours: Way; readonly theirs: Way }, { rounds, ms }: NodesOptions): Promise<Row[]> {
  const middles: Row['rounds'][number][] = [];
  const slowest: Row['rounds'][number][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const ours = await run(ways.ours, rate, ms);
    const theirs = await run(ways.theirs, rate, ms);
    middles.push({ ours: ours.median, theirs: theirs.median });
    slowest.push({ ours: ours.p99, theirs: theirs.p99 });
  }
  const way = `from send to receipt at ${where}, ${rate.toLocaleString('en')} messages a second`;
  const about = { unit: 'ms', better: 'lower' } as const;
  const rows = [
    rowOf({ ...about, what: `median ${way}`, against, goal: 3 }, middles),
    rowOf({ ...about, what: `99th percentile ${way}`, against, goal: 5 }, slowest),
  ];
  const allowed = slowest.map(({ ours }) => ({ ours, theirs: wantedMs }));
  if (rate === 500) rows.push(rowOf({ ...about, what: `99th percentile ${way}`, against: `${wantedMs} ms`, goal: 1 }, allowed));
  return rows;
}

async function startAll(module: string, count: number, env: Readonly<Record<string, string>>): Promise<MeasuredServer[]> {
  const started: MeasuredServer[] = [];
  for (let index = 0; index < count; index += 1) started.push(await startServer(module, env));
  return started;
}

function portOf(servers: readonly MeasuredServer[], index: number): number {
  const server = servers.at(index);
  if (!server) throw new Error('no server is there');
  return server.port;
}

/** The highest of these rates at which everything comes soon; the lowest where none is. */
async function rateKept(way: Way, ms: number, tried: readonly number[]): Promise<number> {
  for (const rate of tried) {
    try {
      if ((await run(way, rate, ms)).lateMs <= graceMs) return rate;
    } catch (error) {
      // Whoever is asked for too much may refuse; what is refused does not come.
      console.error(`${rate} a second: ${error instanceof Error ? error.message.slice(0, 200) : error}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
  return tried.at(-1) ?? 0;
}

async function run(way: Way, rate: number, ms: number): Promise<{ readonly median: number; readonly p99: number; readonly lateMs: number }> {
  const { reader, send } = way;
  const count = Math.round((rate * ms) / 1000);
  const sent = new Map<string, number>();
  const times: number[] = [];
  const all = Promise.withResolvers<void>();
  reader.listen((frame) => {
    const key = /k-([0-9a-f-]{36})/.exec(frame)?.[1] ?? '';
    const at = sent.get(key);
    if (at === undefined) return;
    sent.delete(key);
    times.push(performance.now() - at);
    if (times.length === count) all.resolve();
  });
  way.onRefused = (reason) => all.reject(new Error(reason));
  all.promise.catch(() => {});
  const start = performance.now();
  for (let done = 0; done < count; ) {
    const due = Math.min(count, Math.ceil(((performance.now() - start) / 1000) * rate));
    for (; done < due; done += 1) {
      const key = randomUUID();
      sent.set(key, performance.now());
      send(done, key);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const end = performance.now();
  const late = setTimeout(() => all.reject(new Error(`${count - times.length} of ${count} messages did not come`)), patienceMs);
  await all.promise;
  clearTimeout(late);
  return { median: median(times), p99: percentile(times, 0.99), lateMs: performance.now() - end };
}

async function ourWay(from: number, to: number, senders: readonly Guest[], listener: Guest, room: Room): Promise<Way> {
  const [reader] = await subscribe(to, [listener], 'events', room);
  if (!reader) throw new Error('nobody reads');
  const sockets = await Promise.all(senders.map((guest) => enter(from, guest)));
  const way: Way = {
    reader,
    onRefused: () => {},
    send(index, key) {
      sockets[index % sockets.length]?.send(messageFrame(key, room, `k-${key}`));
    },
  };
  for (const socket of sockets) socket.listen((frame) => (frame.includes('"errors"') || frame.includes('"type":"error"') ? way.onRefused(frame) : undefined));
  return way;
}

async function bareWay(from: number, to: number): Promise<Way> {
  const reader = await openReader(to, '/read');
  const socket = await openReader(from, '/');
  return { reader, onRefused: () => {}, send: (_index, key) => socket.send(`{"text":"k-${key}"}`) };
}
