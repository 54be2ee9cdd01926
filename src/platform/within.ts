import { AppError } from '../kernel/errors.ts';

/** What the work gives, where it does so in time; else `onLate` is told, and `UNAVAILABLE` is thrown. */
export async function within<T>(work: Promise<T>, ms: number, onLate: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          // The answer may have come while this process was busy, or stopped, and only waits to be read.
          setImmediate(() => {
            if (over) return;
            onLate();
            reject(new AppError('UNAVAILABLE'));
          });
        }, ms);
      }),
    ]);
  } finally {
    over = true;
    clearTimeout(timer);
  }
}
