import type { WebSocket } from 'ws';

/** Somebody of whom a request or a message has come in part. */
export interface Sender {
  /** Ends its connection. */
  giveUp(): void;
}

/** What has come of requests and messages that are not there as a whole yet, through both doors of a node. */
export interface Arriving {
  /** To be told how many bytes are kept of what comes from somebody: 0 when it is there as a whole, or will never be. */
  keeps(sender: Sender, bytes: number): void;
}

/** Makes the account. Where it comes to more than `most` bytes, those end who have been sending for longest: many who send slowly cannot fill the memory. */
export function createArriving(most: number): Arriving {
  /** In the order in which they began. */
  const senders = new Map<Sender, number>();
  let sum = 0;
  return {
    keeps(sender, bytes) {
      const before = senders.get(sender) ?? 0;
      if (bytes === before) return;
      sum += bytes - before;
      if (bytes === 0) senders.delete(sender);
      else senders.set(sender, bytes);
      if (sum <= most) return;
      for (const [oldest, kept] of senders) {
        if (sum <= most) return;
        senders.delete(oldest);
        sum -= kept;
        oldest.giveUp();
      }
    },
  };
}

/**
 * Has a WebSocket of ws leave alone what it has read beyond the frame that it is just handing over, which may be thousands of small ones. Without its
 * receiver as we know it they are handed over, too.
 */
export function stopReceiving(socket: WebSocket): void {
  const receiver: unknown = Reflect.get(socket, '_receiver');
  if (typeof receiver === 'object' && receiver !== null && '_loop' in receiver) receiver._loop = false;
}

/** What a piece takes beside its bytes, about: many a message comes in pieces of one byte. */
const bytesOfPiece = 200;

/**
 * What a WebSocket of ws keeps of a message that is not there as a whole yet. Its receiver is not part of its public interface: 0 where it is not
 * as we know it, and then only the limit of each frame holds.
 */
export function bytesArriving(socket: WebSocket): number {
  const receiver: unknown = Reflect.get(socket, '_receiver');
  if (typeof receiver !== 'object' || receiver === null) return 0;
  const [unread, fragments]: unknown[] = [Reflect.get(receiver, '_buffers'), Reflect.get(receiver, '_fragments')];
  if (!Array.isArray(unread) || !Array.isArray(fragments)) return 0;
  const pieces = unread.length + fragments.length;
  if (pieces === 0) return 0;
  return Number(Reflect.get(receiver, '_bufferedBytes')) + Number(Reflect.get(receiver, '_messageLength')) + pieces * bytesOfPiece;
}
