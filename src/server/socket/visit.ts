import type { WebSocket as ProtocolSocket, Server } from 'graphql-ws';
import type { ErrorCode, Locale } from '../../kernel/errors.ts';
import { createGate, type Gate } from '../../kernel/gate.ts';
import type { Pace } from '../../kernel/pace.ts';
import type { SessionViewer } from '../../kernel/viewer.ts';
import { closingOf, closingOfProtocol, closings } from './closing.ts';
import type { Connection, ConnectionHandlers } from './connection.ts';
import { idOf, type Message, messageOf } from './messages.ts';
import type { WatchedSocket } from './session-watch.ts';

/** Messages that may wait for the end of an operation whose id they use again. */
const mostHeld = 10;

/** A message that waits, and who is told what became of it. */
interface Held {
  readonly message: Message;
  readonly told: (handled: Promise<void>) => void;
}

/** Queries and mutations of one socket that run at the same time; the others wait. */
const answersAtOnce = 8;

/** Who was let in, and what came with the token. */
export interface Guest {
  readonly viewer: SessionViewer;
  readonly locale: Locale;
  readonly cursor: string | null;
}

/** One socket. A class and not closures, because tens of thousands may be kept: each has its data and no more. */
export class Visit implements ConnectionHandlers, WatchedSocket, ProtocolSocket {
  readonly connection: Connection;
  readonly acceptLanguage: string | undefined;
  /** From where it comes: see `Addresses`. */
  readonly address: string;
  private readonly whenGone: (visit: Visit, code: number) => Promise<void>;
  /** From the acknowledgement on. */
  guest: Guest | null = null;
  /** How many operations have begun. */
  operations = 0;
  /** It is about to be closed: no new operation. */
  leaving = false;
  /** Operations that are being prepared, and queries and mutations whose answers are not out yet; null for none. */
  running: Set<Promise<unknown>> | null = null;
  /** Made for the first query or mutation. */
  private gate: Gate | null = null;
  private listener: ((text: string) => Promise<void>) | null = null;
  /** Whether graphql-ws knows an operation by this id. */
  private knows: (id: string) => boolean = () => false;
  /** By the id of an operation that was completed and has not quite ended: what came for the next one of that id. Null for none. */
  private ending: Map<string, Held[]> | null = null;
  private ended: ((code: number, reason: string) => Promise<void>) | null = null;
  /** Ids of subscriptions that have begun or are about to; null for none. */
  private subscriptions: Set<string> | null = null;
  /** Who is to be told that nobody waits for the query of this id any more; null for none. */
  private stops: Map<string, () => void> | null = null;
  /** See `Pace`. */
  private operationsPaidAt = 0;

  constructor(connection: Connection, { acceptLanguage, address }: Pick<Visit, 'acceptLanguage' | 'address'>, whenGone: Visit['whenGone']) {
    this.connection = connection;
    this.acceptLanguage = acceptLanguage;
    this.address = address;
    this.whenGone = whenGone;
  }

  begin(protocol: Server<Visit>): void {
    this.ended = protocol.opened(this, this);
    this.connection.handle(this);
  }

  /** Runs a query or a mutation when there is room for its answer: whoever takes none is not given more to keep. */
  async answer<T>(work: () => Promise<T>): Promise<T> {
    this.gate ??= createGate(answersAtOnce);
    return await this.gate.run(async () => {
      await this.connection.room();
      return await work();
    });
  }

  /** Keeps the socket open until the work is done, should the node be leaving. */
  async finished<T>(work: Promise<T>): Promise<T> {
    this.running ??= new Set();
    const { running } = this;
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
      if (running.size === 0 && this.running === running) this.running = null;
    }
  }

  /** Counts an operation that is to begin: 0, or in how many seconds one may. */
  countOperation(pace: Pace): number {
    const now = performance.now();
    const paidAt = pace.next(this.operationsPaidAt, now);
    if (paidAt === null) return pace.waitSeconds(this.operationsPaidAt, now);
    this.operationsPaidAt = paidAt;
    return 0;
  }

  /** Counts a subscription until its operation is over; false where there are `most` already. */
  addSubscription(id: string, most: number): boolean {
    if (this.subscriptions !== null && this.subscriptions.size >= most) return false;
    this.subscriptions ??= new Set();
    this.subscriptions.add(id);
    return true;
  }

  /** Calls, once, when the query of this id is completed by the other side or the socket is over: at once where that is so. */
  onGone(id: string, stop: () => void): void {
    if (this.connection.isOpen() && this.knows(id)) {
      this.stops ??= new Map();
      this.stops.set(id, stop);
    } else stop();
  }

  private stop(id: string): void {
    const stop = this.stops?.get(id);
    this.forgetStop(id);
    stop?.();
  }

  // What a connection asks for.

  received(text: string): Promise<void> {
    const message = messageOf(text);
    if (message !== null) return this.take(message);
    this.connection.close(closings.badMessage);
    return Promise.resolve();
  }

  /**
   * graphql-ws keeps operations by their ids, and is done with one a little later than the message that completes it: an operation that uses the
   * id again by then would be taken for the one before it. So what comes for that id waits.
   */
  private take(message: Message): Promise<void> {
    const id = idOf(message);
    const held = this.ending?.get(id);
    if (held) {
      if (held.length >= mostHeld) this.connection.close(closings.sameId);
      else return new Promise((told) => held.push({ message, told }));
      return Promise.resolve();
    }
    if (message.type === 'complete' && this.knows(id)) {
      this.ending ??= new Map();
      this.ending.set(id, []);
    }
    // It takes a message that was read already as well as its text, though its type does not say so.
    const handled: Promise<void> = this.listener ? Reflect.apply(this.listener, undefined, [message]) : Promise.resolve();
    if (message.type === 'complete') this.stop(id);
    // Not waited for here: graphql-ws is done with a message when the subscription has ended that it began.
    return message.type === 'subscribe' ? handled.finally(() => this.over(id)) : handled;
  }

  /** A Map that goes on is copied now and then, and what stood in the old copy lives as long as that. */
  private forgetStop(id: string): void {
    this.stops?.delete(id);
    if (this.stops?.size === 0) this.stops = null;
  }

  private over(id: string) {
    // One that was refused for its id is over, too, and another one has it.
    if (this.knows(id)) return;
    this.subscriptions?.delete(id);
    this.forgetStop(id);
    const held = this.ending?.get(id);
    if (!held) return;
    this.ending?.delete(id);
    if (this.ending?.size === 0) this.ending = null;
    for (const { message, told } of held) told(this.take(message));
  }

  async closed(code: number, reason: string) {
    for (const id of [...(this.stops?.keys() ?? [])]) this.stop(id);
    await Promise.all([this.ended?.(code, reason), this.whenGone(this, code)]);
  }

  // What the watch of sessions asks for.

  endSession(code: ErrorCode) {
    this.connection.close(closingOf(code));
  }

  ping() {
    this.connection.ping();
  }

  isOpen() {
    return this.connection.isOpen();
  }

  // What graphql-ws asks for.

  get protocol() {
    return this.connection.protocol;
  }

  send(text: string) {
    return this.connection.send(text);
  }

  close(code: number) {
    this.connection.close(closingOfProtocol(code));
  }

  onMessage(listener: (text: string) => Promise<void>) {
    this.listener = listener;
  }

  /** Told with the acknowledgement what graphql-ws knows. */
  keepsOperations(knows: (id: string) => boolean) {
    this.knows = knows;
  }
}
