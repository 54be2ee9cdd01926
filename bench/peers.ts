import { existsSync } from 'node:fs';
import { type Arm, inOneTick, openOurs, round, type Speed, untilAllHear } from './fanout.ts';
import { inTurn, openReader, type Reader } from './harness/reader.ts';
import { alternate, type Row, rowOf } from './harness/results.ts';
import { enter, subscriptions } from './harness/room.ts';
import { startServer } from './harness/server.ts';
import type { Peer } from './http.ts';

/** How much is done in a round. */
export interface PeersOptions {
  readonly rounds: number;
  /** Deliveries of a round. */
  readonly deliveries: number;
}

const subscribers = 1000;

/** By so many characters frames may differ: numbers have more digits, and socket.io has an envelope of its own. */
const envelope = 32;

const graphqlPeers = [
  { name: 'yoga + graphql-ws', module: 'yoga', goal: 5 },
  { name: 'Apollo Server’s recipe (graphql-ws + graphql-subscriptions)', module: 'apollo-fanout', goal: 5 },
  { name: 'mercurius', module: 'mercurius', goal: 5 },
] as const;

/** For userInfo over HTTP. */
export const apollo: Peer = { name: 'Apollo Server 5, the same service and database', module: 'bench/peers/apollo-http.mjs', goal: 2.5 };

/** Whether `npm ci --prefix bench/peers` has run. */
export function arePeersInstalled(): boolean {
  return existsSync(new URL('./peers/node_modules', import.meta.url));
}

/** One message to 1,000 subscribers, and ten in one tick, by us and by others: the same selection, in frames of the same length. */
export async function peers({ rounds, deliveries }: PeersOptions): Promise<Row[]> {
  const ours = await openOurs(subscribers, 'messages');
  const rows: Row[] = [];
  const opened = [
    ...graphqlPeers.map(({ name, module, goal }) => ({ name, goal, open: (size: number) => openPeer(module, openSubscription, size) })),
    { name: 'socket.io', goal: 1, open: (size: number) => openPeer('socket-io', openSocketIo, size) },
  ];
  for (const { name, goal, open } of opened) {
    const theirs = await open(ours.sample.length);
    const messages = Math.round(deliveries / subscribers);
    for (const burst of [1, inOneTick]) {
      const found = await alternate<Speed>(
        rounds,
        () => round(ours, messages, burst),
        () => round(theirs, messages, burst),
      );
      const what = `${burst === 1 ? 'one message' : 'ten messages in one tick'} to ${subscribers.toLocaleString('en')} subscribers`;
      const pairs = found.map((pair) => ({ ours: pair.ours.perCpu, theirs: pair.theirs.perCpu }));
      rows.push(rowOf({ what, against: name, goal, better: 'higher', unit: 'deliveries per CPU second of the server' }, pairs));
    }
    await theirs.close();
  }
  await ours.close();
  return rows;
}

async function openPeer(module: string, open: (port: number) => Promise<Reader>, size: number): Promise<Arm> {
  const server = await startServer(`bench/peers/${module}.mjs`);
  const readers = await inTurn(
    Array.from({ length: subscribers }, (_, index) => index),
    32,
    () => open(server.port),
  );
  const send = (count: number) => server.tell({ publish: count });
  const sample = Promise.withResolvers<string>();
  readers[0]?.listen((text) => (text.includes('seq') ? sample.resolve(text) : undefined));
  await untilAllHear(readers, async () => send(1));
  readers[0]?.listen(null);
  const { length } = await sample.promise;
  if (Math.abs(length - size) > envelope) throw new Error(`the frames of ${module} have ${length} characters, ours ${size}`);
  return {
    server,
    readers,
    send,
    async close() {
      for (const reader of readers) reader.close();
      await server.stop();
    },
  };
}

async function openSubscription(port: number): Promise<Reader> {
  const reader = await enter(port, { token: '' });
  reader.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: subscriptions.messages, variables: { conversationId: 'room' } } }));
  return reader;
}

/** Its own protocol over WebSocket: https://socket.io/docs/v4/socket-io-protocol/ */
async function openSocketIo(port: number): Promise<Reader> {
  const reader = await openReader(port, '/socket.io/?EIO=4&transport=websocket');
  const connected = Promise.withResolvers<void>();
  reader.listen((text) => (text.startsWith('40') ? connected.resolve() : undefined));
  reader.send('40');
  await connected.promise;
  reader.listen(null);
  return reader;
}
