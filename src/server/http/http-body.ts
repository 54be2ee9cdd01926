import type { IncomingMessage } from 'node:http';
import type { Arriving, Sender } from './arriving.ts';
import type { HttpIntake } from './intake.ts';

/** The sender is gone: nobody reads an answer. */
export class Aborted extends Error {}

/** In the place of a body that is above the limit. */
export const tooLarge = Symbol('too large');

/** In the place of a body that comes in more than `mostPieces`. */
export const inTooManyPieces = Symbol('in too many pieces');

/** In the place of a body that takes too long to come. */
export const tooSlow = Symbol('too slow');

/** For how long a body may come in, in milliseconds. */
export const slowestMs = 30_000;

/** Why there is no body. */
export type NoBody = typeof tooLarge | typeof inTooManyPieces | typeof tooSlow;

/** The most pieces of a body, which are the client's where it says `chunked`, and else the network's: many times as many as the largest one needs. */
export const mostPieces = 1000;

/** The bodies of requests that are coming in. */
export interface Bodies {
  /** The whole body, or why there is none. Throws `Aborted`. */
  read(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer> | NoBody>;
}

const nothing = Buffer.alloc(0);

/** Reads bodies of at most `limit` bytes, which come within `ms` milliseconds. */
export function createBodies(limit: number, arriving: Arriving, intake: HttpIntake, ms = slowestMs): Bodies {
  return {
    async read(incoming) {
      if (Number(incoming.headers['content-length'] ?? 0) > limit) return tooLarge;
      const sender: Sender = { giveUp: () => incoming.socket.destroy() };
      let timer: NodeJS.Timeout | undefined;
      try {
        return await new Promise((resolve, reject) => {
          let isLate = false;
          timer = setTimeout(() => {
            isLate = true;
            incoming.pause();
            resolve(tooSlow);
          }, ms);
          let bytes = nothing;
          let size = 0;
          let pieces = 0;
          incoming.on('data', (chunk: Buffer<ArrayBuffer>) => {
            if (isLate || pieces > mostPieces || size > limit || incoming.socket.destroyed) return;
            pieces += 1;
            if (pieces > mostPieces) {
              intake.stop(incoming.socket);
              return resolve(inTooManyPieces);
            }
            intake.came(incoming.socket);
            const before = size;
            size += chunk.length;
            if (size > limit) {
              incoming.pause();
              resolve(tooLarge);
            } else {
              bytes = appended(bytes, before, chunk);
              arriving.keeps(sender, size);
            }
          });
          let ended = false;
          incoming.on('end', () => {
            ended = true;
            resolve(bytes.subarray(0, size));
          });
          incoming.on('error', () => reject(new Aborted()));
          incoming.on('close', () => {
            if (!ended) reject(new Aborted());
          });
        });
      } finally {
        clearTimeout(timer);
        arriving.keeps(sender, 0);
      }
    },
  };
}

/** One buffer and not a list: of a body that comes byte by byte each byte would be an object. */
function appended(bytes: Buffer<ArrayBuffer>, size: number, chunk: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  if (size === 0) return chunk;
  const whole = size + chunk.length;
  const room = bytes.length >= whole ? bytes : Buffer.allocUnsafeSlow(whole * 2);
  if (room !== bytes) bytes.copy(room, 0, 0, size);
  chunk.copy(room, size);
  return room;
}
