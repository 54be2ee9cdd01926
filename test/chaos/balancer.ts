import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import type { Random } from './random.ts';

/** A TCP proxy in front of all nodes: every connection goes to a node at random, and to the next one where that refuses it. */
export interface Balancer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Holds everything up by so many milliseconds, from now on; 0 for none. */
  delay(ms: number): void;
  /** Breaks all connections, or about a share of them. */
  cut(share: number): void;
  /** Breaks every connection, half open ones too. */
  cutAll(): void;
  /** Carries nothing any more, also over new connections. */
  blackHole(): void;
  /** Ends the black hole: what was under way goes on, or is broken. */
  endBlackHole(outcome: 'GOES_ON' | 'BROKEN'): void;
  /** Forgets one end of every connection without a word to the other: half of the time the client's, half of the time the node's. */
  halfOpen(): void;
  stop(): Promise<void>;
}

interface Wire {
  readonly near: Socket;
  readonly far: Socket;
  /** One end is gone and the other must not be told. */
  silent: boolean;
}

/** Starts it on a free port. */
export async function startBalancer(ports: readonly number[], random: Random): Promise<Balancer> {
  const wires = new Set<Wire>();
  let delayMs = 0;
  let hole: PromiseWithResolvers<void> | null = null;

  /** What carries one direction. */
  const carrier = () =>
    new Transform({
      transform(chunk, _encoding, done) {
        const wait = delayMs;
        const go = () => (wait > 0 ? setTimeout(done, wait, null, chunk) : done(null, chunk));
        if (hole) void hole.promise.then(go);
        else go();
      },
    });

  const join = (near: Socket, far: Socket) => {
    const wire: Wire = { near, far, silent: false };
    wires.add(wire);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('close', () => {
        if (!wire.silent) to.destroy();
        if (near.destroyed && far.destroyed) wires.delete(wire);
      });
      from
        .pipe(carrier())
        .on('error', () => {})
        .pipe(to);
    }
  };

  const server = createServer((near) => {
    near.on('error', () => {});
    near.pause();
    const waiting = random.shuffled(ports);
    const attempt = () => {
      const port = waiting.shift();
      if (port === undefined || near.destroyed) return near.destroy();
      const far = connect(port, '127.0.0.1');
      let joined = false;
      far.on('error', () => {
        if (!joined) attempt();
      });
      far.once('connect', () => {
        joined = true;
        if (near.destroyed) far.destroy();
        else join(near, far);
      });
      return near;
    };
    attempt();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no free port');

  const cut = (share: number) => {
    for (const { near } of wires) if (random.chance(share)) near.resetAndDestroy();
  };
  const cutAll = () => {
    for (const { near, far } of wires) {
      near.destroy();
      far.destroy();
    }
  };
  const endBlackHole: Balancer['endBlackHole'] = (outcome) => {
    if (outcome === 'BROKEN') cut(1);
    hole?.resolve();
    hole = null;
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    delay(ms) {
      delayMs = ms;
    },
    cut,
    cutAll,
    blackHole() {
      hole ??= Promise.withResolvers();
    },
    endBlackHole,
    halfOpen() {
      for (const wire of wires) {
        if (wire.silent) continue;
        wire.silent = true;
        (random.chance(0.5) ? wire.near : wire.far).destroy();
      }
    },
    async stop() {
      delayMs = 0;
      endBlackHole('BROKEN');
      const closed = new Promise((resolve) => server.close(resolve));
      cutAll();
      await closed;
    },
  };
}
