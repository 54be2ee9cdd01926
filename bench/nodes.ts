import { randomUUID } from 'node:crypto';
import { openReader, type Reader } from './harness/reader.ts';
import { alternate, median, type Row, rowOf } from './harness/results.ts';
import { enter, messageFrame, subscribe } from './harness/room.ts';
import { createScene, type Guest, type Room } from './harness/scene.ts';
import { startServer } from './harness/server.ts';
import { startServices } from './harness/services.ts';

/** How much is done in a round. */
export interface NodesOptions {
  readonly rounds: number;
  /** How long a round of one arm sends. */
  readonly ms: number;
}

/** Rates that are tried, in messages a second: the highest that both keep is taken, and one that only the other arm keeps is told. */
const rates = [1000, 500, 250, 100, 50, 20] as const;

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

/** The time from sending a message over a socket to one node until a subscriber at another node has it; the median of all that were sent. */
export async function nodes({ rounds, ms }: NodesOptions): Promise<Row[]> {
  const services = await startServices();
  const scene = await createScene(services);
  const guests = await scene.people(people + 1);
  const [listener, ...senders] = guests;
  if (!listener) throw new Error('nobody is there');
  const room = await scene.group(guests);
  const servers = [
    await startServer('src/main.ts', scene.env),
    await startServer('src/main.ts', scene.env),
    await startServer('bench/bare/relay.ts', scene.env),
    await startServer('bench/bare/relay.ts', scene.env),
  ] as const;
  const ours = await ourWay(servers[0].port, servers[1].port, senders, listener, room);
  const theirs = await bareWay(servers[2].port, servers[3].port);
  await run(theirs, 10, 1000);
  await run(ours, 10, 1000);
  const kept = { theirs: await rateKept(theirs, ms, rates), ours: 0 };
  kept.ours = await rateKept(
    ours,
    ms,
    rates.filter((rate) => rate <= kept.theirs),
  );
  const rate = kept.ours;
  const found = await alternate(
    rounds,
    async () => (await run(ours, rate, ms)).median,
    async () => (await run(theirs, rate, ms)).median,
  );
  for (const server of servers) await server.stop();
  await scene.close();
  await services.stop();
  const against = 'one INSERT, then Redis PUBLISH to SUBSCRIBE';
  return [
    rowOf({ what: 'the highest rate up to 1,000 that is kept', against, unit: 'messages a second', goal: 1, better: 'higher' }, [kept]),
    rowOf({ what: `median from send to receipt on another node, at ${rate} messages a second`, against, unit: 'ms', goal: 3, better: 'lower' }, found),
  ];
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

async function run(way: Way, rate: number, ms: number): Promise<{ readonly median: number; readonly lateMs: number }> {
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
  return { median: median(times), lateMs: performance.now() - end };
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
