import { Socket } from 'node:net';
import { WebSocket } from 'ws';

/** The bytes of a text in UTF-8, each spelled as the one character of that number: such strings are put together and written without copying. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Writes text frames to one WebSocket: all that it gets in one turn of the event loop in one write. */
export interface FrameWriter {
  /** Adds a frame whose text is spelled by `bytesOf`. */
  add(bytes: string): void;
  /** Hands over what was added. To be called before anything else is sent to the socket, such as a close frame. */
  flush(): void;
  /** Bytes that were added and not handed over yet. */
  readonly added: number;
}

/** Hands over what the writers got, at the end of the turn of the event loop. */
export interface Turn {
  end(writer: Pick<FrameWriter, 'flush'>): void;
}

/** Makes the end of the turn for any number of writers. */
export function createTurn(): Turn {
  let waiting: Pick<FrameWriter, 'flush'>[] = [];
  return {
    end(writer) {
      if (waiting.length === 0)
        setImmediate(() => {
          const now = waiting;
          waiting = [];
          for (const each of now) each.flush();
        });
      waiting.push(writer);
    },
  };
}

/** Makes a writer; `onSent` is called when a write is out. */
export function createFrameWriter(socket: WebSocket, turn: Turn, onSent: () => void, plain = plainSocketOf(socket)): FrameWriter {
  let frames: string[] = [];
  let added = 0;
  const writer: FrameWriter = {
    add(bytes) {
      if (frames.length === 0) turn.end(writer);
      frames.push(bytes);
      added += bytes.length;
    },
    flush() {
      if (frames.length === 0) return;
      const now = frames;
      frames = [];
      added = 0;
      if (socket.readyState !== WebSocket.OPEN) return;
      if (plain?.isFree()) {
        let text = '';
        for (const bytes of now) text += headOf(bytes.length) + bytes;
        plain.raw.write(text, 'latin1', onSent);
      } else for (const bytes of now) socket.send(Buffer.from(bytes, 'latin1'), { binary: false }, onSent);
    },
    get added() {
      return added;
    },
  };
  return writer;
}

/** The head of an unmasked text frame in one piece: https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
function headOf(length: number): string {
  if (length < 126) return String.fromCharCode(0x81, length);
  if (length < 65_536) return String.fromCharCode(0x81, 126, length >> 8, length & 255);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(length));
  return String.fromCharCode(0x81, 127) + size.toString('latin1');
}

/** The socket below a WebSocket. */
interface PlainSocket {
  readonly raw: Socket;
  /** Whether nothing that ws has to send first is waiting in it. */
  isFree(): boolean;
}

/**
 * What lies below a WebSocket of ws, where it is as we know it; else null, and frames go through ws's public interface. `_socket` and `_sender`
 * are not part of that: without compression ws writes each frame to `_socket` at once, so that frames written there keep the order.
 */
export function plainSocketOf(socket: WebSocket): PlainSocket | null {
  const raw: unknown = Reflect.get(socket, '_socket');
  const sender: unknown = Reflect.get(socket, '_sender');
  if (!(raw instanceof Socket) || typeof sender !== 'object' || sender === null || socket.extensions !== '') return null;
  const pending = (): unknown => Reflect.get(sender, '_bufferedBytes');
  return pending() === 0 ? { raw, isFree: () => pending() === 0 && !raw.destroyed } : null;
}
