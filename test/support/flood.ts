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
  /** What each of them got, when the server has ended all of them. */
  ended(): Promise<readonly string[]>;
}

const answerOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    let got = '';
    child.on('message', (text) => {
      got += String(text);
    });
    child.on('exit', () => resolve(got));
  });

/**
 * Opens connections to a server of this process, each of which writes `head` and then `piece` again and again, as fast as it is taken, until the end
 * of the test.
 */
export function openFloods(url: string, count: number, head: string, piece: Buffer): Floods {
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
  const children = Array.from({ length: count }, () => fork(program, [port, Buffer.from(head).toString('base64'), piece.toString('base64')]));
  const answers = children.map(answerOf);
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
  return { bytes, bytesOfTurn: () => bytes() / Math.max(1, turns), ended: () => Promise.all(answers) };
}
