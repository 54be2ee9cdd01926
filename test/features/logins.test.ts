import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LoginDocument, type LoginInput, RegisterDocument, RegisterVisitorDocument } from '../generated/graphql.ts';
import { type Env, startApp, type TestApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { freshName, type Person, registerUser } from '../support/people.ts';
import { challengeOf, solve } from '../support/proof.ts';
import { openRawSocket } from '../support/raw-socket.ts';

/** A server with limits, behind a proxy; who registers for the test is not counted. */
async function startGuarded(rates: string, env: Env = {}, options: Parameters<typeof startApp>[1] = {}): Promise<TestApp> {
  return await startApp({ RATE_LIMITS: 'on', RATES: `register=100000/min, ${rates}`, TRUSTED_PROXIES: '127.0.0.1', ...env }, options);
}

/** A hash that takes long. */
const dear = { memoryCost: 19_456, timeCost: 20, parallelism: 1 } as const;

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

type Known = Pick<Person, 'username' | 'password'>;

const login = (app: TestApp, { username, password }: Known, address: string, input: Partial<LoginInput> = {}) =>
  app.execute(LoginDocument, { input: { username, password, ...input } }, from(address));

const wrong = { password: 'wrong' };

/** A login by somebody who solves what is asked for; gives how many proofs that took. */
async function loginWithProof(app: TestApp, who: Known, address: string): Promise<number> {
  let answer = await login(app, who, address);
  let proofs = 0;
  for (; codesOf(answer)[0] === 'RATE_LIMITED'; proofs += 1) answer = await login(app, who, address, { work: await solve(challengeOf(answer)) });
  expect(codesOf(answer)).toEqual([]);
  return proofs;
}

const home = '203.0.113.1';
const elsewhere = '203.0.113.2';

/** Wrong ones until a pause. */
async function hammer(app: TestApp, who: Known, address: (index: number) => string, most: number): Promise<void> {
  for (let count = 0; count < most; count += 1) {
    const codes = codesOf(await login(app, who, address(count), wrong));
    if (codes[0] === 'RATE_LIMITED') return;
    expect(codes).toEqual(['INVALID_CREDENTIALS']);
  }
  throw new Error('no pause');
}

describe('while a stranger guesses under a name', () => {
  it('its owner logs in at once where they have been, and elsewhere with a proof at most', async () => {
    const app = await startGuarded('wrongLogin=3/15min, wrongLoginOfName=5/h');
    const [one, other] = [await registerUser(app), await registerUser(app)];
    expect(await loginWithProof(app, one, home)).toBe(0);
    await hammer(app, one, () => '198.51.100.1', 4);
    expect(await loginWithProof(app, one, elsewhere)).toBe(0);
    // Elsewhere is home from now on; from here on the stranger comes from everywhere.
    await hammer(app, one, (index) => `198.51.100.${index + 2}`, 3);
    for (const address of [home, elsewhere]) expect(await loginWithProof(app, one, address)).toBe(0);
    expect(await loginWithProof(app, one, '203.0.113.3')).toBe(1);
    // Nobody else is concerned.
    expect(await loginWithProof(app, other, '203.0.113.3')).toBe(0);
    // Also after a start, where it is the database that remembers.
    await app.stop();
    const again = await startApp(app.env);
    expect(await loginWithProof(again, one, '203.0.113.3')).toBe(0);
  });

  it('from the same address its owner is asked for a proof, and is in', async () => {
    const app = await startGuarded('wrongLogin=3/15min');
    const one = await registerUser(app);
    expect(await loginWithProof(app, one, home)).toBe(0);
    await hammer(app, one, () => home, 4);
    expect(await loginWithProof(app, one, home)).toBe(1);
    // Still in a pause, and the next login needs a proof of its own.
    expect(await loginWithProof(app, one, home)).toBe(1);
  });

  it('from the same address with many names its neighbours log in as always, and who is new there with a proof', async () => {
    const app = await startGuarded('wrongLoginOfAddress=5/15min');
    const [neighbour, newcomer] = [await registerUser(app), await registerUser(app)];
    expect(await loginWithProof(app, neighbour, home)).toBe(0);
    for (let count = 0; count < 5; count += 1)
      expect(codesOf(await login(app, { username: freshName(), password: 'wrong' }, home))).toEqual(['INVALID_CREDENTIALS']);
    expect(await loginWithProof(app, neighbour, home)).toBe(0);
    expect(await loginWithProof(app, newcomer, home)).toBe(1);
    expect(await loginWithProof(app, newcomer, home)).toBe(0);
  });
});

describe('who guesses', () => {
  it('is counted with a proof as without, pays for each further try, and each twenty of them make it twice as dear', async () => {
    const app = await startGuarded('wrongLogin=1/15min, wrongLoginOfAddress=1000/15min, wrongLoginOfName=1000/h');
    const one = await registerUser(app);
    expect(codesOf(await login(app, one, home, wrong))).toEqual(['INVALID_CREDENTIALS']);
    const difficulties: number[] = [];
    for (let count = 0; count < 62; count += 1) {
      const challenge = challengeOf(await login(app, one, home, wrong));
      difficulties.push(JSON.parse(challenge).parameters.data.difficulty);
      expect(codesOf(await login(app, one, home, { ...wrong, work: await solve(challenge) }))).toEqual(['INVALID_CREDENTIALS']);
    }
    expect(difficulties).toEqual([...Array<number>(20).fill(1), ...Array<number>(20).fill(2), ...Array<number>(20).fill(4), 8, 8]);
    expect(await loginWithProof(app, one, home)).toBe(1);
  });

  it('cannot use a proof twice, nor for another name, nor one that was made up', async () => {
    const app = await startGuarded('wrongLogin=1/15min');
    const [one, other] = [await registerUser(app), await registerUser(app)];
    for (const each of [one, other]) expect(codesOf(await login(app, each, home, wrong))).toEqual(['INVALID_CREDENTIALS']);
    const work = await solve(challengeOf(await login(app, one, home, wrong)));
    const refused = async (who: Known, given: string) => {
      const answer = await login(app, who, home, { work: given });
      expect(answer.errors[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number), challenge: expect.any(String) });
    };
    await refused(other, work);
    for (const garbage of ['', 'x', btoa('{}'), btoa(JSON.stringify({ challenge: {}, solution: {} })), work.slice(0, -8)]) await refused(one, garbage);
    // In any case, as the name is.
    expect(codesOf(await login(app, { ...one, username: one.username.toUpperCase() }, home, { work }))).toEqual([]);
    await refused(one, work);
  });

  it('does not use a proof up where none is asked for', async () => {
    const app = await startGuarded('wrongLogin=2/15min');
    const one = await registerUser(app);
    await hammer(app, one, () => home, 3);
    const work = await solve(challengeOf(await login(app, one, home)));
    expect(codesOf(await login(app, one, elsewhere, { work }))).toEqual([]);
    expect(codesOf(await login(app, one, home, { work }))).toEqual([]);
  });

  it('has few tries from everywhere together, and none that is known to have come in pays for them', async () => {
    const app = await startGuarded('wrongLoginOfName=5/h');
    const nobody = { username: freshName(), password: 'wrong' };
    await hammer(app, nobody, (index) => `198.51.100.${index}`, 6);
    expect(codesOf(await login(app, nobody, '198.51.100.99'))).toEqual(['RATE_LIMITED']);
  });

  it('has no more tries when many come at once than one after the other, but for those being looked at', async () => {
    const app = await startGuarded('wrongLogin=3/15min', { PASSWORD_HASHES_AT_ONCE: '2' }, { passwordCost: dear });
    const one = await registerUser(app);
    // All of them are in the line before the first is through.
    const answers = await Promise.all(Array.from({ length: 30 }, () => login(app, one, home, wrong)));
    const looked = answers.flatMap(codesOf).filter((code) => code === 'INVALID_CREDENTIALS').length;
    expect(looked).toBeGreaterThanOrEqual(3);
    expect(looked).toBeLessThanOrEqual(6);
    for (const answer of answers.filter((each) => codesOf(each)[0] === 'RATE_LIMITED')) expect(challengeOf(answer)).toContain('PBKDF2');
  });
});

