import type { Payloads } from '../fanout/reader.ts';

/** Where something of a reader's own stands in the bytes of a sheaf. */
interface Gaps {
  readonly length: number;
  readonly at: readonly number[];
  /** What stands in them. */
  text: string;
}

/** The bytes for readers whose own parts are of the same lengths. */
interface Mould {
  readonly bytes: Buffer;
  readonly ids: Gaps;
  readonly own: Gaps;
}

/** A reader's own part is shorter than so many bytes: see `CursorCodec`. */
const mostOwn = 4096;

/** For so many different lengths at once. */
const mostMoulds = 8;

/**
 * Text frames that go to many readers and differ only in the id of the subscription and in the reader's own part. Their bytes are there once: for one
 * reader after the other the gaps are filled, which costs less than to put together a text for each.
 */
export class Sheaf {
  private readonly payloads: Payloads;
  /** By both lengths; mostly all are alike. */
  private readonly moulds = new Map<number, Mould>();
  private last: Mould | null = null;

  constructor(payloads: Payloads) {
    this.payloads = payloads;
  }

  /** How many bytes these are for a reader. */
  lengthFor(id: string, own: string): number {
    return this.mouldFor(id, own).bytes.length;
  }

  /** The bytes for a reader, which are good until they are asked for another one, unless they are kept. */
  bytesFor(id: string, own: string): Buffer {
    const { bytes, ids, own: owns } = this.mouldFor(id, own);
    fill(bytes, ids, id);
    fill(bytes, owns, own);
    return bytes;
  }

  /** What was given last is still needed: the next reader gets others. */
  keep(): void {
    this.moulds.clear();
    this.last = null;
  }

  /** The frames of a reader as text. */
  textFor(id: string, own: string): string {
    return this.bytesFor(id, own).toString('latin1');
  }

  /** What each of the frames of a reader says. */
  framesFor(id: string, own: string): readonly string[] {
    return this.payloads.map((pieces) => framed(id, pieces.join(own)));
  }

  private mouldFor(id: string, own: string): Mould {
    if (this.last?.ids.length === id.length && this.last.own.length === own.length) return this.last;
    const key = id.length * mostOwn + own.length;
    const mould = this.moulds.get(key) ?? mouldOf(this.payloads, id, own);
    if (this.moulds.size >= mostMoulds) this.moulds.clear();
    this.moulds.set(key, mould);
    this.last = mould;
    return mould;
  }
}

/** The payload of a message of `graphql-transport-ws`, as a text frame. */
export function framed(id: string, payload: string): string {
  return `{"id":${id},"type":"next","payload":${payload}}`;
}

function mouldOf(payloads: Payloads, id: string, own: string): Mould {
  const ids: number[] = [];
  const owns: number[] = [];
  let text = '';
  for (const pieces of payloads) {
    const bytes = framed(id, pieces.join(own));
    text += headOf(bytes.length);
    ids.push(text.length + before.length);
    let at = text.length + framed(id, '').length - 1;
    for (const piece of pieces.slice(0, -1)) {
      at += piece.length;
      owns.push(at);
      at += own.length;
    }
    text += bytes;
  }
  return { bytes: Buffer.from(text, 'latin1'), ids: { length: id.length, at: ids, text: id }, own: { length: own.length, at: owns, text: own } };
}

/** What stands before the id. */
const before = '{"id":';

function fill(bytes: Buffer, gaps: Gaps, text: string): void {
  // The ids of many clients are all alike.
  if (gaps.text === text) return;
  gaps.text = text;
  const [first, ...others] = gaps.at;
  if (first === undefined) return;
  bytes.write(text, first, 'latin1');
  for (const at of others) bytes.copyWithin(at, first, first + text.length);
}

/** The head of an unmasked text frame in one piece: https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
export function headOf(length: number): string {
  if (length < 126) return String.fromCharCode(0x81, length);
  if (length < 65_536) return String.fromCharCode(0x81, 126, length >> 8, length & 255);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(length));
  return String.fromCharCode(0x81, 127) + size.toString('latin1');
}
