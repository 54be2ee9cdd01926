import { connect } from 'node:net';
import { openReader, type Reader } from '../harness/reader.ts';

/** Where an attack goes, and from where. */
export interface Aim {
  readonly port: number;
  /** The address from which it comes. */
  readonly from: string;
  isOver(): boolean;
  /** Counts what became of one try: `passed`, or why it was refused. */
  tell(outcome: string): void;
}

/** So much of an answer is looked into. */
const shown = 4096;

/** What the beginning of an answer says. */
function outcomeOf(text: string): string {
  const code = /"code":"([A-Z_]+)"/.exec(text)?.[1];
  return code ?? (text.includes('"errors":[') ? 'an error' : 'passed');
}

/** One connection on which request follows request, each when the answer before it is there; opened again where it ends. */
export function requests(aim: Aim, next: () => Buffer): void {
  if (aim.isOver()) return;
  const socket = connect({ port: aim.port, host: '127.0.0.1', localAddress: aim.from, noDelay: true });
  let begin = '';
  /** Bytes of the answer that are still to come; null while its length is not known. */
  let left: number | null = null;
  const ask = () => {
    if (aim.isOver()) return void socket.destroy();
    begin = '';
    left = null;
    socket.write(next());
  };
  socket.once('connect', ask);
  socket.on('data', (data) => {
    if (begin.length < shown) begin += data.toString('latin1', 0, shown);
    if (left === null) {
      const end = begin.indexOf('\r\n\r\n');
      const length = /\r\ncontent-length: (\d+)/i.exec(begin.slice(0, Math.max(0, end)))?.[1];
      if (length === undefined) return;
      // All of the head came with this piece: heads are short.
      left = Number(length) + end + 4;
    }
    left -= data.length;
    if (left > 0) return;
    const status = begin.slice(9, 12);
    aim.tell(status === '200' || begin.includes('"code"') ? outcomeOf(begin) : `HTTP ${status}`);
    ask();
  });
  again(aim, socket, () => requests(aim, next));
}

/** Asks so often at once over one connection, and takes nothing of the answers; again where that is ended. */
export function unreadRequests(aim: Aim, request: Buffer, times: number): void {
  if (aim.isOver()) return;
  const socket = connect({ port: aim.port, host: '127.0.0.1', localAddress: aim.from });
  socket.pause();
  socket.once('connect', () => {
    for (let asked = 0; asked < times; asked += 1) socket.write(request);
  });
  const late = setInterval(() => {
    if (aim.isOver()) socket.destroy();
  }, 50);
  socket.once('close', () => {
    clearInterval(late);
    aim.tell('cut off');
  });
  again(aim, socket, () => unreadRequests(aim, request, times));
}

/** A connection that has ended is opened again a little later, as long as the attack goes on. */
function again(aim: Aim, socket: ReturnType<typeof connect>, begin: () => void): void {
  socket.on('error', () => {});
  socket.once('close', () => setTimeout(begin, aim.isOver() ? 0 : 5));
}

/** What is asked over a socket. */
export interface Operation {
  readonly query: string;
  readonly variables?: object;
}

/** How a socket asks. */
export interface SocketLane {
  readonly token: string;
  /** Operations that are asked before the first of them is answered. */
  readonly atOnce: number;
  next(): Operation;
  /** Whether the frame is the last one that is waited for: what has not ended by then is completed. */
  isEnd?(frame: string): boolean;
  /** Takes nothing of what comes after the acknowledgement. */
  readonly isDeaf?: boolean;
}

/** One socket on which operation follows operation; opened again where it ends. */
export async function operations(aim: Aim, lane: SocketLane): Promise<void> {
  let last = 0;
  while (!aim.isOver()) {
    const reader = await entered(aim, lane.token);
    if (reader === null) continue;
    const waiting = new Set<string>();
    const ask = () => {
      const id = `${++last}`;
      waiting.add(id);
      reader.send(JSON.stringify({ id, type: 'subscribe', payload: lane.next() }));
    };
    reader.listen((frame) => {
      const id = /"id":"(\d+)"/.exec(frame)?.[1] ?? '';
      if (!waiting.has(id)) return;
      const isError = frame.includes('"type":"error"');
      if (!isError && (!frame.includes('"type":"next"') || lane.isEnd?.(frame) === false)) return;
      waiting.delete(id);
      aim.tell(outcomeOf(frame.slice(0, shown)));
      if (lane.isEnd && !isError) reader.send(JSON.stringify({ id, type: 'complete' }));
      if (!aim.isOver()) ask();
    });
    if (lane.isDeaf) reader.pause();
    for (let asked = 0; asked < lane.atOnce; asked += 1) ask();
    while (!reader.isClosed() && !aim.isOver()) await pause(20);
    if (reader.isClosed()) aim.tell('closed');
    reader.close();
  }
}

/** Opens sockets one after the other, each with one of these tokens, and closes each when it was let in or not. */
export async function sockets(aim: Aim, tokens: readonly string[]): Promise<void> {
  for (let next = 0; !aim.isOver(); next += 1) (await entered(aim, tokens[next % tokens.length] ?? '', true))?.close();
}

const patienceMs = 2000;

/** A socket that was let in. Null where it was not. */
async function entered(aim: Aim, token: string, tells = false): Promise<Reader | null> {
  let reader: Reader | null = null;
  try {
    const opened = await openReader(aim.port, '/graphql', 'graphql-transport-ws', {}, aim.from);
    reader = opened;
    let isIn = false;
    opened.listen((frame) => {
      isIn ||= frame.includes('"connection_ack"');
    });
    opened.send(JSON.stringify({ type: 'connection_init', payload: { token } }));
    for (const until = performance.now() + patienceMs; !isIn && !opened.isClosed() && performance.now() < until && !aim.isOver(); ) await pause(1);
    if (isIn) {
      if (tells) aim.tell('passed');
      return opened;
    }
    if (!aim.isOver()) aim.tell('not let in');
  } catch (error) {
    if (!aim.isOver()) aim.tell(/ (\d{3}) /.exec(String(error)) ? `HTTP ${/ (\d{3}) /.exec(String(error))?.[1]}` : 'closed');
  }
  reader?.close();
  await pause(1);
  return null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
