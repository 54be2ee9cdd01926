import type { Reader } from './harness/reader.ts';
import { alternate, median, type Row, rowOf } from './harness/results.ts';
import { createSender, cursorOf, enter, subscriptions, untilAlone } from './harness/room.ts';
import { createScene, type Room } from './harness/scene.ts';
import { startServer } from './harness/server.ts';
import { startServices } from './harness/services.ts';

/** How much is done in a round. */
export interface ReplayOptions {
  readonly rounds: number;
  /** Replays of a round, of which the median counts. */
  readonly replays: number;
}

const many = 500;
const active = 5;
const messagesEach = 4;

/** How long `events(after)` takes until CaughtUp for a viewer in 500 conversations, 5 of them active since, and for one in the same 5 only. */
export async function replay({ rounds, replays }: ReplayOptions): Promise<Row[]> {
  const services = await startServices();
  const scene = await createScene(services);
  const [busy, calm, writer, other] = await scene.people(4);
  if (!busy || !calm || !writer || !other) throw new Error('nobody is there');
  const rooms: Room[] = [];
  for (let index = 0; index < active; index += 1) rooms.push(await scene.group([writer, busy, calm]));
  for (let index = active; index < many; index += 1) await scene.group([other, busy]);
  const server = await startServer('src/main.ts', scene.env);
  const sockets = { busy: await enter(server.port, busy), calm: await enter(server.port, calm) };
  const cursors = { busy: await cursorOf(sockets.busy), calm: await cursorOf(sockets.calm) };
  for (const room of rooms) {
    const sender = await createSender(server.port, writer, room);
    for (let sent = 0; sent < messagesEach; sent += 1) await sender.send();
    sender.close();
  }
  const measure = async (who: 'busy' | 'calm') => {
    const times: number[] = [];
    for (let index = 0; index < replays; index += 1) times.push(await replayOnce(sockets[who], cursors[who]));
    return median(times);
  };
  const found = await alternate(
    rounds,
    () => measure('busy'),
    () => measure('calm'),
  );
  await server.stop();
  await scene.close();
  await services.stop();
  const what = `\`events(after)\` in ${many} conversations, ${active} of them active since, ${active * messagesEach} messages`;
  return [rowOf({ what, against: `the same in ${active} conversations`, unit: 'ms until CaughtUp', goal: 1.5, better: 'lower' }, found)];
}

let last = 0;

async function replayOnce(socket: Reader, after: string): Promise<number> {
  const done = Promise.withResolvers<void>();
  const id = `r${++last}`;
  let messages = 0;
  socket.listen((frame) => {
    // `complete` of the one before.
    if (!frame.includes(`"id":"${id}"`)) return;
    if (frame.includes('MessageSent')) messages += 1;
    else if (frame.includes('CaughtUp')) done.resolve();
    else done.reject(new Error(frame));
  });
  const query = subscriptions.events.replace('subscription { events', 'subscription ($after: String) { events(after: $after)');
  await untilAlone();
  const start = performance.now();
  socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables: { after } } }));
  await done.promise;
  const ms = performance.now() - start;
  if (messages !== active * messagesEach) throw new Error(`${messages} messages came`);
  socket.send(JSON.stringify({ id, type: 'complete' }));
  return ms;
}
