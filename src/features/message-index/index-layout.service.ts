import { gramBits } from '../../kernel/grams.ts';
import type { PostingsHead } from '../../kernel/postings.ts';

// Where in the index of a conversation a message stands. Its messages are in pages of 64. The newest, as long as the page is not full, are on a shelf of
// four rows, the tail: they are written anew with each message. Full pages are in blocks of 4,096 messages, whose shelf has more rows: a gram is in one
// of them, whatever the others are, so a search reads a small part of a shelf, and one row of each block. All of this follows from how far the index has
// come, so nothing has to be looked up.

const pageSize = 64;
const blockSize = 4096;
/** The first block has fewer rows up to there, or short conversations would have as many rows as messages. */
const fewMessages = 512;
const bits = { tail: 2, few: 5, block: 8 } as const;
const firstBlock = 2 ** bits.tail;
const partsOfBlock = 2 ** bits.block;

/** Rows of a conversation among which the grams of some of its messages are. */
export interface Shelf extends PostingsHead {
  /** The part of its first row; that of a gram is as many further as its lowest bits say, and the others are its key there. */
  readonly part: number;
  readonly bits: number;
  /** The seq at place 0. */
  readonly base: number;
}

/** The seq from which on messages are in the tail, where the index has come to this one. */
export function tailFrom(indexedSeq: number): number {
  return Math.floor((indexedSeq + 1) / pageSize) * pageSize;
}

/** The shelf of the newest messages, where they begin with this one. */
export function tailAt(from: number): Shelf {
  return shelf(0, bits.tail, from);
}

/** How many blocks there are where the tail begins with this seq. */
function blocksBelow(from: number): number {
  return Math.ceil(from / blockSize);
}

/** The blocks that hold messages from one seq up to another, which is where the tail begins. */
export function blocksBetween(begin: number, from: number): Shelf[] {
  const first = Math.floor(begin / blockSize);
  return Array.from({ length: blocksBelow(from) - first }, (_, index) => blockAt(first + index, from));
}

/** The shelf of a block. */
export function blockAt(number: number, from: number): Shelf {
  return shelf(firstBlock + number * partsOfBlock, number === 0 && from <= fewMessages ? bits.few : bits.block, number * blockSize);
}

/** How many shelves a conversation has, where the index has come to this seq. */
export function shelvesUpTo(indexedSeq: number): number {
  return indexedSeq === 0 ? 0 : 1 + blocksBelow(tailFrom(indexedSeq));
}

/** One of them by its number: 0 is that of the newest messages. */
export function shelfNumbered(number: number, indexedSeq: number): Shelf {
  const from = tailFrom(indexedSeq);
  return number === 0 ? tailAt(from) : blockAt(blocksBelow(from) - number, from);
}

/** The shelf of a message, where the tail begins with this seq. */
export function shelfOf(seq: number, from: number): Shelf {
  return seq >= from ? tailAt(from) : blockAt(Math.floor(seq / blockSize), from);
}

/** The last row of a shelf. */
export function lastPart({ part, bits: of }: Shelf): number {
  return part + 2 ** of - 1;
}

/** Whether a row belongs to a shelf. */
export function isOn(shelf: Shelf, part: number): boolean {
  return part >= shelf.part && part <= lastPart(shelf);
}

/** The shelf of a row, where the tail begins with this seq. */
export function shelfOfPart(part: number, from: number): Shelf {
  return part < firstBlock ? tailAt(from) : blockAt(Math.floor((part - firstBlock) / partsOfBlock), from);
}

/** The row of a gram. */
export function partOf({ part, bits: of }: Shelf, gram: number): number {
  return part + (gram & (2 ** of - 1));
}

/** What stands there for it. */
export function keyOf({ bits: of }: Shelf, gram: number): number {
  return gram >> of;
}

/** The posting of a message there. */
export function postingOf({ bits: of, placeBits, base }: Shelf, gram: number, seq: number): number {
  return ((gram >> of) << placeBits) | (seq - base);
}

/** The gram and the seq of a posting in one of its rows. */
export function fromPosting({ part, bits: of, placeBits, base }: Shelf, row: number, posting: number): readonly [gram: number, seq: number] {
  return [((posting >> placeBits) << of) | (row - part), base + (posting & (2 ** placeBits - 1))];
}

/** A shelf has as many more bits for places as it has rows, so that postings are small numbers. */
function shelf(part: number, of: number, base: number): Shelf {
  return { part, bits: of, base, placeBits: of + 28 - gramBits, about: base / pageSize };
}
