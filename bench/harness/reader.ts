import { connect, type Socket } from 'node:net';

/** A WebSocket that costs the load as little as can be: it counts text frames, and looks into them only while it is asked to. */
export interface Reader {
  /** Text frames that came. */
  frames(): number;
  /** Gives the text of each frame from now on; null: only count. */
  listen(onText: ((text: string) => void) | null): void;
  send(...texts: readonly string[]): void;
  /** Takes nothing more of what comes. */
  pause(): void;
  close(): void;
  readonly isClosed: () => boolean;
}

/** Text frames of all readers of this process, and who waits for how many of them. */
export interface Tally {
  frames: number;
  /** Resolves when that many frames have come since the start; fails after the time. */
  reach(frames: number, ms?: number): Promise<void>;
}

let wanted = Number.POSITIVE_INFINITY;
let reached: () => void = () => {};

/** Counts the frames of all readers. */
export const tally: Tally = {
  frames: 0,
  async reach(frames, ms = 60_000) {
    if (tally.frames >= frames) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = setTimeout(() => reject(new Error(`${frames - tally.frames} frames did not come within ${ms} ms`)), ms);
    wanted = frames;
    reached = resolve;
    try {
      await promise;
    } finally {
      clearTimeout(late);
      wanted = Number.POSITIVE_INFINITY;
    }
  },
};

/** One for all sockets: what was read is looked at before the next read. */
const buffer = Buffer.allocUnsafe(1 << 18);

/** Opens a WebSocket, from an address where one is given, and waits for the handshake. */
export async function openReader(
  port: number,
  path: string,
  protocol?: string,
  headers: Readonly<Record<string, string>> = {},
  localAddress?: string,
): Promise<Reader> {
  const opened = Promise.withResolvers<void>();
  let handshake: string | null = '';
  let frames = 0;
  let closed = false;
  let onText: ((text: string) => void) | null = null;
  const head: number[] = [];
  let left = 0;
  let opcode = 0;
  let parts: Buffer[] = [];

  const frameEnds = () => {
    if (opcode === 1) {
      frames += 1;
      tally.frames += 1;
      if (onText) onText(String(Buffer.concat(parts)));
      if (tally.frames >= wanted) reached();
    } else if (opcode === 9) socket.write(frameOf(10, Buffer.concat(parts)));
    parts = [];
  };

  const take = (from: number, end: number) => {
    let at = from;
    while (at < end) {
      if (left > 0) {
        const size = Math.min(left, end - at);
        if (onText || opcode === 9) parts.push(Buffer.from(buffer.subarray(at, at + size)));
        left -= size;
        at += size;
        if (left === 0) frameEnds();
        continue;
      }
      head.push(buffer[at] ?? 0);
      at += 1;
      const short = (head[1] ?? 0) & 127;
      const size = head.length < 2 ? 2 : short === 126 ? 4 : short === 127 ? 10 : 2;
      if (head.length < size) continue;
      opcode = (head[0] ?? 0) & 15;
      left = size === 2 ? short : head.slice(2).reduce((sum, byte) => sum * 256 + byte, 0);
      head.length = 0;
      if (left === 0) frameEnds();
    }
  };

  const socket: Socket = connect({
    port,
    host: '127.0.0.1',
    // Only where it is given: a port that is bound before it connects stays taken for a minute after it, and there are thousands of them.
    ...(localAddress === undefined ? {} : { localAddress }),
    noDelay: true,
    onread: {
      buffer,
      callback(size) {
        let from = 0;
        if (handshake !== null) {
          const before = handshake.length;
          handshake += buffer.toString('latin1', 0, size);
          const end = handshake.indexOf('\r\n\r\n');
          if (end < 0) return true;
          if (!handshake.startsWith('HTTP/1.1 101')) opened.reject(new Error(handshake.split('\r\n')[0]));
          from = end + 4 - before;
          handshake = null;
          opened.resolve();
        }
        take(from, size);
        return true;
      },
    },
  });
  socket.on('error', (error) => opened.reject(error));
  socket.on('close', () => {
    closed = true;
    opened.reject(new Error('closed'));
  });
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await opened.promise;
  return {
    frames: () => frames,
    listen(to) {
      onText = to;
    },
    send: (...texts) => void socket.write(Buffer.concat(texts.map((text) => frameOf(1, Buffer.from(text))))),
    pause: () => void socket.pause(),
    close: () => socket.destroy(),
    isClosed: () => closed,
  };
}

/** A frame as a client sends it; a mask of zeros leaves the bytes as they are: https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
function frameOf(kind: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 6 : 8);
  head[0] = 0x80 | kind;
  if (length < 126) head[1] = 0x80 | length;
  else {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(length, 2);
  }
  return Buffer.concat([head, payload]);
}

/** Runs the work for each, so many at a time. */
export async function inTurn<T, R>(items: readonly T[], atOnce: number, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}
