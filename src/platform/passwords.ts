import { randomBytes } from 'node:crypto';
import { AppError } from '../kernel/errors.ts';
import { createNestedGate, type Place } from '../kernel/nested-gate.ts';
import { formsOf } from '../kernel/passwords.ts';
import { createHashThreads, type PasswordCost } from './hash-threads.ts';

/** For whom a password is hashed: addresses take turns, and at an address those who are known there. */
export interface Hashing extends Place {
  /** False where nobody waits for the answer any more: then it is not done, and throws `UNAVAILABLE`. */
  readonly isAwaited: () => boolean;
  /** Asked when it is its turn: where that throws, nothing is hashed. */
  readonly onTurn?: () => Promise<void>;
}

/** Hashes and checks passwords, a bounded number at once; throws `UNAVAILABLE` at once where too many wait already, at one address or in all. */
export interface Passwords {
  /** An argon2id hash of the password's NFKC form, in the PHC string format, with a salt of its own. */
  hash(password: string, hashing: Hashing): Promise<string>;
  /** Whether the password fits the hash, in one of its forms. Without a hash it does the same work and gives false, so that time does not tell who exists. */
  verifyOrPretend(hash: string | null, password: string, hashing: Hashing): Promise<boolean>;
  /** How many wait for their turn. */
  readonly waiting: () => number;
}

/** argon2id (the library's default kind) with 19 MiB, two passes, one lane: OWASP's Password Storage Cheat Sheet. */
const recommended: PasswordCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** A school may come at once behind one address. */
const longestLines = { mostInLine: 500, most: 5000 } as const;

/** For all servers of this process: a thread costs more to begin than a hash. */
const threads = createHashThreads();

/** Passwords, with `atOnce` hashes running at the same moment: each takes 19 MiB and a thread. */
export function createPasswords(atOnce: number, cost: PasswordCost = recommended): Passwords {
  const gate = createNestedGate({ atOnce, ...longestLines });
  let pretended: Promise<string> | undefined;
  // Made before its turn in the line, so that the first unknown name does not wait twice as long as a known one.
  const pretend = () => {
    pretended ??= threads.hash(randomBytes(16), cost);
    return pretended;
  };
  pretend().catch(() => {
    pretended = undefined;
  });
  const inTurn = <T>({ isAwaited, onTurn, ...place }: Hashing, work: () => Promise<T>): Promise<T> =>
    gate.run(async () => {
      if (!isAwaited()) throw new AppError('UNAVAILABLE');
      await onTurn?.();
      return await work();
    }, place);
  return {
    hash: (password, hashing) => inTurn(hashing, () => threads.hash(formsOf(password)[0] ?? '', cost)),
    async verifyOrPretend(known, password, hashing) {
      const against = known ?? (await pretend());
      const fits = await inTurn(hashing, async () => {
        let one = false;
        // All of them, whichever fits: the first tells no more by its time than the last.
        for (const form of formsOf(password)) one = (await threads.verify(against, form)) || one;
        return one;
      });
      return known !== null && fits;
    },
    waiting: () => gate.waiting,
  };
}
