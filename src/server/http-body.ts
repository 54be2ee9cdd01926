import type { IncomingMessage } from 'node:http';

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

interface Coming {
  readonly incoming: IncomingMessage;
  size: number;
}

/**
 * Reads bodies of at most `limit` bytes. Where more than `together` bytes have come of bodies that are not there as a whole yet, the connection
 * of the one that takes longest ends: many who send slowly cannot fill the memory.
 */
export function createBodies(limit: number, together: number): Bodies {
  const coming = new Set<Coming>();
  let sum = 0;

  const forget = (one: Coming) => {
    if (coming.delete(one)) sum -= one.size;
  };

  const makeRoom = () => {
    for (const oldest of coming) {
      if (sum <= together) return;
      forget(oldest);
      oldest.incoming.socket.destroy();
    }
  };

  return {
    async read(incoming) {
      if (Number(incoming.headers['content-length'] ?? 0) > limit) return tooLarge;
      const one: Coming = { incoming, size: 0 };
      coming.add(one);
      try {
        return await new Promise((resolve, reject) => {
          let bytes = nothing;
          incoming.on('data', (chunk: Buffer<ArrayBuffer>) => {
            if (!coming.has(one)) return;
            const { size } = one;
            one.size += chunk.length;
            sum += chunk.length;
            if (one.size > limit) {
              incoming.pause();
              resolve(tooLarge);
            } else {
              bytes = appended(bytes, size, chunk);
              makeRoom();
            }
          });
          let ended = false;
          incoming.on('end', () => {
            ended = true;
            resolve(bytes.subarray(0, one.size));
          });
          incoming.on('error', () => reject(new Aborted()));
          incoming.on('close', () => {
            if (!ended) reject(new Aborted());
          });
        });
      } finally {
        forget(one);
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
