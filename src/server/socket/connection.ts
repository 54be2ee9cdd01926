import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { createAttached } from '../../kernel/attached.ts';
import type { Pace } from '../../kernel/pace.ts';
import type { Logger } from '../../platform/logger.ts';
import { bytesOf } from '../fanout/bytes.ts';
import type { Outlet, Payloads } from '../fanout/reader.ts';
import { type Arriving, bytesArriving, type Sender, stopReceiving } from '../http/arriving.ts';
import { type Intake, muchAtOnce } from '../http/intake.ts';
import { bytesTaken, type Ending, type SlowReader, type Unread } from '../http/unread.ts';
import { type Closing, closings } from './closing.ts';
import { mayWritePlainly } from './frame-probe.ts';
import { createFrameWriter, type FrameOwner, type FrameWriter, plainSocketOf, type Turn } from './frame-writer.ts';
import { framed, Sheaf } from './sheaf.ts';

/** What a connection does with what comes in, and whom it tells when it is over. */
export interface ConnectionHandlers {
  received(text: string): Promise<void>;
  closed(code: number, reason: string): Promise<void>;
}

/** One WebSocket. */
export interface Connection {
  /** Unique among all nodes. */
  readonly id: string;
  readonly protocol: string;
  /** False from the first sign of its end. */
  isOpen(): boolean;
  /** Sends a frame. Resolves when there is room again, which mostly is at once. */
  send(text: string): Promise<void>;
  /** Resolves when few enough bytes wait for the other side to take them (`bufferBytes`), or the connection is over. */
  room(): Promise<void>;
  /** Whether more waits for the other side than may. */
  isFull(): boolean;
  /** Where the frames of one subscription go, which nobody asked for one by one. */
  outlet(subscriptionId: string): Outlet;
  /** Says why, and ends the connection by force where the word does not get out within a second. */
  close(closing: Closing): void;
  /** Asks whether the other side is still there, and ends the connection where it did not answer the last time though it took everything and had time to. */
  ping(): void;
  handle(handlers: ConnectionHandlers): void;
  /** Resolves when it is closed and everybody concerned has been told. */
  gone(): Promise<void>;
}

/** How long a close frame may take, in milliseconds. */
const farewellMs = 1000;

/** How long an answer to a ping may take on its way, in milliseconds, where pings come more often than that. */
const longestWay = 2000;

/** Bytes that wait for the other side, above which its pings are not answered. */
const mostPongs = 16_384;

/** How much a connection may keep for a slow reader, and for how long. */
export interface ConnectionLimits {
  /** Bytes on their way out. Above it nothing more is read from the other side either: whoever does not take the answers may not ask on. */
  readonly bufferBytes: number;
  /** How long bytes may wait of which not one is taken; then the connection ends with 4408. */
  readonly stallMs: number;
  /** How often it is pinged. */
  readonly pingMs: number;
}

/** Of this process, so that its connections need no chance of their own. */
const node = randomBytes(12).toString('base64url');
let count = 0;

/** What all connections of a door have in common. */
export interface ConnectionOptions {
  readonly logger: Logger;
  readonly turn: Turn;
  readonly unread: Unread;
  readonly arriving: Arriving;
  readonly intake: Intake;
  readonly limits: ConnectionLimits;
  /** How fast frames may come, those of the WebSocket layer too; beyond it the connection ends with 4429. Null: however fast. */
  readonly frames: Pace | null;
  /** Called where that happens. */
  readonly onFlooded: () => void;
}

/** Wraps a socket whose handshake is done, and what it is carried by. */
export function createConnection(socket: WebSocket, carrier: Duplex, options: ConnectionOptions): Connection {
  return new OneConnection(socket, carrier, options);
}

