import type { IncomingMessage } from 'node:http';
import type { Arriving, Sender } from './arriving.ts';

/** The sender is gone: nobody reads an answer. */
export class Aborted extends Error {}

/** In the place of a body that is above the limit. */
export const tooLarge = Symbol('too large');

/** The bodies of requests that are coming in. */
export interface Bodies {
  /** The whole body, or `tooLarge`. Throws `Aborted`. */
  read(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer> | typeof tooLarge>;
}

const nothing = Buffer.alloc(0);

/** Reads bodies of at most `limit` bytes. */
export function createBodies(limit: number, arriving: Arriving): Bodies {
  return {
    async read(incoming) {
      if (Number(incoming.headers['content-length'] ?? 0) > limit) return tooLarge;
      const sender: Sender = { giveUp: () => incoming.socket.destroy() };
      try {
        return await new Promise((resolve, reject) => {
          let bytes = nothing;
          let size = 0;
          incoming.on('data', (chunk: Buffer<ArrayBuffer>) => {
            if (size > limit || incoming.socket.destroyed) return;
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