it('a login that nobody waits for any more is not looked at', async () => {
  // What is taken back is so before the first is through.
  const app = await startGuarded('wrongLoginOfAddress=5/15min', { PASSWORD_HASHES_AT_ONCE: '1' }, { passwordCost: dear });
  const [one, newcomer] = [await registerUser(app), await registerUser(app)];
  const socket = await openRawSocket(app.socketUrl, from(home));
  await socket.init({ token: one.token });
  const ids = Array.from({ length: 20 }, () => freshName());
  for (const id of ids)
    socket.send({ type: 'subscribe', id, payload: { query: `mutation { login(input: { username: "${id}", password: "wrong" }) { token } }` } });
  for (const id of ids) socket.send({ type: 'complete', id });
  // Behind all of them: a fifth wrong one would be a pause for it.
  socket.send({ type: 'ping' });
  await socket.until('pong');
  expect(codesOf(await login(app, newcomer, home))).toEqual([]);
});

it('500 people who come at nine behind one address are all in, also when 50 who are new there mistype three times', async () => {
  const app = await startGuarded('');
  const people: Person[] = [];
  for (let count = 0; count < 500; count += 50) people.push(...(await Promise.all(Array.from({ length: 50 }, () => registerUser(app)))));
  // Half of them were here yesterday.
  await Promise.all(people.slice(0, 250).map((person) => loginWithProof(app, person, home)));
  const mistyping = people.slice(250, 300);
  const proofs = await Promise.all(
    people.map(async (person) => {
      if (mistyping.includes(person)) for (let count = 0; count < 3; count += 1) await login(app, person, home, wrong);
      return await loginWithProof(app, person, home);
    }),
  );
  // One that becomes too easy while it is solved is solved again.
  expect(Math.max(...proofs)).toBeLessThanOrEqual(3);
  // Who was here pays nothing for the others.
  expect(proofs.slice(0, 250).filter((many) => many > 0)).toEqual([]);
}, 120_000);

