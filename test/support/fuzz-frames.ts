import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { anyCharacter } from './any-text.ts';
import { type DocumentChoices, documents } from './fuzz-documents.ts';
import { within } from './lifetime.ts';
import { patience } from './queue.ts';

/** What is done on a socket: a frame is sent, or a while is waited. */
export type Step =
  | { readonly does: 'wait' }
  | { readonly does: 'init'; readonly payload: 'good' | unknown }
  | { readonly does: 'subscribe'; readonly id: unknown; readonly document: DocumentChoices }
  | { readonly does: 'say'; readonly message: unknown }
  | { readonly does: 'text'; readonly text: string; readonly pieces: number }
  | {
      readonly does: 'frame';
      readonly opcode: number;
      readonly bytes: Uint8Array;
      readonly isLast: boolean;
      readonly isMasked: boolean;
      readonly reserved: number;
    }
  | { readonly does: 'bytes'; readonly bytes: Uint8Array };

const ids: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('1', '2', '3', '__proto__', 'constructor', 'x'.repeat(64), '消'.repeat(64)) },
  { weight: 1, arbitrary: fc.constantFrom('', 'x'.repeat(65), 'x'.repeat(100_000), 1, null, {}, []) },
);
const types = ['connection_init', 'ping', 'pong', 'complete', 'subscribe', 'next', 'error', 'connection_ack', 'start', 'stop', '__proto__'];
const inits = [
  undefined,
  null,
  {},
  { token: '' },
  { token: 'x' },
  { token: 1 },
  { headers: { authorization: 'Bearer x' } },
  { cursor: 'x' },
  { locale: '\0' },
  [],
  'x',
];
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Step>({ does: 'wait' }) },
  { weight: 1, arbitrary: fc.constantFrom(...inits).map((payload): Step => ({ does: 'init', payload })) },
  { weight: 8, arbitrary: fc.record({ does: fc.constant('subscribe' as const), id: ids, document: documents }) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        type: fc.constantFrom(...types),
        id: ids,
        payload: fc.oneof(fc.constant(undefined), fc.constant({ query: 'subscription { events { cursor } }' }), fc.jsonValue()),
      })
      .map((message): Step => ({ does: 'say', message })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('text' as const),
      text: fc.oneof(fc.json(), fc.string({ unit: anyCharacter })),
      pieces: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('frame' as const),
      opcode: fc.nat(15),
      bytes: fc.uint8Array({ maxLength: 200 }),
      isLast: fc.boolean(),
      isMasked: fc.boolean(),
      reserved: fc.constantFrom(0, 0, 0, 0x10, 0x40),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('bytes' as const), bytes: fc.uint8Array({ maxLength: 50 }) }) },
);

/** Sequences of steps: most begin as a good client does. */
export const conversations: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.boolean(), fc.boolean(), fc.array(step, { maxLength: 12 }))
  .map(([isGreeted, isPatient, steps]) => [
    ...(isGreeted ? [{ does: 'init', payload: 'good' } as const] : []),
    ...(isGreeted && isPatient ? [{ does: 'wait' } as const] : []),
    ...steps,
  ]);

/** A frame of a client (RFC 6455, section 5.2), masked with zeros. */
function frameOf(opcode: number, bytes: Uint8Array, { isLast = true, isMasked = true, reserved = 0 } = {}): Buffer {
  const first = (isLast ? 0x80 : 0) | reserved | opcode;
  const mask = isMasked ? 0x80 : 0;
  const length =
    bytes.length < 126
      ? [mask | bytes.length]
      : bytes.length < 65_536
        ? [mask | 126, bytes.length >> 8, bytes.length & 255]
        : [mask | 127, 0, 0, 0, 0, (bytes.length >> 24) & 255, (bytes.length >> 16) & 255, (bytes.length >> 8) & 255, bytes.length & 255];
  return Buffer.concat([Buffer.from([first, ...length, ...(isMasked ? [0, 0, 0, 0] : [])]), bytes]);
}

/** What the server said on a socket. */
export interface Said {
  readonly texts: readonly string[];
  /** 1006 where it closed without a word. */
  readonly code: number;
}

/** Reads the frames of a server: whole and not masked. */
function saidIn(bytes: Buffer): Said {
  const texts: string[] = [];
  let code = 1006;
  for (let at = bytes.indexOf('\r\n\r\n') + 4; at + 2 <= bytes.length; ) {
    const opcode = (bytes[at] ?? 0) & 15;
    const short = (bytes[at + 1] ?? 0) & 127;
    const [start, length] =
      short < 126 ? [at + 2, short] : short === 126 ? [at + 4, bytes.readUInt16BE(at + 2)] : [at + 10, Number(bytes.readBigUInt64BE(at + 2))];
    const payload = bytes.subarray(start, start + length);
    if (opcode === 1) texts.push(payload.toString());
    if (opcode === 8 && length >= 2) code = payload.readUInt16BE(0);
    at = start + length;
  }
  return { texts, code };
}

const handshake =
  'GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';

/** Sends these pieces one after the other, says goodbye and reads until the server closes; null for a while. */
export async function conversation(url: string, pieces: readonly (Buffer | null)[]): Promise<Said> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const read: Buffer[] = [];
  const begun = Promise.withResolvers<void>();
  const done = new Promise<void>((resolve) => {
    socket.on('data', (piece) => {
      read.push(piece);
      begun.resolve();
    });
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
  socket.write(handshake);
  await within(Promise.race([begun.promise, done]), patience, () => 'no handshake');
  for (const piece of pieces) {
    if (piece === null) await sleep(5);
    else if (!socket.destroyed) socket.write(piece);
  }
  await sleep(2);
  socket.write(frameOf(8, Buffer.from([3, 232])));
  // What comes in after a part of a frame ends it in the middle, and the server waits for the rest.
  setTimeout(() => socket.end(), 50).unref();
  await within(done, patience, () => `the socket stays open; so far: ${JSON.stringify(saidIn(Buffer.concat(read)))}`).finally(() => socket.destroy());
  return saidIn(Buffer.concat(read));
}

/** The bytes of a step. `payloadOf` makes an operation of its choices. */
export function piecesOf(one: Step, token: string, payloadOf: (document: DocumentChoices) => object): readonly (Buffer | null)[] {
  const say = (message: unknown) => [frameOf(1, Buffer.from(JSON.stringify(message)))];
  switch (one.does) {
    case 'wait':
      return [null];
    case 'init':
      return say({ type: 'connection_init', payload: one.payload === 'good' ? { token } : one.payload });
    case 'subscribe':
      return say({ type: 'subscribe', id: one.id, payload: payloadOf(one.document) });
    case 'say':
      return say(one.message);
    case 'text': {
      const bytes = Buffer.from(one.text);
      const size = Math.max(1, Math.ceil(bytes.length / one.pieces));
      return Array.from({ length: one.pieces }, (_, index) =>
        frameOf(index === 0 ? 1 : 0, bytes.subarray(index * size, (index + 1) * size), { isLast: index === one.pieces - 1 }),
      );
    }
    case 'frame':
      return [frameOf(one.opcode, one.bytes, one)];
    case 'bytes':
      return [Buffer.from(one.bytes)];
  }
}
