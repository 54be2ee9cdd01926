import { keepProfile } from './harness/profile.ts';
import { inTurn, openReader, type Reader, tally } from './harness/reader.ts';
import { alternate, type Row, rowOf } from './harness/results.ts';
import { createSender, pictureSubscriptions, type Sender, subscribe, subscriptions } from './harness/room.ts';
import { createScene, type Guest, type Room } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';

/** What a round of one arm gave. */
export interface Speed {
  /** Deliveries for each second of the server's CPU. */
  readonly perCpu: number;
  /** Deliveries for each second. */
  readonly perSecond: number;
}

/** Something that brings messages to many readers. */
export interface Arm {
  readonly server: MeasuredServer;
  readonly readers: readonly Reader[];
  /** Sends so many messages at once. */
  send(count: number): Promise<void> | void;
  close(): Promise<void>;
}

/** How much is done in a round. */
export interface FanoutOptions {
  readonly sizes: readonly number[];
  readonly kinds: readonly (keyof typeof subscriptions)[];
  readonly rounds: number;
  /** Deliveries of a round. */
  readonly deliveries: number;
  /** Where to write what the server did while it sent, if anywhere. */
  readonly profile?: string;
}

/** Messages of a burst. */
export const inOneTick = 10;

/** One message to many subscribers, and ten in one tick, against `ws.send` of one prepared Buffer with the same bytes to as many sockets. */
export async function fanout({ sizes, kinds, rounds, deliveries, profile }: FanoutOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of sizes) {
    for (const kind of kinds) {
      const ours = await openOurs(size, kind);
      const bare = await openBare(size, ours.sample);
      const measure = async (messages: number, burst: number) =>
        await alternate(
          rounds,
          () => round(ours, messages, burst),
          () => round(bare, messages, burst),
        );
      const messages = Math.max(3, Math.round(deliveries / size));
      const add = (what: string, goal: number, found: Awaited<ReturnType<typeof measure>>) => {
        const about = { what, goal, better: 'higher', against: 'ws.send of one prepared Buffer' } as const;
        const pairs = (key: keyof Speed) => found.map((pair) => ({ ours: pair.ours[key], theirs: pair.theirs[key] }));
        rows.push(rowOf({ ...about, unit: 'deliveries per CPU second of the server' }, pairs('perCpu')));
        rows.push(rowOf({ ...about, goal: null, what: `${what}, by the clock`, unit: 'deliveries per second' }, pairs('perSecond')));
      };
      const subscribers = `${size.toLocaleString('en')} subscribers of \`${kind}\``;
      add(`one message to ${subscribers}`, 1, await measure(messages, 1));
      if (size === 1000) add(`ten messages in one tick, ${subscribers}`, 4, await measure(Math.ceil(messages / inOneTick) * inOneTick, inOneTick));
      if (profile !== undefined) {
        const path = `${profile}-fanout-${size}-${kind}`;
        const whole = Math.ceil(messages / inOneTick) * inOneTick * 2;
        await keepProfile(ours.server, path, () => round(ours, whole, 1));
        await keepProfile(ours.server, `${path}-ten`, () => round(ours, whole, inOneTick));
      }
      await ours.close();
      await bare.close();
      if (size === 1000) rows.push(await pictures(size, kind, rounds, messages));
    }
  }
  return rows;
}

/** One message with a picture to many subscribers, against one with a text to the same: a page that shows both. */
async function pictures(size: number, kind: keyof typeof subscriptions, rounds: number, messages: number): Promise<Row> {
  const ours = await openOurs(size, kind, pictureSubscriptions);
  const found = await alternate(
    rounds,
    () => round({ ...ours, send: ours.sendPicture }, messages, 1),
    () => round(ours, messages, 1),
  );
  await ours.close();
  const what = `one message with a picture to ${size.toLocaleString('en')} subscribers of \`${kind}\``;
  const about = { what, goal: 0.8, better: 'higher', against: 'one with a text, by the same server', unit: 'deliveries per CPU second of the server' } as const;
  return rowOf(
    about,
    found.map((pair) => ({ ours: pair.ours.perCpu, theirs: pair.theirs.perCpu })),
  );
}

