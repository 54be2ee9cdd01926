import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';
import type { Challenge } from 'altcha-lib/types';
import type { Answer } from './client.ts';
import { present } from './client.ts';

/** The challenge of an answer that was refused for want of a proof. */
export function challengeOf(answer: Answer<unknown>): string {
  const challenge = answer.errors[0]?.extensions?.challenge;
  if (typeof challenge !== 'string') throw new Error(`no challenge in ${JSON.stringify(answer.errors)}`);
  return challenge;
}

/** Solves a challenge as clients do, with nothing but altcha-lib. */
export async function solve(challenge: string): Promise<string> {
  const given: Challenge = JSON.parse(challenge);
  const solution = present(await solveChallenge({ challenge: given, deriveKey }), 'the solution');
  return btoa(JSON.stringify({ challenge: given, solution }));
}
