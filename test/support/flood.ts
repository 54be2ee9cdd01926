import { type ChildProcess, fork } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { closeLater } from './lifetime.ts';

/** What floods have come to, on the side of the server. */
export interface Floods {
  /** Bytes that the server has read so far, all together. */
  bytes(): number;
  /** So many bytes it has read in a turn of the event loop, about. */
  bytesOfTurn(): number;
  /** What each of them got first and last, when the server has ended all of them. */
  ended(): Promise<readonly FloodAnswer[]>;
}

/** What a flood got: in one piece, the first and the last one that came together. */
export interface FloodAnswer {
  readonly first: string;
  readonly last: string;
}

const answersOf = (child: ChildProcess): Promise<FloodAnswer[]> =>
  new Promise((resolve) => {
    const got: FloodAnswer[] = [];
    child.on('message', (pieces) => {
      const [first, last] = Array.isArray(pieces) ? pieces : [];
      got.push({ first: String(first), last: String(last) });
    });
    child.on('exit', () => resolve(got));
  });

/** How many floods there are, and in how many processes; by default each has its own. */
export interface FloodCount {
  readonly connections: number;
  readonly processes?: number;
}

/**
 * Opens connections to a server of this process, each of which writes `head` and then `piece` again and again, as fast as it is taken, until the end
 * of the test.
 */
export function openFloods(url: string, { connections, processes = connections }: FloodCount, head: string | Buffer, piece: Buffer): Floods {
  const { port } = new URL(url);
  const sockets = new Set<Socket>();
  const took = (message: unknown) => {
    const socket = typeof message === 'object' && message !== null && 'socket' in message ? message.socket : null;
    if (socket instanceof Socket && socket.localPort === Number(port)) sockets.add(socket);
  };
  subscribe('net.server.socket', took);
  let turns = 0;
  const turn = () => {
    turns += 1;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  const program = fileURLToPath(new URL('./flood.process.ts', import.meta.url));
  const args = [port, Buffer.from(head).toString('base64'), piece.toString('base64'), `${connections / processes}`];
  const children = Array.from({ length: processes }, () => fork(program, args));
  const answers = children.map(answersOf);
  closeLater(() => {
    clearImmediate(next);
    unsubscribe('net.server.socket', took);
    for (const child of children) child.kill('SIGKILL');
  });
  const bytes = () => {
    let sum = 0;
    for (const socket of sockets) sum += socket.bytesRead;
    // The turns before anything came are nobody's.
    if (sum === 0) turns = 0;
    return sum;
  };
  return { bytes, bytesOfTurn: () => bytes() / Math.max(1, turns), ended: async () => (await Promise.all(answers)).flat() };
}
