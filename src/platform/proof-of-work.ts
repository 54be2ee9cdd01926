import { createHmac, randomInt } from 'node:crypto';
import { createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { z } from 'zod';
import type { Keys } from './keys.ts';
import type { UsedProofs } from './used-proofs.ts';

/** What a proof is for, such as `['login', name]`: it is good for nothing else. */
export type ProofPurpose = readonly [action: string, ...names: string[]];

/** Asks for proofs of work, and takes them: version 2 of ALTCHA, as its widget and its libraries solve it. */
export interface ProofsOfWork {
  /** A challenge as JSON, `difficulty` times as hard as the easiest one; good for ten minutes, on every node. */
  challenge(purpose: ProofPurpose, difficulty: number): Promise<string>;
  /**
   * Uses a proof up. False where it is none, for something else, too old or used already, and where it was too easy: less than half of `difficulty`, so
   * that nobody solves in advance what becomes harder, and whoever has just solved one need not solve another.
   */
  take(work: string, purpose: ProofPurpose, difficulty: number): Promise<boolean>;
}

/** How long it takes to solve the easiest challenge: `tries` to twice as many keys are derived, each with so many iterations of PBKDF2. */
export interface ProofCost {
  readonly iterations: number;
  readonly tries: number;
}

/** About a second of one worker in a browser. Making a challenge derives one key, checking a proof none. */
const usualCost: ProofCost = { iterations: 2000, tries: 1500 };

const goodForMs = 600_000;

/** A proof has some 700 characters. */
const longestWork = 4096;

/** As it comes from a client; what a challenge is made of here, and nothing more: it is signed whole. */
const proof = z.object({
  challenge: z.object({
    parameters: z.object({
      algorithm: z.string(),
      nonce: z.string(),
      salt: z.string(),
      cost: z.number(),
      keyLength: z.number(),
      keyPrefix: z.string(),
      keySignature: z.string(),
      expiresAt: z.number(),
      data: z.object({ difficulty: z.number() }),
    }),
    signature: z.string(),
  }),
  solution: z.object({ counter: z.number(), derivedKey: z.string() }),
});

type Proof = z.infer<typeof proof>;

/** Makes it. Only who has the server's keys can make a challenge, so that nothing of one is kept until it is solved. */
export function createProofsOfWork(keys: Keys, used: UsedProofs, { iterations, tries }: ProofCost = usualCost): ProofsOfWork {
  // What a challenge is for is part of the key with which it is signed: it says nothing of it, and nobody can ask whether two are for the same name.
  const secretsFor = (key: Buffer, purpose: ProofPurpose) => {
    const secret = (of: string) =>
      createHmac('sha256', key)
        .update(JSON.stringify([of, ...purpose]))
        .digest('base64url');
    return { hmacSignatureSecret: secret('challenge'), hmacKeySignatureSecret: secret('solution') };
  };
  const isSolved = async ({ challenge, solution }: Proof, purpose: ProofPurpose): Promise<boolean> => {
    for (const key of keys.accepted('proof')) {
      const { verified } = await verifySolution({ challenge, solution, deriveKey, ...secretsFor(key, purpose) });
      if (verified) return true;
    }
    return false;
  };
  return {
    async challenge(purpose, difficulty) {
      const least = Math.round(tries * difficulty);
      const challenge = await createChallenge({
        algorithm: 'PBKDF2/SHA-256',
        cost: iterations,
        counter: randomInt(least, 2 * least),
        deriveKey,
        data: { difficulty },
        expiresAt: new Date(Date.now() + goodForMs),
        ...secretsFor(keys.current('proof'), purpose),
      });
      return JSON.stringify(challenge);
    },
    async take(work, purpose, difficulty) {
      const given = proofOf(work);
      if (given === null || given.challenge.parameters.data.difficulty * 2 < difficulty) return false;
      return (await isSolved(given, purpose)) && (await used.take(given.challenge.parameters.nonce));
    },
  };
}

function proofOf(work: string): Proof | null {
  if (work.length > longestWork) return null;
  try {
    return proof.safeParse(JSON.parse(Buffer.from(work, 'base64').toString())).data ?? null;
  } catch {
    return null;
  }
}