describe('registering', () => {
  const register = (app: TestApp, work?: string) =>
    app.execute(RegisterDocument, { input: { username: freshName(), password: 'correct horse', ...(work === undefined ? {} : { work }) } });
  const visit = (app: TestApp, work?: string) =>
    app.execute(RegisterVisitorDocument, { input: { deviceId: randomUUID(), ...(work === undefined ? {} : { work }) } });
  const start = (proof: string) => startApp({ RATE_LIMITS: 'on', RATES: 'register=1/h+1, registerVisitor=2/h', PROOF: proof });

  it('lets ten times as many pass with a proof where PROOF is busy', async () => {
    const app = await start('busy');
    for (const act of [register, visit]) {
      for (let count = 0; count < 2; count += 1) expect(codesOf(await act(app))).toEqual([]);
      for (let count = 0; count < 20; count += 1) {
        const refused = await act(app);
        expect(refused.errors[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
        expect(codesOf(await act(app, await solve(challengeOf(refused))))).toEqual([]);
      }
      // Nor does a proof help any more.
      const last = await act(app, await solve(challengeOf(await act(app))));
      expect(last.errors[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
    }
  });

  it('takes a proof of its own kind, once', async () => {
    const app = await start('busy');
    for (const act of [register, visit]) for (let count = 0; count < 2; count += 1) await act(app);
    const work = await solve(challengeOf(await register(app)));
    expect(codesOf(await visit(app, work))).toEqual(['RATE_LIMITED']);
    expect(codesOf(await register(app, work))).toEqual([]);
    expect(codesOf(await register(app, work))).toEqual(['RATE_LIMITED']);
  });

  it('never has a challenge where PROOF is off', async () => {
    const app = await start('off');
    for (const act of [register, visit]) {
      for (let count = 0; count < 2; count += 1) expect(codesOf(await act(app, 'nonsense'))).toEqual([]);
      expect((await act(app)).errors[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
    }
  });

  it.each([
    ['visitors', [visit], [register]],
    ['all', [visit, register], []],
  ])('always asks where PROOF is %s', async (proof, asked, free) => {
    const app = await start(proof);
    for (const act of free) expect(codesOf(await act(app))).toEqual([]);
    for (const act of asked) {
      const refused = await act(app);
      expect(refused.errors[0]?.extensions).toEqual({ code: 'PROOF_REQUIRED', challenge: expect.any(String) });
      const work = await solve(challengeOf(refused));
      expect(codesOf(await act(app, work))).toEqual([]);
      expect(codesOf(await act(app, work))).toEqual(['PROOF_REQUIRED']);
    }
  });

  it('says what does not fit before it takes a proof', async () => {
    const app = await start('all');
    const input = { username: freshName(), password: 'short' };
    expect(codesOf(await app.execute(RegisterDocument, { input }))).toEqual(['BAD_USER_INPUT']);
    const work = await solve(challengeOf(await register(app)));
    expect(codesOf(await app.execute(RegisterDocument, { input: { ...input, work } }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await register(app, work))).toEqual([]);
  });
});
