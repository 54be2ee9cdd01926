import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { createKeys } from '../../src/platform/keys.ts';
import { createProofsOfWork, type ProofCost } from '../../src/platform/proof-of-work.ts';
import { createMemoryUsedProofs } from '../../src/platform/used-proofs.memory.ts';
import { closeLater } from '../support/lifetime.ts';
import { solve } from '../support/proof.ts';

const cheap: ProofCost = { iterations: 1, tries: 10 };
const secret = randomBytes(32).toString('hex');

function start(cost: ProofCost = cheap, keys = createKeys(secret)) {
  return createProofsOfWork(keys, createMemoryUsedProofs(), cost);
}

const ofAnn = ['login', 'ann'] as const;

/** A proof with some of its parts in the place of those that it had; undefined takes one out. */
function changed(work: string, { parameters = {}, ...others }: { parameters?: object; signature?: string; solution?: object }): string {
  const { challenge, solution } = JSON.parse(atob(work));
  const { signature = challenge.signature } = others;
  const parts = { challenge: { parameters: { ...challenge.parameters, ...parameters }, signature }, solution: { ...solution, ...others.solution } };
  return btoa(JSON.stringify({ more: 1, ...parts }));
}

describe('a proof of work', () => {
  it('is taken once', async () => {
    const proofs = start();
    const work = await solve(await proofs.challenge(ofAnn, 1));
    expect(await proofs.take(work, ofAnn, 1)).toBe(true);
    expect(await proofs.take(work, ofAnn, 1)).toBe(false);
    // The same challenge in another spelling.
    expect(await proofs.take(changed(work, { solution: { time: 7 } }), ofAnn, 1)).toBe(false);
  });

  it('is taken by one of many who come with it at once', async () => {
    const proofs = start();
    const work = await solve(await proofs.challenge(ofAnn, 1));
    const taken = await Promise.all(Array.from({ length: 10 }, () => proofs.take(work, ofAnn, 1)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('is good for what it was asked for and for nothing else, and says nothing of it', async () => {
    const proofs = start();
    const challenge = await proofs.challenge(ofAnn, 1);
    expect(challenge).not.toMatch(/ann|login/);
    const work = await solve(challenge);
    for (const other of [['login', 'bob'], ['login'], ['register'], ['registerVisitor'], ['ann', 'login'], ['login', 'ann', '']] as const)
      expect(await proofs.take(work, other, 1), other.join()).toBe(false);
    expect(await proofs.take(work, ofAnn, 1)).toBe(true);
  });

  it('is good on every server with the same secret, also while it changes, and on no other', async () => {
    const challenge = await start().challenge(ofAnn, 1);
    const work = await solve(challenge);
    expect(await start(cheap, createKeys(randomBytes(32).toString('hex'))).take(work, ofAnn, 1)).toBe(false);
    expect(await start().take(work, ofAnn, 1)).toBe(true);
    expect(await start(cheap, createKeys(randomBytes(32).toString('hex'), secret)).take(work, ofAnn, 1)).toBe(true);
  });

  it('is good for ten minutes', async () => {
    const proofs = start();
    const [one, other] = [await solve(await proofs.challenge(ofAnn, 1)), await solve(await proofs.challenge(ofAnn, 1))];
    vi.useFakeTimers({ toFake: ['Date'] });
    closeLater(() => vi.useRealTimers());
    vi.setSystemTime(Date.now() + 595_000);
    expect(await proofs.take(one, ofAnn, 1)).toBe(true);
    vi.setSystemTime(Date.now() + 10_000);
    expect(await proofs.take(other, ofAnn, 1)).toBe(false);
  });

  it('has to be as hard as is asked for by now, or half as hard', async () => {
    const proofs = start();
    const ofDifficulty = async (difficulty: number) => await solve(await proofs.challenge(ofAnn, difficulty));
    expect(await proofs.take(await ofDifficulty(1), ofAnn, 4)).toBe(false);
    expect(await proofs.take(await ofDifficulty(2), ofAnn, 4)).toBe(true);
    expect(await proofs.take(await ofDifficulty(8), ofAnn, 4)).toBe(true);
  });

  it('cannot be forged', async () => {
    const proofs = start();
    const work = await solve(await proofs.challenge(ofAnn, 1));
    const forged: readonly (readonly [string, string])[] = [
      ['for later', changed(work, { parameters: { expiresAt: 2_000_000_000 } })],
      ['without an end', changed(work, { parameters: { expiresAt: undefined } })],
      ['harder than it was', changed(work, { parameters: { data: { difficulty: 30 } } })],
      ['without its key', changed(work, { parameters: { keySignature: undefined } })],
      ['with another nonce', changed(work, { parameters: { nonce: '00'.repeat(16) } })],
      ['unsigned', changed(work, { signature: '' })],
      ['with another solution', changed(work, { solution: { derivedKey: '00'.repeat(32) } })],
      ['without one', changed(work, { solution: { derivedKey: '' } })],
    ];
    for (const [how, each] of forged) expect(await proofs.take(each, ofAnn, 1), how).toBe(false);
    expect(await proofs.take(work, ofAnn, 1)).toBe(true);
  });

  it.each(['', 'x', '{}', btoa('{}'), btoa('null'), btoa('[]'), btoa('"text"'), btoa('{"challenge":{},"solution":{}}'), '\u0000', '%'])(
    'is none that reads %j',
    async (work) => {
      expect(await start().take(work, ofAnn, 1)).toBe(false);
    },
  );

  it('is none that is much longer than one', async () => {
    const proofs = start();
    const work = await solve(await proofs.challenge(ofAnn, 1));
    expect(await proofs.take(work + ' '.repeat(5000), ofAnn, 1)).toBe(false);
    expect(await proofs.take(work, ofAnn, 1)).toBe(true);
  });

  it('takes as many tries as it should, and more where it is harder', async () => {
    const countedBy = async (proofs: ReturnType<typeof start>, difficulty: number) => {
      const work = await solve(await proofs.challenge(ofAnn, difficulty));
      expect(await proofs.take(work, ofAnn, difficulty)).toBe(true);
      const { challenge, solution } = JSON.parse(atob(work));
      return { algorithm: challenge.parameters.algorithm, iterations: challenge.parameters.cost, tries: solution.counter };
    };
    const usual = await countedBy(createProofsOfWork(createKeys(secret), createMemoryUsedProofs()), 1);
    expect(usual).toMatchObject({ algorithm: 'PBKDF2/SHA-256', iterations: 2000 });
    expect(usual.tries).toBeGreaterThanOrEqual(1500);
    expect(usual.tries).toBeLessThan(3000);
    for (const difficulty of [1, 2, 30]) {
      const { tries } = await countedBy(start(), difficulty);
      expect(tries).toBeGreaterThanOrEqual(10 * difficulty);
      expect(tries).toBeLessThan(20 * difficulty);
    }
  });
});