/** A class and not closures, because tens of thousands may be kept: each has its data and no more. */
class OneConnection implements Connection, FrameOwner, SlowReader, Sender {
  readonly id: string;
  private readonly socket: WebSocket;
  private readonly carrier: Duplex;
  private readonly options: ConnectionOptions;
  private readonly frames: FrameWriter;
  /** When it was pinged without an answer so far; 0 for never. */
  private pingedAt = 0;
  /** See `Pace`; endless where too many frames have come. */
  private framesPaidAt = 0;
  /** What the other side's latest ping said, while it is to be answered. */
  private pinged: Buffer | null = null;
  private isResting = false;
  private farewell: NodeJS.Timeout | null = null;
  private waitForRoom: (() => void)[] | null = null;
  private isGone = false;
  private waitForEnd: (() => void)[] | null = null;

  constructor(socket: WebSocket, carrier: Duplex, options: ConnectionOptions) {
    count += 1;
    this.id = `${node}.${count.toString(36)}`;
    this.socket = socket;
    this.carrier = carrier;
    this.options = options;
    this.frames = createFrameWriter(socket, options.turn, this, mayWritePlainly ? plainSocketOf(socket) : null);
  }

  get protocol() {
    return this.socket.protocol;
  }

  isOpen() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  async send(text: string) {
    if (!this.isOpen()) return;
    this.frames.add(bytesOf(text));
    if (!this.isFull()) return;
    this.socket.pause();
    await this.room();
  }

  async room() {
    if (this.isFull()) await new Promise<void>((resolve) => this.onRoom(resolve));
  }

  outlet(subscriptionId: string): Outlet {
    return new OneOutlet(this, bytesOf(JSON.stringify(subscriptionId)));
  }

  isFull() {
    return this.frames.waiting >= this.options.limits.bufferBytes && this.isOpen();
  }

  onRoom(go: () => void) {
    this.waitForRoom ??= [];
    this.waitForRoom.push(go);
    this.frames.tellWhenSent();
  }

  /** Adds a frame, as `bytesOf` spells it. */
  add(bytes: string) {
    this.frames.add(bytes);
  }

  addSheaf(sheaf: Sheaf, id: string, own: string) {
    this.frames.addSheaf(sheaf, id, own);
  }

  close({ code, reason }: Closing) {
    const { socket } = this;
    if (socket.readyState === WebSocket.CLOSED) return;
    this.frames.flush();
    socket.close(code, reason);
    // A paused socket would never read the other side's close frame.
    socket.resume();
    this.farewell ??= setTimeout(() => socket.terminate(), farewellMs);
  }

  ping() {
    const now = performance.now();
    if (this.pingedAt === 0) this.pingedAt = now;
    else if (this.frames.waiting === 0) {
      if (now - this.pingedAt >= Math.min(this.options.limits.pingMs / 2, longestWay)) this.socket.terminate();
      return;
    }
    if (this.isOpen()) this.socket.ping();
  }

  // What the frames tell.

  sent() {
    const { socket } = this;
    // Half, so that a reader who is behind is served in strides.
    if (this.isOpen() && this.frames.waiting * 2 > this.options.limits.bufferBytes) return this.frames.tellWhenSent();
    if (socket.isPaused && !this.isResting) socket.resume();
    if (this.waitForRoom === null) return;
    const waiting = this.waitForRoom;
    this.waitForRoom = null;
    for (const go of waiting) go();
  }

  behind() {
    this.options.unread.behind(this);
  }

  // What the account of the unread asks.

  get stallMs() {
    return this.options.limits.stallMs;
  }

  kept() {
    return this.socket.readyState === WebSocket.CLOSED ? 0 : this.frames.waiting;
  }

  taken() {
    return bytesTaken(this.carrier);
  }

  end(why: Ending) {
    // A close frame would have to wait behind all that is not taken.
    if (why === 'CROWDED') this.socket.terminate();
    else if (this.isOpen()) this.close(closings.unread);
  }

  // What the account of what is arriving asks.

  giveUp() {
    this.socket.terminate();
  }

