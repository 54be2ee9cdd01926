import { connect, createServer, type Socket } from 'node:net';
import { closeLater } from './lifetime.ts';

/** A load balancer that knows only TCP: it looks at no health and keeps nobody with the same node. */
export interface Balancer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** `ws://127.0.0.1:<port>/graphql` */
  readonly socketUrl: string;
}

/**
 * Starts one in front of these ports of 127.0.0.1; closed at the end of the test. `turns`: every connection goes to the next port; `order`:
 * to the first one. Where nobody listens it goes to the port after that.
 */
export async function openBalancer(ports: readonly number[], way: 'turns' | 'order'): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((near) => {
    const start = way === 'turns' ? turn++ : 0;
    const left = ports.map((_, index) => ports[(start + index) % ports.length]);
    sockets.add(near);
    near.on('close', () => sockets.delete(near));
    near.on('error', () => {});
    const attempt = () => {
      const port = left.shift();
      if (port === undefined) return void near.destroy();
      const far = connect(port, '127.0.0.1', () => {
        near.on('close', () => far.destroy());
        far.on('close', () => near.destroy());
        near.pipe(far).pipe(near);
      });
      far.on('error', () => (far.connecting || far.pending ? attempt() : near.destroy()));
    };
    attempt();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  closeLater(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { url: `http://127.0.0.1:${address.port}`, socketUrl: `ws://127.0.0.1:${address.port}/graphql` };
}
