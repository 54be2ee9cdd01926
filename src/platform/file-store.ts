import type { Readable } from 'node:stream';
import type { DataStore } from '@tus/server';
import type { BytePace } from '../kernel/byte-pace.ts';
import { AppError } from '../kernel/errors.ts';

/** A part of a file: the first and the last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** What stands in a store. */
export interface StoredFile {
  readonly key: string;
  /** When it was written, in milliseconds. */
  readonly at: number;
}

/** How a browser is to take a file: the headers of whoever delivers it. */
export interface DeliveryHeaders {
  readonly contentType: string;
  readonly contentDisposition: string;
  readonly cacheControl: string;
}

/** An `UNAVAILABLE` of a store that has no room. */
export class NoRoom extends AppError {
  constructor(cause: unknown) {
    super('UNAVAILABLE', {}, { zh: '服务器的存储空间已满，请稍后重试', en: 'The server has no room for files right now: try again later' });
    this.cause = cause;
  }
}

/** An `UNAVAILABLE` of a store that is away, with what happened as its cause. */
export function awayBecause(cause: unknown): AppError {
  const error = new AppError('UNAVAILABLE');
  error.cause = cause;
  return error;
}

/**
 * The bytes of a stream that somebody else gives, which stays as it is however the reading ends: whoever gives it would else hear the error of a disk or of a
 * network from the stream itself, before what the store says of it.
 */
export async function* borrowed(bytes: Readable): AsyncGenerator<Buffer> {
  for await (const piece of bytes.iterator({ destroyOnReturn: false })) yield piece;
}

const keyForm = /^[a-z0-9-]+(?:\/[a-z0-9-]+)*$/;

/** Whether a text is a key. Stores keep things of their own under other names. */
export const isKey = (text: string): boolean => keyForm.test(text);

/** The key. Throws a TypeError for a text that is none: where it becomes a path it would lead elsewhere. */
export function requireKey(text: string): string {
  if (!isKey(text)) throw new TypeError('a key consists of a-z, 0-9, - and /');
  return text;
}

/**
 * Where the bytes of files are. Keys consist of a-z, 0-9, `-` and `/`. What is read while it is removed ends with an error or goes on. Everything throws
 * `UNAVAILABLE` where the store is away or has no room.
 */
export interface FileStore {
  /** What tus writes to; the id of an upload there is its key. It offers nothing but `termination`. What is written is the store's: nobody reads a piece after that. */
  readonly uploads: DataStore;
  /** How fast bytes of uploads come in, and what is read again to be looked at: whoever moves them here does it in turn. */
  readonly pace: BytePace;
  /** Makes an upload of so many bytes. Doing it again changes nothing. */
  begin(key: string, bytes: number): Promise<void>;
  /** How many bytes a file has, or an upload has by now; null: there is none. */
  received(key: string): Promise<number | null>;
  /** Writes a file of this machine, whole or not at all. */
  put(key: string, path: string, contentType: string): Promise<void>;
  /** Makes it a file of this machine too, which nobody may write to: it may be the same one. Throws `NOT_FOUND` where there is none. */
  fetch(key: string, path: string): Promise<void>;
  /** Makes an empty folder on this machine into which `fetch` costs least. Whoever asks for it removes it. */
  openFolder(): Promise<string>;
  /** Reads; null: there is none. */
  read(key: string, range?: ByteRange): Promise<Readable | null>;
  /** Removes a file or an upload, half ones too; nothing happens where there is none. */
  remove(key: string): Promise<void>;
  /** All that there is, uploads that are not whole too, in any order. */
  list(): AsyncIterable<StoredFile>;
  /** Where everybody may read it for so many seconds; null: this store has no such places, and `read` is the way. */
  link(key: string, seconds: number, headers: DeliveryHeaders): Promise<string | null>;
  /** Resolves where the store is there, and can be written to as far as that can be known without writing. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
