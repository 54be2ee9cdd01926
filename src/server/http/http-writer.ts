import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { mostPieces } from './http-body.ts';
import type { HttpIntake } from './intake.ts';
import { bytesTaken, type SlowReader, type Unread } from './unread.ts';

/** An answer of the door for HTTP. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What is read while it is written says its length in `headers`, and so does what is left out of an answer to HEAD. */
  readonly body: string | Buffer<ArrayBuffer> | Readable;
  /** For how long nothing of it may be taken, in milliseconds, where that is not as usual. */
  readonly stallMs?: number;
}

/** What becomes of an answer that is not read. */
export interface HttpWriterOptions {
  readonly unread: Unread;
  /** How long nothing of an answer may be taken; then its connection ends. */
  readonly stallMs: number;
  /** How many bytes may still come of a request that is answered, because nobody asked for its body, and for how long; then its connection ends. */
  readonly restBytes: number;
  readonly restMs: number;
}

/** And what it comes in by. */
interface Writing extends HttpWriterOptions {
  readonly intake: HttpIntake;
}

/** A text above it is made into bytes first, so that what is kept of it is counted as what it takes. */
const longText = 16_384;

/** For how long an answer may be read before its connection is ended, in milliseconds. */
const lingerMs = 500;

/** Writes an answer, and ends the connection of whoever does not read it. */
export function writeAnswer(incoming: IncomingMessage, outgoing: ServerResponse, answered: Answered, options: Writing): void {
  const { status, headers, body, stallMs = options.stallMs } = answered;
  if (outgoing.destroyed) {
    if (body instanceof Readable) body.destroy();
    return;
  }
  const bytes = typeof body === 'string' && body.length > longText ? Buffer.from(body) : body;
  outgoing.writeHead(status, STATUS_CODES[status], { ...lengthOf(status, bytes), ...headers });
  if (!incoming.complete) boundRest(incoming, options);
  // One reader, however many pieces are written for it: else each piece would count as much as waits for all of them.
  let reader: UnreadAnswer | null = null;
  const behind = () => {
    const { socket } = outgoing;
    if (!socket || socket.writableLength === 0) return;
    reader ??= new UnreadAnswer(outgoing, socket, stallMs);
    options.unread.behind(reader);
  };
  if (bytes instanceof Readable) void pour(bytes, outgoing, behind);
  else {
    outgoing.end(incoming.method === 'HEAD' ? '' : bytes);
    behind();
  }
  // What was not read of a body that is too large must not be taken for the next request.
  if (headers.connection === 'close') outgoing.once('finish', () => endLater(incoming.socket));
}

function lengthOf(status: number, bytes: Answered['body']): Readonly<Record<string, number>> {
  return status === 204 || status === 304 || bytes instanceof Readable ? {} : { 'content-length': Buffer.byteLength(bytes) };
}

/** Writes what is read as fast as it is taken, one piece at a time. Where it cannot be read to its end the connection ends, so that nobody takes it for the whole. */
async function pour(from: Readable, outgoing: ServerResponse, behind: () => void): Promise<void> {
  try {
    for await (const bytes of from) {
      if (outgoing.destroyed) return;
      if (outgoing.write(bytes)) continue;
      behind();
      await drained(outgoing);
    }
    outgoing.end();
    behind();
  } catch {
    outgoing.destroy();
  }
}

/** Until more may be written, or never will be. */
async function drained(outgoing: ServerResponse): Promise<void> {
  if (outgoing.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  outgoing.once('drain', resolve);
  outgoing.once('close', resolve);
  await promise;
  outgoing.off('drain', resolve);
  outgoing.off('close', resolve);
}

/** Else Node takes whatever comes until the end of the request, in pieces of one byte too, many thousands of them in one turn of the event loop. */
function boundRest(incoming: IncomingMessage, { restBytes, restMs, intake }: Writing): void {
  const { socket } = incoming;
  const end = socket.bytesRead + restBytes;
  let pieces = 0;
  let isEnded = false;
  const timer = setTimeout(() => socket.destroy(), restMs).unref();
  incoming.once('close', () => clearTimeout(timer));
  // It stays for what was read already: without anybody who takes it, it would be kept.
  incoming.on('data', () => {
    pieces += 1;
    if (isEnded || socket.destroyed) return;
    intake.came(socket);
    if (pieces <= mostPieces && socket.bytesRead <= end) return;
    isEnded = true;
    intake.stop(socket);
    endLater(socket);
  });
}

/** Ends a connection of which not all is read: it is reset by that, and a reset throws away what the other side has not taken yet (RFC 9112, section 9.6). */
function endLater(socket: Socket): void {
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

class UnreadAnswer implements SlowReader {
  readonly stallMs: number;
  private readonly answer: ServerResponse;
  private readonly socket: Socket;

  constructor(answer: ServerResponse, socket: Socket, stallMs: number) {
    this.answer = answer;
    this.socket = socket;
    this.stallMs = stallMs;
  }

  kept() {
    return this.answer.writableFinished || this.socket.destroyed ? 0 : this.socket.writableLength;
  }

  taken() {
    return bytesTaken(this.socket);
  }

  end() {
    // Else the system would keep what it has of the answer, and try for minutes.
    this.socket.resetAndDestroy();
  }
}