/** Sends, message by message or by bursts, each when the one before has reached everybody; then looks whether each reader got each message. */
export async function round({ server, readers, send }: Arm, messages: number, burst: number): Promise<Speed> {
  const before = readers.map((reader) => reader.frames());
  const cpu = await server.cpuMs();
  const start = performance.now();
  for (let sent = 0; sent < messages; sent += burst) {
    const all = tally.reach(tally.frames + readers.length * burst);
    await Promise.all([send(burst), all]);
  }
  const seconds = (performance.now() - start) / 1000;
  const cpuSeconds = ((await server.cpuMs()) - cpu) / 1000;
  const wrong = readers.filter((reader, index) => reader.frames() - (before[index] ?? 0) !== messages).length;
  if (wrong > 0) throw new Error(`${wrong} of ${readers.length} readers did not get ${messages} messages`);
  const deliveries = messages * readers.length;
  return { perCpu: deliveries / cpuSeconds, perSecond: deliveries / seconds };
}

/** Our server. */
interface Ours extends Arm {
  /** What the first of the subscribers was sent. */
  readonly sample: string;
  /** Sends one message with a picture. */
  sendPicture(): Promise<void>;
}

/** Our server with so many subscribers. */
export async function openOurs(size: number, kind: keyof typeof subscriptions, documents = subscriptions): Promise<Ours> {
  const scene = await createScene();
  const people = await scene.people(size + inOneTick);
  const room = await scene.group(people);
  const server = await startServer('src/main.ts', scene.env);
  await warmUp(server.port, kind, people.slice(0, inOneTick), await scene.group(people.slice(0, inOneTick)));
  const readers = await subscribe(server.port, people.slice(inOneTick), kind, room, documents);
  const senders: Sender[] = [];
  for (const person of people.slice(0, inOneTick)) senders.push(await createSender(server.port, person, room));
  const [owner] = people;
  if (!owner) throw new Error('nobody sends');
  const withPicture = await createSender(server.port, owner, room, [await scene.picture(owner)]);
  const [first] = readers;
  if (!first || !senders[0]) throw new Error('nobody reads');
  const sample = Promise.withResolvers<string>();
  first.listen((text) => sample.resolve(text));
  await untilAllHear(readers, async () => await senders[0]?.send());
  first.listen(null);
  return {
    server,
    readers,
    sample: await sample.promise,
    async send(count) {
      await Promise.all(senders.slice(0, count).map((sender) => sender.send()));
    },
    sendPicture: () => withPicture.send(),
    async close() {
      for (const each of [...readers, ...senders, withPicture]) each.close();
      await server.stop();
      await scene.close();
    },
  };
}

/** What is measured is a server that has been running for a while, and not the compiling of its code: some hundred messages in a small room. */
async function warmUp(port: number, kind: keyof typeof subscriptions, people: readonly Guest[], room: Room): Promise<void> {
  const readers = await subscribe(port, people, kind, room);
  const senders = await Promise.all(people.map((person) => createSender(port, person, room)));
  for (let index = 0; index < 80; index += 1) await Promise.all(senders.map((sender) => sender.send()));
  for (const each of [...readers, ...senders]) each.close();
}

/** A subscription is not acknowledged, so a message is sent until one has reached everybody. */
export async function untilAllHear(readers: readonly Reader[], send: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const before = readers.map((reader) => reader.frames());
    await send();
    for (let wait = 0; wait < 100; wait += 1) {
      if (readers.every((reader, index) => reader.frames() > (before[index] ?? 0))) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error('not all subscribers get messages');
}

async function openBare(size: number, sample: string): Promise<Arm> {
  const server = await startServer('bench/bare/ws.ts');
  const readers = await inTurn(
    Array.from({ length: size }, (_, index) => index),
    32,
    async () => await openReader(server.port, '/'),
  );
  const control = await openReader(server.port, '/control');
  control.send(sample);
  return {
    server,
    readers,
    send: (count) => control.send(`${count}`),
    async close() {
      for (const each of [...readers, control]) each.close();
      await server.stop();
    },
  };
}
