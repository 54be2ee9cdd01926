import { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { EventsDocument, type EventsSubscription } from '../generated/graphql.ts';
import type { Env } from '../support/app.ts';
import { present } from '../support/client.ts';
import { type Person, sendText } from '../support/people.ts';
import { type Frame, openRawSocket } from '../support/raw-socket.ts';
import type { Stream } from '../support/socket.ts';

const bufferBytes = 65_536;

/** A server that soon has no room for somebody who takes nothing. */
export const littleRoom: Env = { SOCKET_BUFFER_BYTES: String(bufferBytes) };

/** Somebody with two sockets: one that takes nothing, so that what the node has for it waits, and one that takes everything. */
export interface SlowReader {
  /** Sends a text, and another one after it; resolves when the healthy socket has both: the node had every occasion to read the first for the slow one. */
  sendPast(from: Person, to: string, text: string): Promise<{ readonly id: string }>;
  /** Takes everything again, and gives what came in one subscription, up to the first frame that holds a text. */
  take(id: string, last: string): Promise<readonly unknown[]>;
  readonly healthy: Stream<EventsSubscription>;
}

/** Opens both; `subscriptions` begin on the slow one, each with one frame that is taken before it stops. */
export async function openSlowReader(person: Person, subscriptions: Readonly<Record<string, string>>): Promise<SlowReader> {
  const slow = await openRawSocket(person.app.socketUrl);
  await slow.init({ token: person.token });
  for (const [id, query] of Object.entries(subscriptions)) {
    slow.send({ type: 'subscribe', id, payload: { query } });
    await slow.until('next', id);
  }
  const healthy = person.socket().subscribe(EventsDocument, {});
  await healthy.next('CaughtUp');
  await fill(slow.socket, person);

  const frames = new Map(Object.keys(subscriptions).map((id) => [id, [] as Frame[]]));
  return {
    healthy,
    async sendPast(from, to, text) {
      const sent = await sendText(from, to, text);
      await sendText(from, to, 'next');
      const isNext = ({ events }: EventsSubscription) => events.__typename === 'MessageSent' && events.message.content?.text === 'next';
      await healthy.until(isNext, 'the next one');
      return sent;
    },
    async take(id, last) {
      slow.socket.resume();
      const mine = present(frames.get(id));
      while (!JSON.stringify(mine.at(-1) ?? null).includes(last)) {
        const frame = await slow.next(`a frame with ${last}`);
        if (frame.type !== 'pong') frames.get(frame.id ?? '')?.push(frame);
      }
      return mine.map(({ payload }) => payload);
    },
  };
}

/** Lets a socket take nothing, and asks for so many answers that the server's end of it has no room for anything more. */
async function fill(socket: WebSocket, person: Person): Promise<void> {
  const far = new Set<Socket>();
  const { write } = Socket.prototype;
  const watched: typeof write = function (this: Socket, ...args: unknown[]) {
    if (String(args[0]).includes('{"type":"pong"')) far.add(this);
    return Reflect.apply(write, this, args);
  };
  const isFull = () => [...far].some(({ writableLength }) => writableLength >= bufferBytes);
  const ping = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(900) } });
  Socket.prototype.write = watched;
  try {
    socket.pause();
    // Still full after a few requests of others: what the network took for itself it has taken.
    for (let quiet = 0; quiet < 5; quiet = isFull() ? quiet + 1 : 0) {
      if (isFull()) await fetch(new URL('/healthz', person.app.url)).then((response) => response.text());
      else {
        for (let index = 0; index < 100; index += 1) socket.send(ping);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } finally {
    Socket.prototype.write = write;
  }
}
