import { z } from 'zod';

/** What every database and client can hold. */
export const largest = 2 ** 31 - 1;

/** A timer that is to wait for more than 2^31 milliseconds goes off at once; there is room for what is added to a wait. */
const longestWaitMs = 2_000_000_000;

/** A hundred years: what is only compared with a time. */
export const oldestDays = 36_500;

/** A number as people write it, in these bounds: no other form means what it looks like to everybody, and some mean 0. */
export function number(what: 'a number' | 'a whole number', least: number, most: number) {
  const form = what === 'a number' ? /^\d+(\.\d+)?$/ : /^\d+$/;
  return z.string().transform((text, context) => {
    const value = form.test(text.trim()) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    context.addIssue({ code: 'custom', message: `must be ${what} from ${least} to ${most}` });
    return z.NEVER;
  });
}

/** How many of something. */
export const count = number('a whole number', 1, largest);

/** As many processes, or `auto`. */
export const workers = z
  .string()
  .refine((text) => /^(auto|[1-9]\d?|1\d\d|2[0-4]\d|25[0-6])$/.test(text.trim()), { error: 'must be auto, or a whole number from 1 to 256' });

/** What something costs. */
export const cost = number('a whole number', 1, 1_000_000_000_000);

/** A time that may be nothing. */
export const milliseconds = number('a whole number', 0, longestWaitMs);

/** How long something waits, or is done again: at least a millisecond, because nothing would leave no time for anything else. */
export const seconds = number('a number', 0.001, longestWaitMs / 1000);

/** Likewise, and it may be nothing. */
export const secondsOrNone = number('a number', 0, longestWaitMs / 1000);

/** How old something may be. */
export const age = number('a number', 0.001, oldestDays * 86_400);

/** Likewise in days. */
export const days = number('a number', 0.00001, oldestDays);

/** Likewise in hours. */
export const hours = number('a number', 0.0001, oldestDays * 24);

/** Of files: what a number of this language can count, and more than anybody has. */
export const bytes = number('a whole number', 1, 1_000_000_000_000_000);
