import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Where a process says things: its standard output. The reader may be slow, gone, or out of room on its disk: writing never throws, never waits
 * for a reader, and never ends the process. What cannot be said is left out.
 */
export interface Output {
  write(text: string): void;
  /** Resolves when everything is handed over, when nobody will ever take it, or when the time is over. */
  flushed(ms: number): Promise<void>;
}

/** How many bytes may wait for a slow reader. */
const mostWaiting = 1_048_576;

/** Wraps standard output. `onLost` is told, when there is room again, how many writes were left out. */
export function createOutput(stream: Socket | { readonly fd: number }, onLost: (count: number) => void): Output {
  return stream instanceof Socket ? createStreamOutput(stream, onLost) : createFileOutput(stream.fd, onLost);
}

/** A file takes everything at once, or has no room; later it may have some again. */
function createFileOutput(fd: number, onLost: (count: number) => void): Output {
  let lost = 0;
  // A line of which only the beginning found room must not run into the next one.
  let torn = false;
  const put = (text: string) => {
    const bytes = Buffer.from(torn ? `\n${text}` : text);
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(fd, bytes, done);
      torn = false;
      return true;
    } catch {
      torn = torn || done > 0;
      return false;
    }
  };
  return {
    write(text) {
      if (!put(text)) {
        lost += 1;
      } else if (lost > 0) {
        const count = lost;
        lost = 0;
        onLost(count);
      }
    },
    flushed: async () => {},
  };
}

/** A pipe, a socket or a terminal: Node keeps what the reader has not taken yet. */
function createStreamOutput(stream: Socket, onLost: (count: number) => void): Output {
  let gone = false;
  let lost = 0;
  stream.on('error', () => {
    gone = true;
  });
  stream.on('drain', () => {
    const count = lost;
    lost = 0;
    if (count > 0) onLost(count);
  });
  return {
    write(text) {
      if (gone || stream.destroyed) return;
      if (stream.writableLength > mostWaiting) lost += 1;
      else stream.write(text);
    },
    async flushed(ms) {
      for (const until = performance.now() + ms; !gone && stream.writableLength > 0 && performance.now() < until; ) await sleep(10);
    },
  };
}
