import { connect, createServer, type Socket } from 'node:net';
import { closeLater } from './lifetime.ts';

/** A wire to a server that a test can cut. */
export interface Proxy {
  /** The address of the server, by way of the proxy. */
  readonly url: string;
  /** Breaks all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Takes connections again. */
  mend(): Promise<void>;
  /** Breaks all connections; new ones are taken at once. */
  breakOnce(): void;
  /** Leads new connections to another server; those that are open stay where they are. */
  lead(target: string): void;
  /** Keeps the connections open and carries nothing over them, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** The connections that are open stay so and carry nothing any more, not even that one side closes them; new ones do. */
  abandon(): void;
}

/** Opens a proxy on a free port of 127.0.0.1 in front of the server at `target` (`redis://host:port`, `mysql://…`). Closed at the end of the test. */
export async function openProxy(target: string): Promise<Proxy> {
  let { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  /** One side hears nothing of what becomes of the other. */
  const silent = new WeakSet<Socket>();
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (!silent.has(from)) to.destroy();
      });
      from.pipe(to);
      if (frozen) from.pause();
    }
  });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  const breakOnce = () => {
    for (const socket of sockets) socket.destroy();
  };
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    breakOnce();
    await closed;
  };
  closeLater(cut);
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    url: url.href,
    cut,
    mend: () => listen(address.port),
    breakOnce,
    lead(other) {
      ({ hostname, port } = new URL(other));
    },
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    abandon() {
      for (const socket of sockets) {
        silent.add(socket);
        socket.pause();
      }
    },
    thaw() {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
  };
}
