import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { createGate } from '../../kernel/gate.ts';
import type { Answered } from './http-writer.ts';
import { weightsOf } from './weights.ts';

/** A coding of content that this server can make (RFC 9110, section 8.4.1). */
type Coding = 'br' | 'gzip';

/** What a reader takes, by its `Accept-Encoding`. */
export interface Accepted {
  /** The best coding; null where the reader would rather have none. */
  readonly coding: Coding | null;
  /** Whether it takes the plain text too. */
  readonly plain: boolean;
}

/** Reads the header (RFC 9110, section 12.5.3): without it nothing is coded. Of two that weigh the same, the one that makes less. */
export function acceptedCodings(header: string | undefined): Accepted {
  const weights = weightsOf(header);
  const others = weights.get('*') ?? 0;
  const plain = weights.get('identity') ?? (weights.has('*') ? others : null);
  const [br, gz] = [weights.get('br') ?? others, weights.get('gzip') ?? weights.get('x-gzip') ?? others];
  const best = Math.max(br, gz);
  const coding = best > 0 && best >= (weights.get('identity') ?? 0) ? (br >= gz ? 'br' : 'gzip') : null;
  return { coding, plain: plain === null || plain > 0 };
}

/** Shortest text that is worth it, in bytes. */
const worthwhile = 1024;

/** Answers that are coded at the same time; the others go out plain. Each has a thread of its own. */
const atOnce = 2;

/** With those that wait because their reader takes nothing plain; above it they are sent plain all the same. */
const mostRunning = 10;

const code = {
  br: promisify(brotliCompress),
  gzip: promisify(gzip),
};

/** Codes a text: quickly for answers that are made for one reader, small for what is kept for all. */
export async function encode(bytes: Buffer, coding: Coding, how: 'QUICK' | 'SMALL'): Promise<Buffer<ArrayBuffer>> {
  if (coding === 'gzip') return await code.gzip(bytes, { level: how === 'QUICK' ? 1 : 6, chunkSize: 65_536 });
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: how === 'QUICK' ? 1 : 6,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_LGWIN]: how === 'QUICK' ? 18 : 22,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return await code.br(bytes, { params, chunkSize: 65_536 });
}

/** Codes answers for whoever asks for it. */
export type Compress = (answered: Answered, accepted: Accepted) => Promise<Answered>;

/** Makes it. It costs at most `atOnce` threads: above that an answer goes out plain, unless its reader does not take that. */
export function createCompress(): Compress {
  const gate = createGate(atOnce);
  let running = 0;
  return async (answered, { coding, plain }) => {
    const { body, headers } = answered;
    if (coding === null || body === '' || body instanceof Readable || headers['content-encoding'] !== undefined) return answered;
    // Of a text the bytes are at least its characters, and at most three for each.
    if (running >= (plain ? atOnce : mostRunning) || (plain && body.length * 3 < worthwhile)) return answered;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    if (plain && bytes.length < worthwhile) return answered;
    running += 1;
    try {
      const coded = await gate.run(() => encode(bytes, coding, 'QUICK'));
      return { ...answered, headers: { ...headers, 'content-encoding': coding }, body: coded };
    } finally {
      running -= 1;
    }
  };
}
