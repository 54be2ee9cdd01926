import type { Duplex } from 'node:stream';

/** Why a reader is ended: it took nothing for too long, or more waits on this node than may and it is the slowest. */
export type Ending = 'STALLED' | 'CROWDED';

/** Somebody for whom more was written than the network has taken. */
export interface SlowReader {
  /** For how long it may take nothing, in milliseconds. */
  readonly stallMs: number;
  /** Bytes that this process keeps for it; 0 when it has taken all, or is gone. */
  kept(): number;
  /** Bytes that the network has ever taken for it: see `bytesTaken`. */
  taken(): number;
  /** Ends its connection: CROWDED means at once, because what is kept must go. */
  end(why: Ending): void;
}

/** What was written on this node, through both doors, and waits to be read. */
export interface Unread {
  /** To be told of each write of which not all was taken at once. */
  behind(reader: SlowReader): void;
  /** Looks for readers who stall, `lookMs` apart. */
  start(): void;
  stop(): void;
}

/** What the account stands on. */
export interface UnreadOptions {
  /** How many bytes may wait for all readers together. */
  readonly bytes: number;
  /** At most the shortest `stallMs` of a reader, and several times shorter. */
  readonly lookMs: number;
  /** Told of each reader who is ended, with the bytes that were kept for it. */
  readonly onEnding: (why: Ending, bytes: number) => void;
}

interface Account {
  kept: number;
  readonly began: number;
  readonly takenBefore: number;
  taken: number;
  takenAt: number;
}

/** Everybody counts as having taken that much, so that whoever has only just begun is not the slowest of all. */
const credit = 65_536;

/**
 * Makes the account. It costs nothing for whoever takes what is written at once. The sum is one that can only be too high, because nobody is
 * told of bytes that leave: when it is above the limit, all are asked, and the slowest end until a part of the limit is free again, so that
 * not every further write asks all of them.
 */
export function createUnread({ bytes: limit, lookMs, onEnding }: UnreadOptions): Unread {
  const accounts = new Map<SlowReader, Account>();
  let sum = 0;
  let timer: NodeJS.Timeout | undefined;

  const update = (reader: SlowReader, account: Account, now: number): boolean => {
    const kept = reader.kept();
    sum += kept - account.kept;
    account.kept = kept;
    if (kept === 0) {
      accounts.delete(reader);
      return false;
    }
    const taken = reader.taken();
    if (taken !== account.taken) {
      account.taken = taken;
      account.takenAt = now;
    }
    return true;
  };

  const end = (reader: SlowReader, account: Account, why: Ending) => {
    onEnding(why, account.kept);
    sum -= account.kept;
    accounts.delete(reader);
    reader.end(why);
  };

  const makeRoom = () => {
    const now = performance.now();
    for (const [reader, account] of accounts) update(reader, account, now);
    const most = limit - limit / 64;
    if (sum <= most) return;
    const slowestFirst = [...accounts].map(([reader, account]) => ({ reader, account, left: timeLeft(account, now) }));
    slowestFirst.sort((a, b) => b.left - a.left);
    for (const { reader, account } of slowestFirst) {
      if (sum <= most) return;
      end(reader, account, 'CROWDED');
    }
  };

  return {
    behind(reader) {
      let account = accounts.get(reader);
      if (!account) {
        const now = performance.now();
        const taken = reader.taken();
        account = { kept: 0, began: now, takenBefore: taken, taken, takenAt: now };
        accounts.set(reader, account);
      }
      const kept = reader.kept();
      sum += kept - account.kept;
      account.kept = kept;
      if (sum > limit) makeRoom();
    },
    start() {
      timer ??= setInterval(() => {
        const now = performance.now();
        for (const [reader, account] of accounts) if (update(reader, account, now) && now - account.takenAt >= reader.stallMs) end(reader, account, 'STALLED');
      }, lookMs).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** How long a reader needs for what is kept, as fast as it was so far. */
function timeLeft({ kept, began, takenBefore, taken }: Account, now: number): number {
  return (kept * (now - began + 1)) / (taken - takenBefore + credit);
}

/**
 * The bytes of a connection that the network has taken. Node counts a write as a whole until its last byte is gone, which can be all that waits;
 * the handle below counts each byte, so that a slow reader is told from one that takes nothing.
 */
export function bytesTaken(carrier: Duplex): number {
  const handle: unknown = Reflect.get(carrier, '_handle');
  if (typeof handle === 'object' && handle !== null && 'bytesWritten' in handle && 'writeQueueSize' in handle)
    return Number(handle.bytesWritten) - Number(handle.writeQueueSize);
  return 'bytesWritten' in carrier ? Number(carrier.bytesWritten) - carrier.writableLength : 0;
}
