import { expect, it } from 'vitest';
import { startAttack } from '../../bench/fairness/attack.ts';
import { everything } from '../../bench/fairness/attacks.ts';
import { comeHome, type Household, logIn } from '../../bench/fairness/ordinary.ts';
import { readConfig } from '../../src/config.ts';
import { entities } from '../../src/entities.ts';
import { createDatabase } from '../../src/platform/database.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { closeLater } from '../support/lifetime.ts';
import { type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

// The short form of `npm run bench -- fairness`, which has the numbers: here nobody is measured, and nobody may be kept out.

const attacker = '127.0.0.2';

/** Two who have written to each other. */
async function pair(app: TestApp): Promise<{ readonly people: readonly [Person, Person]; readonly room: string }> {
  const [one, other] = await registerTwo(app);
  const { conversation } = await sendText(one, other.user.id, 'hello');
  await sendText(other, conversation.id, 'hello');
  return { people: [one, other], room: conversation.id };
}

async function household(app: TestApp, from: string): Promise<Household> {
  const { people, room } = await pair(app);
  const guestOf = ({ token, user: { id, uuid } }: Person) => ({ id: 0, uuid, globalId: id, token });
  const [one, other] = people;
  const { username, password } = await registerUser(app);
  const home = { from, pairs: [{ people: [guestOf(one), guestOf(other)] as const, room: { id: 0, globalId: room } }], names: [username], password };
  // They have been there before.
  expect(await logIn(Number(new URL(app.url).port), home, username)).toBe(null);
  return home;
}

async function countRows(app: TestApp) {
  const config = readConfig(app.env);
  const database = await createDatabase({ ...config.database, dataDir: config.dataDir }, entities);
  closeLater(() => database.close());
  const count = async (table: 'User' | 'Session' | 'Message') => {
    const [found] = await database.read(({ db }) =>
      db
        .selectFrom(table)
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .execute(),
    );
    return Number(found?.count ?? 0);
  };
  return async () => ({ users: await count('User'), sessions: await count('Session'), messages: await count('Message') });
}

it('whatever one address does at full speed, everybody logs in, sends and receives meanwhile, behind the same address too', { timeout: 120_000 }, async () => {
  const app = await startApp({ RATE_LIMITS: 'on', LOG_LEVEL: 'warn' });
  const port = Number(new URL(app.url).port);
  const homes = [await household(app, attacker), await household(app, '127.0.0.1')];
  const { people, room } = await pair(app);
  const accounts = people.map(({ username, password, token }) => ({ username, password, token, room, cursor: 'no cursor' }));
  const rows = await countRows(app);
  const before = await rows();
  const atHome = await Promise.all(homes.map((home) => comeHome(port, home)));

  const attack = startAttack({ port, from: attacker, kind: everything, connections: 20, accounts });
  const met = await Promise.all(atHome.map((home) => home.live(2500)));
  const outcomes = await attack.end();

  for (const { times, faults } of met) {
    expect([...faults]).toEqual([]);
    for (const what of ['login', 'send', 'receipt', 'page'] as const) expect(times[what].length).toBeGreaterThan(0);
  }
  expect(outcomes.RATE_LIMITED).toBeGreaterThan(0);
  // One more may have been at its hash when the last one was counted.
  expect(outcomes.INVALID_CREDENTIALS).toBeLessThanOrEqual(101);
  // What an address and two people may make in so short a time: register 25 + 1, visitors 40 + 10; sends 30 + 5 a second each, for some seconds.
  const after = await rows();
  const sent = met.reduce((sum, { times }) => sum + times.send.length, 0);
  expect(after.users - before.users).toBeLessThanOrEqual(26 + 50);
  // Of the two people whose password it has at most 50 live sessions each and 200 that have ended, of each newcomer one; and one for each login at home.
  const loggedIn = met.reduce((sum, { times }) => sum + times.login.length, 0);
  expect(after.sessions - before.sessions).toBeLessThanOrEqual(2 * (50 + 200) + 26 + 50 + loggedIn);
  expect(after.messages - before.messages).toBeLessThanOrEqual(sent + 2 * (30 + 5 * 30));
  for (const home of atHome) home.close();
  expect((await fetch(new URL('/healthz', app.url))).status).toBe(200);
});
