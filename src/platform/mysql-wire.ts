import { connect, type Socket } from 'node:net';

/** How long a database server may be silent after it was asked something. */
export interface Patience {
  readonly ms: number;
  /** Waits without end: for migrations, which take as long as they take. */
  endless: boolean;
}

/** So often a server may be silent for the usual time when it was asked to commit. */
const silencesOfCommit = 8;

/** A TCP connection to a database server. */
export function openWire(host: string, port: number): Socket {
  const socket = connect(port, host);
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  // TLS that is begun on a socket asks it for whom the certificate has to be. By itself a socket knows that of a name only, and not of an address.
  Object.defineProperty(socket, '_host', { value: host, writable: true });
  return socket;
}

/** What a connection is about at this moment. */
export interface Asked {
  /** It has been asked something that is not answered to its end: of several statements in one packet each has an answer of its own. */
  isAsked(): boolean;
  /** Likewise, to commit. */
  isCommitting(): boolean;
}

/**
 * Ends a connection with ETIMEDOUT where the server says nothing to what it was asked. A server that froze, or a network that swallows everything,
 * keeps connections open for ever: each would hold its place in the pool, and with it whoever waits for one. Where it is asked to commit it waits for
 * several times as long: what a server holds back there it will do, and nobody would know.
 */
export function watchWire(socket: Socket, patience: Patience, { isAsked, isCommitting }: Asked): void {
  let silences = 0;
  socket.on('data', () => {
    silences = 0;
  });
  socket.setTimeout(patience.ms);
  // A connection that rests in the pool is silent too, and has been asked nothing.
  const isAwaited = () => !patience.endless && isAsked();
  socket.on('timeout', () => {
    if (!isAwaited()) return;
    silences += 1;
    if (isCommitting() && silences < silencesOfCommit) return void socket.setTimeout(patience.ms);
    // The answer may have come while this process was busy, or stopped, and only waits to be read.
    const read = socket.bytesRead;
    setImmediate(() => {
      if (!isAwaited()) return;
      if (socket.bytesRead === read) socket.destroy(Object.assign(new Error(`the database did not answer for ${patience.ms} ms`), { code: 'ETIMEDOUT' }));
    });
  });
}
