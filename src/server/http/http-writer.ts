import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { bytesTaken, type SlowReader, type Unread } from './unread.ts';

/** An answer of the door for HTTP. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer<ArrayBuffer>;
}

/** What becomes of an answer that is not read. */
export interface HttpWriterOptions {
  readonly unread: Unread;
  /** How long nothing of an answer may be taken; then its connection ends. */
  readonly stallMs: number;
  /** How many bytes may still come of a request that is answered, because nobody asked for its body; then its connection ends. */
  readonly restBytes: number;
}

/** A text above it is made into bytes first, so that what is kept of it is counted as what it takes. */
const longText = 16_384;

/** Writes an answer, and ends the connection of whoever does not read it. */
export function writeAnswer(incoming: IncomingMessage, outgoing: ServerResponse, { status, headers, body }: Answered, options: HttpWriterOptions): void {
  if (outgoing.destroyed) return;
  const bytes = typeof body === 'string' && body.length > longText ? Buffer.from(body) : body;
  outgoing.writeHead(status, STATUS_CODES[status], { ...headers, ...(status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(bytes) }) });
  if (!incoming.complete) boundRest(incoming, options.restBytes);
  outgoing.end(incoming.method === 'HEAD' ? '' : bytes);
  const { socket } = outgoing;
  if (socket && socket.writableLength > 0) options.unread.behind(new UnreadAnswer(outgoing, socket, options.stallMs));
  // What was not read of a body that is too large must not be taken for the next request.
  if (headers.connection === 'close') outgoing.once('finish', () => setTimeout(() => incoming.destroy(), 100).unref());
}

/** Else Node takes whatever comes until the end of the request, in pieces of one byte too, many thousands of them in one turn of the event loop. */
function boundRest(incoming: IncomingMessage, most: number): void {
  const { socket } = incoming;
  const end = socket.bytesRead + most;
  incoming.on('data', () => {
    if (socket.bytesRead > end) socket.destroy();
  });
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
