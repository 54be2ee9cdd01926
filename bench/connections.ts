import { inTurn, openReader, type Reader } from './harness/reader.ts';
import { alternate, type Row, rowOf } from './harness/results.ts';
import { enter, subscriptions } from './harness/room.ts';
import { createScene, type Guest } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';

/** How much is done in a round. */
export interface ConnectionsOptions {
  readonly rounds: number;
  readonly connections: number;
}

const warmUp = 300;
const atOnce = 32;

/** What a connection costs: accepting it with its token verified, and keeping it with a subscription to `events`. Each round has new processes. */
export async function connections({ rounds, connections }: ConnectionsOptions): Promise<Row[]> {
  const scene = await createScene();
  const people = await scene.people(connections);
  await scene.group(people);
  const theirs = async () => {
    const server = await startServer('bench/bare/ws.ts');
    const open = (count: number) => inTurn(people.slice(0, count), atOnce, () => openReader(server.port, '/'));
    return await measure(server, open, async () => {}, connections);
  };
  const ours = async () => {
    const server = await startServer('src/main.ts', scene.env);
    const open = (count: number) => inTurn(people.slice(0, count), atOnce, (guest: Guest) => enter(server.port, guest));
    return await measure(server, open, subscribeAll, connections);
  };
  const found = await alternate(rounds, ours, theirs, 0);
  await scene.close();
  const pairs = (key: 'accepts' | 'kilobytes') => found.map((pair) => ({ ours: pair.ours[key], theirs: pair.theirs[key] }));
  const count = connections.toLocaleString('en');
  return [
    rowOf({ what: `memory of ${count} idle subscribed connections`, against: 'ws', unit: 'kB for each', goal: 2, better: 'lower' }, pairs('kilobytes')),
    rowOf(
      { what: `accepts of ${count} connections, token verified`, against: 'ws', unit: 'per CPU second of the server', goal: 0.5, better: 'higher' },
      pairs('accepts'),
    ),
  ];
}

async function measure(
  server: MeasuredServer,
  open: (count: number) => Promise<Reader[]>,
  subscribe: (readers: readonly Reader[]) => Promise<void>,
  count: number,
) {
  const warm = await open(Math.min(warmUp, count));
  await subscribe(warm);
  for (const reader of warm) reader.close();
  // What the end of a connection leaves to do.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const before = await server.memory();
  const cpu = await server.cpuMs();
  const readers = await open(count);
  const accepts = count / (((await server.cpuMs()) - cpu) / 1000);
  await subscribe(readers);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const kilobytes = ((await server.memory()) - before) / count / 1000;
  if (readers.some((reader) => reader.isClosed())) throw new Error('a connection was closed');
  for (const reader of readers) reader.close();
  await server.stop();
  return { accepts, kilobytes };
}

async function subscribeAll(readers: readonly Reader[]): Promise<void> {
  await inTurn(readers, atOnce, async (reader) => {
    const begun = Promise.withResolvers<void>();
    reader.listen((frame) => (frame.includes('CaughtUp') ? begun.resolve() : begun.reject(new Error(frame))));
    reader.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: subscriptions.events } }));
    await begun.promise;
    reader.listen(null);
  });
}
