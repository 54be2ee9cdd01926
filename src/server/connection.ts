import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Logger } from '../platform/logger.ts';
import type { Outlet } from './fan-out.ts';
import { bytesOf, createFrameWriter, type Turn } from './frame-writer.ts';

/** What a connection does with what comes in, and whom it tells when it is over. */
interface ConnectionHandlers {
  readonly onMessage: (text: string) => Promise<void>;
  readonly onClose: (code: number, reason: string) => Promise<void>;
}

/** One WebSocket. */
export interface Connection {
  /** Unique among all nodes. */
  readonly id: string;
  readonly request: IncomingMessage;
  readonly protocol: string;
  /** False from the first sign of its end. */
  isOpen(): boolean;
  /** Sends a frame. Resolves when there is room again, which mostly is at once. */
  send(text: string): Promise<void>;
  /** Resolves when few enough bytes wait for the other side to take them (`bufferBytes`), or the connection is over. */
  room(): Promise<void>;
  /** Where the frames of one subscription go, which nobody asked for one by one. */
  outlet(subscriptionId: string): Outlet;
  /** Says why, and ends the connection by force where the word does not get out within a second. */
  close(code: number, reason: string): void;
  /** Asks whether the other side is still there, and ends the connection where it did not answer the last time though it took everything. */
  ping(): void;
  /** Ends the connection with 4408 where bytes have waited for `stallMs` and not one was taken. To be called more often than that. */
  checkStall(): void;
  handle(handlers: ConnectionHandlers): void;
  /** Resolves when it is closed and everybody concerned has been told. */
  readonly gone: Promise<void>;
}

/** How long a close frame may take, in milliseconds. */
const farewellMs = 1000;

/** How much a connection may keep for a slow reader, and for how long. */
export interface ConnectionLimits {
  /** Bytes on their way out. Above it nothing more is read from the other side either: whoever does not take the answers may not ask on. */
  readonly bufferBytes: number;
  readonly stallMs: number;
}

/** Wraps a socket whose handshake is done. */
export function createConnection(
  socket: WebSocket,
  request: IncomingMessage,
  logger: Logger,
  turn: Turn,
  { bufferBytes, stallMs }: ConnectionLimits,
): Connection {
  const id = randomUUID();
  const gone = Promise.withResolvers<void>();
  let answered = true;
  let farewell: NodeJS.Timeout | undefined;
  let waitForRoom: (() => void)[] = [];
  let untaken = 0;
  let untakenSince = 0;

  const isFull = () => frames.waiting >= bufferBytes && socket.readyState === WebSocket.OPEN;

  const onRoom = (go: () => void) => {
    waitForRoom.push(go);
    frames.tellWhenSent();
  };

  const drained = () => {
    // Half, so that a reader who is behind is served in strides.
    if (socket.readyState === WebSocket.OPEN && frames.waiting * 2 > bufferBytes) return frames.tellWhenSent();
    if (socket.isPaused) socket.resume();
    if (waitForRoom.length === 0) return;
    const waiting = waitForRoom;
    waitForRoom = [];
    for (const go of waiting) go();
  };

  const frames = createFrameWriter(socket, turn, drained);

  const room = async () => {
    if (isFull()) await new Promise<void>((resolve) => onRoom(resolve));
  };

  const close = (code: number, reason: string) => {
    if (socket.readyState === WebSocket.CLOSED) return;
    frames.flush();
    socket.close(code, reason);
    // A paused socket would never read the other side's close frame.
    socket.resume();
    farewell ??= setTimeout(() => socket.terminate(), farewellMs);
  };

  socket.on('pong', () => {
    answered = true;
  });
  // Bad frames, too large ones and lost connections: the library closes by itself, with the right code.
  socket.on('error', (error) => logger.debug({ connection: id, err: error }, 'a socket failed'));

  return {
    id,
    request,
    protocol: socket.protocol,
    gone: gone.promise,
    close,
    isOpen: () => socket.readyState === WebSocket.OPEN,
    async send(text) {
      if (socket.readyState !== WebSocket.OPEN) return;
      frames.add(bytesOf(text));
      if (!isFull()) return;
      socket.pause();
      await room();
    },
    room,
    outlet(subscriptionId) {
      const head = bytesOf(`{"id":${JSON.stringify(subscriptionId)},"type":"next","payload":`);
      return {
        hasRoom: () => !isFull(),
        onRoom,
        next: (payload) => frames.add(`${head}${payload}}`),
      };
    },
    ping() {
      if (!answered && frames.waiting === 0) return socket.terminate();
      answered = false;
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    checkStall() {
      const bytes = bytesUntaken(request, socket);
      if (bytes === 0 || bytes !== untaken) {
        untaken = bytes;
        untakenSince = performance.now();
      } else if (performance.now() - untakenSince >= stallMs && socket.readyState === WebSocket.OPEN) {
        logger.info({ connection: id, bytes }, 'a socket took nothing for too long and is closed');
        close(4408, 'Nothing was read for too long');
      }
    },
    handle({ onMessage, onClose }) {
      socket.on('message', (data, isBinary) => {
        answered = true;
        if (isBinary) return close(1003, 'Binary frames are not spoken here');
        onMessage(String(data)).catch((error: unknown) => {
          logger.error({ connection: id, err: error }, 'a message of a socket failed');
          close(4500, 'INTERNAL');
        });
      });
      socket.once('close', (code, reason) => {
        clearTimeout(farewell);
        drained();
        onClose(code, String(reason))
          .catch((error: unknown) => logger.error({ connection: id, err: error }, 'the end of a socket failed'))
          .finally(() => gone.resolve());
      });
    },
  };
}

/**
 * The bytes that the network has not taken yet. Node counts a write as a whole until its last byte is gone, which can be all that waits; the
 * handle below counts each byte, so that a slow reader is told from one that takes nothing.
 */
function bytesUntaken(request: IncomingMessage, socket: WebSocket): number {
  const handle: unknown = Reflect.get(request.socket, '_handle');
  const queued = typeof handle === 'object' && handle !== null && 'writeQueueSize' in handle ? Number(handle.writeQueueSize) : 0;
  return queued > 0 ? queued : socket.bufferedAmount;
}
