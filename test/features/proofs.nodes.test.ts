import { expect, it } from 'vitest';
import { LoginDocument, RegisterDocument } from '../generated/graphql.ts';
import { startNodes, type TestApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { freshName, registerUser } from '../support/people.ts';
import { challengeOf, solve } from '../support/proof.ts';

it('a proof that one node asked for is taken by any node, and by all of them once', async () => {
  const nodes = await startNodes(3, { RATE_LIMITS: 'on', RATES: 'wrongLogin=1/15min', PROOF: 'all' });
  const [first, second, third] = nodes;
  if (!first || !second || !third) throw new Error('three nodes are wanted');
  const register = (app: TestApp, work = '') => app.execute(RegisterDocument, { input: { username: freshName(), password: 'correct horse', work } });
  const work = await solve(challengeOf(await register(first)));
  const codes = (await Promise.all([second, third, second].map((node) => register(node, work)))).flatMap(codesOf);
  expect(codes).toEqual(['PROOF_REQUIRED', 'PROOF_REQUIRED']);
  expect(codesOf(await register(first, work))).toEqual(['PROOF_REQUIRED']);
});

it('wrong logins at one node ask for a proof at another one, where it is taken', async () => {
  const nodes = await startNodes(2, { RATE_LIMITS: 'on', RATES: 'wrongLogin=1/15min' });
  const [first, second] = nodes;
  if (!first || !second) throw new Error('two nodes are wanted');
  const one = await registerUser(first);
  const login = (app: TestApp, password: string, work = '') => app.execute(LoginDocument, { input: { username: one.username, password, work } });
  expect(codesOf(await login(first, 'wrong'))).toEqual(['INVALID_CREDENTIALS']);
  const work = await solve(challengeOf(await login(second, one.password)));
  expect(codesOf(await login(first, one.password, work))).toEqual([]);
  expect(codesOf(await login(second, one.password, work))).toEqual(['RATE_LIMITED']);
});
