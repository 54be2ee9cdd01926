// Which messages hold which grams, as bytes. In front is what they are about: the form of all this, how many bits a place takes, and a number of whoever
// writes them. Then entry after entry, in the order of their keys, each with how far its key is above the one before, how many bytes follow, and the
// places, each as how far it is above the one before. These numbers have seven bits in a byte, the lowest first.
//
// A posting is a key and a place as one whole number: `key << placeBits | place`, 30 bits at most; there are 4,096 places at most.

const form = 1;
const headBytes = 6;

/** What stands in front. */
export interface PostingsHead {
  readonly placeBits: number;
  /** Below 2^32: which places are meant. */
  readonly about: number;
}

/** What is stored where nothing is. */
export function noPostings({ placeBits, about }: PostingsHead): Uint8Array {
  const data = new Uint8Array(headBytes);
  data[0] = form;
  data[1] = placeBits;
  new DataView(data.buffer).setUint32(2, about);
  return data;
}

/** Whether postings are about this. */
export function isAbout(data: Uint8Array, { placeBits, about }: PostingsHead): boolean {
  return data[0] === form && data[1] === placeBits && new DataView(data.buffer, data.byteOffset).getUint32(2) === about;
}

/** The places of a key, ascending. */
export function placesOfKey(data: Uint8Array, wanted: number): number[] {
  const reader = new Reader(data);
  while (reader.nextEntry() && reader.key <= wanted) if (reader.key === wanted) return reader.places();
  return [];
}

/** All postings, in their order. */
export function postingsIn(data: Uint8Array): number[] {
  const reader = new Reader(data);
  const postings: number[] = [];
  while (reader.nextEntry()) for (const place of reader.places()) postings.push((reader.key << reader.placeBits) | place);
  return postings;
}

/** The same data without what stands at some places; the very same where nothing does. */
export function withoutPlaces(data: Uint8Array, gone: ReadonlySet<number>): Uint8Array {
  const reader = new Reader(data);
  const writer = new Writer(data, data.length);
  let isSame = true;
  while (reader.nextEntry()) {
    const places = reader.places();
    const left = places.filter((place) => !gone.has(place));
    if (left.length < places.length) isSame = false;
    if (left.length > 0) writer.entry(reader.key, left, left.length);
  }
  return isSame ? data : writer.bytes();
}

const merged = new Int32Array(4096);

/** The same data with more postings, in whatever order. */
export function withPostings(data: Uint8Array, more: readonly number[]): Uint8Array {
  const added = Int32Array.from(more).sort();
  const reader = new Reader(data);
  const { placeBits } = reader;
  const placeMask = (1 << placeBits) - 1;
  // Each posting brings a key, a length and a place at most.
  const writer = new Writer(data, data.length + added.length * 8);
  let next = 0;
  let isMore = reader.nextEntry();
  while (isMore || next < added.length) {
    const key = next < added.length ? (added[next] ?? 0) >> placeBits : Number.POSITIVE_INFINITY;
    if (isMore && reader.key < key) {
      writer.copy(reader);
      isMore = reader.nextEntry();
      continue;
    }
    const isThere = isMore && reader.key === key;
    const known = isThere ? reader.places() : [];
    let [at, count, last] = [0, 0, -1];
    for (;;) {
      const posting = next < added.length ? (added[next] ?? 0) : Number.POSITIVE_INFINITY;
      const fresh = posting >> placeBits === key && posting !== Number.POSITIVE_INFINITY ? posting & placeMask : Number.POSITIVE_INFINITY;
      const old = known[at] ?? Number.POSITIVE_INFINITY;
      const place = Math.min(fresh, old);
      if (place === Number.POSITIVE_INFINITY) break;
      if (fresh === place) next += 1;
      if (old === place) at += 1;
      if (place !== last) merged[count++] = place;
      last = place;
    }
    writer.entry(key, merged, count);
    if (isThere) isMore = reader.nextEntry();
  }
  return writer.bytes();
}

class Reader {
  readonly data: Uint8Array;
  readonly placeBits: number;
  key = -1;
  /** Where the places of the entry begin, and where the next entry does. */
  begin = 0;
  end = headBytes;

  constructor(data: Uint8Array) {
    if (data[0] !== form) throw new Error(`postings have the form ${data[0]}, which is not known here`);
    this.data = data;
    this.placeBits = data[1] ?? 0;
  }

  /** Goes on to the next entry; false where there is none. */
  nextEntry(): boolean {
    if (this.end >= this.data.length) return false;
    this.begin = this.end;
    this.key += this.#next();
    const length = this.#next();
    this.end = this.begin + length;
    return true;
  }

  /** Once for each entry. */
  places(): number[] {
    const places: number[] = [];
    for (let place = -1; this.begin < this.end; ) {
      place += this.#next();
      places.push(place);
    }
    return places;
  }

  #next(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.data[this.begin++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}

class Writer {
  readonly #data: Uint8Array;
  #at = headBytes;
  #key = -1;

  constructor(head: Uint8Array, most: number) {
    this.#data = new Uint8Array(most);
    this.#data.set(head.subarray(0, headBytes));
  }

  /** The first so many of some places. */
  entry(key: number, places: ArrayLike<number>, count: number): void {
    let bytes = 0;
    let before = -1;
    for (let index = 0; index < count; index += 1) {
      const place = places[index] ?? 0;
      bytes += place - before < 0x80 ? 1 : 2;
      before = place;
    }
    this.#head(key, bytes);
    before = -1;
    for (let index = 0; index < count; index += 1) {
      const place = places[index] ?? 0;
      this.#write(place - before);
      before = place;
    }
  }

  /** The entry at which a reader is, as it is. */
  copy({ data, key, begin, end }: Reader): void {
    this.#head(key, end - begin);
    for (let index = begin; index < end; index += 1) this.#data[this.#at++] = data[index] ?? 0;
  }

  bytes(): Uint8Array {
    return this.#data.slice(0, this.#at);
  }

  #head(key: number, bytes: number): void {
    this.#write(key - this.#key);
    this.#write(bytes);
    this.#key = key;
  }

  #write(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.#data[this.#at++] = (rest & 0x7f) | 0x80;
    this.#data[this.#at++] = rest;
  }
}
