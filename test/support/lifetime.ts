import { onTestFinished, TestRunner } from 'vitest';

type Close = () => unknown;

const open: Close[] = [];

/** Closes a thing at the end of the test that made it; what is made outside a test (`beforeAll`) is closed at the end of its file. Last made, first closed. */
export function closeLater(close: Close): void {
  if (TestRunner.getCurrentTest()) onTestFinished(async () => void (await close()));
  else open.push(close);
}

/** Closes what was made outside tests. */
export async function closeAll(): Promise<void> {
  for (let close = open.pop(); close; close = open.pop()) await close();
}

/** The value of a promise, or a failure that says what did not happen within the time. */
export async function within<T>(promise: Promise<T>, ms: number, what: () => string): Promise<T> {
  // The place where the test waits, not the place where the timer fires.
  const late = new Error();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          late.message = `${what()} (within ${ms} ms)`;
          reject(late);
        }, ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
