import type { Socket } from 'node:net';
import { createAttached } from '../../kernel/attached.ts';

/**
 * What comes in at once, in bytes, and is more than somebody has to say in one turn of the event loop: thousands of small pieces, or a part of a large
 * one. Node reads on otherwise, up to 2 MiB in one turn, for as long as there is more.
 */
export const muchAtOnce = 4096;

/** Lets those who send much be read on in turn, so that however many they are and however fast, everybody else is served between two of them. */
export interface Intake {
  /** Calls `goOn` in a later turn of the event loop, in which no other one of those who wait here goes on. */
  wait(goOn: () => void): void;
  /** To be told when somebody is ended who has sent far too much: such come again, many at a time. */
  alarm(): void;
  /** Whether that was so lately. */
  isAlarmed(): boolean;
}

/** How long that is, in milliseconds. */
const alarmMs = 1000;

/** Makes the line of those who wait. */
export function createIntake(): Intake {
  let alarmedAt = Number.NEGATIVE_INFINITY;
  const waiting: (() => void)[] = [];
  let isAwaited = false;
  const next = () => {
    const goOn = waiting.shift();
    isAwaited = waiting.length > 0;
    if (isAwaited) setImmediate(next);
    goOn?.();
  };
  return {
    wait(goOn) {
      waiting.push(goOn);
      if (isAwaited) return;
      isAwaited = true;
      setImmediate(next);
    },
    alarm() {
      alarmedAt = performance.now();
    },
    isAlarmed: () => performance.now() - alarmedAt < alarmMs,
  };
}

/** The same for the connections of an HTTP server. */
export interface HttpIntake {
  /** To be told of each new connection: after an alarm it is read for the first time when it is its turn. */
  began(socket: Socket): void;
  /** To be told of each request and of each piece of a body: a connection that has sent much since its last turn is read on in its next one. */
  came(socket: Socket): void;
  /** Reads no more of a connection that has sent far too much and is about to be ended, and takes nothing of what was read. */
  stop(socket: Socket): void;
}

/** Makes it. */
export function createHttpIntake(intake: Intake): HttpIntake {
  const senders = createAttached<Socket, Sender>();
  const senderOf = (socket: Socket): Sender => {
    let sender = senders.get(socket);
    if (!sender) {
      sender = new Sender(socket, intake);
      senders.set(socket, sender);
    }
    return sender;
  };
  return {
    began(socket) {
      // When Node has begun to read it.
      if (intake.isAlarmed()) queueMicrotask(() => senderOf(socket).rest());
    },
    came: (socket) => senderOf(socket).came(),
    stop(socket) {
      intake.alarm();
      senderOf(socket).stop();
    },
  };
}

/** One connection. */
class Sender {
  private readonly socket: Socket;
  private readonly intake: Intake;
  /** Bytes that had come by its last turn. */
  private seen = 0;
  private state: 'READING' | 'RESTING' | 'STOPPED' = 'READING';
  private isHeld = false;

  constructor(socket: Socket, intake: Intake) {
    this.socket = socket;
    this.intake = intake;
  }

  came() {
    const { bytesRead } = this.socket;
    if (this.state !== 'READING' || bytesRead - this.seen < muchAtOnce) return;
    this.seen = bytesRead;
    this.rest();
  }

  rest() {
    this.state = 'RESTING';
    this.hold();
    this.intake.wait(() => {
      if (this.state !== 'RESTING') return;
      this.state = 'READING';
      this.socket.resume();
    });
  }

  stop() {
    this.state = 'STOPPED';
    this.hold();
    takeNoRequest(this.socket);
  }

  private hold() {
    this.socket.pause();
    if (this.isHeld) return;
    this.isHeld = true;
    // Each request asks its connection to go on by itself.
    this.socket.on('resume', () => {
      if (this.state !== 'READING') this.socket.pause();
    });
  }
}

/**
 * Has Node leave alone the requests that it has read of a connection beyond the one that it is just handing over, which may be thousands. Its parser is
 * no public interface; where it is not as we know it they are handed over, too.
 */
function takeNoRequest(socket: Socket): void {
  const parser: unknown = Reflect.get(socket, 'parser');
  // As behind an upgrade, what follows is no HTTP.
  if (typeof parser === 'object' && parser !== null && 'onIncoming' in parser) parser.onIncoming = () => 2;
}
