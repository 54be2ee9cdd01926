// Which messages hold which grams, as bytes: entry after entry, in the order of their keys, each with how far its key is above the one before, how many
// bytes follow, and then the places, each as how far it is above the one before. All numbers have seven bits in a byte, the lowest first. In front is
// the form, for one that comes later.
//
// A posting is a key and a place as one whole number: `key << placeBits | place`, 30 bits at most.

const form = 1;

/** What is stored where nothing is. */
export const noPostings: Uint8Array = Uint8Array.of(form);

/** The places of a key, ascending. */
export function placesOfKey(data: Uint8Array, wanted: number): number[] {
  const reader = new Reader(data);
  while (reader.nextEntry() && reader.key <= wanted) if (reader.key === wanted) return reader.places();
  return [];
}

/** All postings, in their order. */
export function postingsIn(data: Uint8Array, placeBits: number): number[] {
  const reader = new Reader(data);
  const postings: number[] = [];
  while (reader.nextEntry()) for (const place of reader.places()) postings.push((reader.key << placeBits) | place);
  return postings;
}

/** The same data without what stands at some places; the very same where nothing does. */
export function withoutPlaces(data: Uint8Array, gone: ReadonlySet<number>): Uint8Array {
  const reader = new Reader(data);
  const writer = new Writer(data.length);
  let isSame = true;
  while (reader.nextEntry()) {
    const places = reader.places();
    const left = places.filter((place) => !gone.has(place));
    if (left.length < places.length) isSame = false;
    if (left.length > 0) writer.entry(reader.key, left);
  }
  return isSame ? data : writer.bytes();
}

/** The same data with more postings, in whatever order. */
export function withPostings(data: Uint8Array, more: readonly number[], placeBits: number): Uint8Array {
  const added = Int32Array.from(more).sort();
  const reader = new Reader(data);
  // Each posting brings a key, a length and a place at most.
  const writer = new Writer(data.length + added.length * 8);
  let next = 0;
  /** The places that come to a key. */
  const takePlaces = (key: number): number[] => {
    const places: number[] = [];
    for (; next < added.length; next += 1) {
      const one = added[next] ?? 0;
      if (one >> placeBits !== key) break;
      places.push(one & ((1 << placeBits) - 1));
    }
    return places;
  };
  let isMore = reader.nextEntry();
  while (isMore || next < added.length) {
    const key = next < added.length ? (added[next] ?? 0) >> placeBits : Number.POSITIVE_INFINITY;
    if (!isMore || key < reader.key) writer.entry(key, unique(takePlaces(key)));
    else if (key === reader.key) {
      writer.entry(key, unique([...reader.places(), ...takePlaces(key)].sort((one, other) => one - other)));
      isMore = reader.nextEntry();
    } else {
      writer.copy(reader);
      isMore = reader.nextEntry();
    }
  }
  return writer.bytes();
}

function unique(ascending: readonly number[]): number[] {
  return ascending.filter((place, index) => place !== ascending[index - 1]);
}

class Reader {
  readonly data: Uint8Array;
  key = -1;
  /** Where the places of the entry begin, and where the next entry does. */
  begin = 0;
  end = 1;

  constructor(data: Uint8Array) {
    if (data.length > 0 && data[0] !== form) throw new Error(`an index has the form ${data[0]}, which is not known here`);
    this.data = data;
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
  #at = 1;
  #key = -1;

  constructor(most: number) {
    this.#data = new Uint8Array(most + 16);
    this.#data[0] = form;
  }

  entry(key: number, places: readonly number[]): void {
    let bytes = 0;
    let before = -1;
    for (const place of places) {
      bytes += place - before < 0x80 ? 1 : 2;
      before = place;
    }
    this.#head(key, bytes);
    before = -1;
    for (const place of places) {
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
