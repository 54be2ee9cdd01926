import { WebSocket } from 'ws';
import { closeLater } from './lifetime.ts';
import { createQueue } from './queue.ts';
import type { Closed } from './socket.ts';

/** A frame of graphql-transport-ws as it came. */
export interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A WebSocket that speaks no protocol by itself: tests write and read its frames. Closed at the end of the test that opened it. */
export interface RawSocket {
  readonly socket: WebSocket;
  /** Sends a frame as JSON; a string or a Buffer is sent as it is. */
  send(frame: object | string | Buffer): void;
  /** The next frame. */
  next(what?: string): Promise<Frame>;
  /** The next frame of a type (and an id); those before it are dropped. */
  until(type: string, id?: string): Promise<Frame>;
  /** The frames that came and were not taken yet. */
  waiting(): readonly Frame[];
  /** How the server closed the connection. */
  closed(ms?: number): Promise<Closed>;
  /** Sends `connection_init` with this payload and waits for the acknowledgement, whose payload it gives. */
  init(payload?: object): Promise<unknown>;
  close(): void;
}

/** What the handshake says. */
export interface RawOptions {
  /** Default `graphql-transport-ws`. */
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens a WebSocket and waits until it is open. Fails with the status of HTTP where the server refuses the upgrade. */
export async function openRawSocket(url: string, { protocols = ['graphql-transport-ws'], headers = {} }: RawOptions = {}): Promise<RawSocket> {
  const socket = new WebSocket(url, [...protocols], { headers });
  const frames = createQueue<Frame>('the raw socket');
  const ends = createQueue<Closed>('the close of the raw socket');
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  socket.on('close', (code, reason) => {
    ends.push({ code, reason: String(reason) });
    frames.end(`closed with ${code} ${reason}`);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      socket.terminate();
      reject(new Error(`upgrade refused: ${response.statusCode}`));
    });
  });
  socket.on('error', () => {});
  closeLater(() => socket.terminate());

  const send = (frame: object | string | Buffer) => socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  const until = (type: string, id?: string) =>
    frames.until((frame) => frame.type === type && (id === undefined || frame.id === id), id === undefined ? type : `${type} of ${id}`);
  return {
    socket,
    send,
    next: frames.next,
    until,
    waiting: frames.waiting,
    closed: (ms) => ends.next('a close', ms),
    async init(payload = {}) {
      send({ type: 'connection_init', payload });
      return (await until('connection_ack')).payload;
    },
    close: () => socket.close(1000),
  };
}
