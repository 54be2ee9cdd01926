import { createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';
import { expect, test, vi } from 'vitest';
import { solveProof } from '../src/session/proof.ts';

test('a proof of work is made for as long as its challenge is good, on a slow telephone too', async () => {
  const secrets = { hmacSignatureSecret: 'one', hmacKeySignatureSecret: 'other' };
  const challenge = await createChallenge({ algorithm: 'PBKDF2/SHA-256', cost: 1, counter: 60, deriveKey, ...secrets });
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 20_000;
    return now;
  });
  const work = await solveProof(JSON.stringify(challenge)).finally(() => clock.mockRestore());
  expect(now).toBeGreaterThan(100_000);
  expect(await verifySolution({ ...JSON.parse(atob(work)), deriveKey, ...secrets })).toMatchObject({ verified: true });
});
