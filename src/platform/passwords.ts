import { randomBytes } from 'node:crypto';
import { hash, type Options, verify } from '@node-rs/argon2';
import { createGate } from '../kernel/gate.ts';
import { formsOf } from '../kernel/passwords.ts';

/** Hashes and checks passwords, a bounded number at once; throws `UNAVAILABLE` at once where a thousand wait already. */
export interface Passwords {
  /** An argon2id hash of the password's NFKC form, in the PHC string format, with a salt of its own. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password fits the hash, in one of its forms. Without a hash it does the same work and gives false, so that time does not tell who
   * exists. `onTurn` is asked when it is its turn: where that throws, nothing is hashed.
   */
  verifyOrPretend(hash: string | null, password: string, onTurn?: () => Promise<void>): Promise<boolean>;
}

/** What one hash costs: `memoryCost` in KiB, `timeCost` in passes. */
export type PasswordCost = Required<Pick<Options, 'memoryCost' | 'timeCost' | 'parallelism'>>;

/** argon2id (the library's default kind) with 19 MiB, two passes, one lane: OWASP's Password Storage Cheat Sheet. */
const recommended: PasswordCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

const longestLine = 1000;

/** Passwords, with `atOnce` hashes running at the same moment: each takes 19 MiB and one of Node's few worker threads. */
export function createPasswords(atOnce: number, cost: PasswordCost = recommended): Passwords {
  const gate = createGate(atOnce, longestLine);
  let pretended: Promise<string> | undefined;
  // Made before its turn in the line, so that the first unknown name does not wait twice as long as a known one.
  const pretend = () => {
    pretended ??= hash(randomBytes(16), cost);
    return pretended;
  };
  pretend().catch(() => {
    pretended = undefined;
  });
  return {
    hash: (password) => gate.run(() => hash(formsOf(password)[0] ?? '', cost)),
    async verifyOrPretend(known, password, onTurn) {
      const against = known ?? (await pretend());
      const fits = await gate.run(async () => {
        await onTurn?.();
        let one = false;
        // All of them, whichever fits: the first tells no more by its time than the last.
        for (const form of formsOf(password)) one = (await verify(against, form)) || one;
        return one;
      });
      return known !== null && fits;
    },
  };
}