  handle(handlers: ConnectionHandlers) {
    const { socket, id } = this;
    const { logger, arriving } = this.options;
    // After the library, which listens since the handshake and has taken by then what is whole.
    this.carrier.on('data', (chunk: Buffer) => {
      arriving.keeps(this, bytesArriving(socket));
      if (chunk.length >= muchAtOnce) this.rest();
    });
    socket.on('pong', () => {
      if (this.mayGoOn()) this.pingedAt = 0;
    });
    socket.on('ping', (data) => {
      if (!this.mayGoOn()) return;
      this.pingedAt = 0;
      // Only the latest ping has to be answered (RFC 6455, section 5.5.3), so one in a turn of the event loop: each answer is a write of its own.
      if (this.pinged === null) setImmediate(() => this.pong());
      this.pinged = data;
    });
    // Bad frames, too large ones and lost connections: the library closes by itself, with the right code. Only that: strangers make them as they like.
    socket.on('error', (error) => logger.debug({ connection: id, code: 'code' in error ? error.code : error.name }, 'a socket failed'));
    socket.on('message', (data, isBinary) => {
      if (!this.mayGoOn()) return;
      this.pingedAt = 0;
      if (isBinary) return this.close(closings.binary);
      handlers.received(String(data)).catch((error: unknown) => {
        logger.error({ connection: id, err: error }, 'a message of a socket failed');
        this.close(closings.fault);
      });
    });
    socket.on('close', (code, reason) => {
      if (this.farewell) clearTimeout(this.farewell);
      this.sent();
      arriving.keeps(this, 0);
      handlers
        .closed(code, String(reason))
        .catch((error: unknown) => logger.error({ connection: id, err: error }, 'the end of a socket failed'))
        .finally(() => this.over());
    });
  }

  /** Counts a frame. False where there were too many: then this one and those behind it are nothing to anybody. */
  private mayGoOn(): boolean {
    const { frames } = this.options;
    if (frames === null) return true;
    const paidAt = frames.next(this.framesPaidAt, performance.now());
    if (paidAt !== null) {
      this.framesPaidAt = paidAt;
      return true;
    }
    stopReceiving(this.socket);
    if (this.framesPaidAt === Number.POSITIVE_INFINITY) return false;
    this.framesPaidAt = Number.POSITIVE_INFINITY;
    this.options.intake.alarm();
    this.options.onFlooded();
    this.close(closings.flooding);
    // For good: what it goes on to send is not worth looking at, and its own close frame is behind that.
    this.isResting = true;
    this.socket.pause();
    return false;
  }

  /** Reads no more until it is this socket's turn again, and there is room for what it gets. */
  private rest() {
    if (this.isResting) return;
    this.isResting = true;
    this.socket.pause();
    this.options.intake.wait(() => {
      this.isResting = false;
      void this.room().then(() => {
        if (this.socket.isPaused && !this.isResting) this.socket.resume();
      });
    });
  }

  private pong() {
    const { pinged, socket, carrier } = this;
    this.pinged = null;
    // The answers of whoever asks and reads nothing would pile up.
    if (pinged !== null && this.isOpen() && carrier.writableLength < mostPongs) socket.pong(pinged);
  }

  async gone() {
    if (!this.isGone)
      await new Promise<void>((resolve) => {
        this.waitForEnd ??= [];
        this.waitForEnd.push(resolve);
      });
  }

  private over() {
    this.isGone = true;
    for (const go of this.waitForEnd ?? []) go();
    this.waitForEnd = null;
  }
}

/** Of what is written at present. */
const sheaves = createAttached<Payloads, Sheaf>();

/** One for all readers who get these. */
function sheafOf(payloads: Payloads): Sheaf {
  let sheaf = sheaves.get(payloads);
  if (!sheaf) {
    sheaf = new Sheaf(payloads);
    sheaves.set(payloads, sheaf);
  }
  return sheaf;
}

class OneOutlet implements Outlet {
  private readonly connection: OneConnection;
  /** As it stands in a frame. */
  private readonly id: string;

  constructor(connection: OneConnection, id: string) {
    this.connection = connection;
    this.id = id;
  }

  hasRoom() {
    return !this.connection.isFull();
  }

  onRoom(go: () => void) {
    this.connection.onRoom(go);
  }

  next(payload: string) {
    this.connection.add(framed(this.id, payload));
  }

  nextAll(payloads: Payloads, own: string) {
    this.connection.addSheaf(sheafOf(payloads), this.id, own);
  }
}
