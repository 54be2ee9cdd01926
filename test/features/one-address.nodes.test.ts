import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openPage } from '../clients/page.ts';
import { createData, startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { type Person, registerVisitor } from '../support/people.ts';

// By hand with more: PARLEY_CROWD=3000 is the whole story, with the limits as they are.
const count = Number(process.env.PARLEY_CROWD ?? 300);
const scaled = (limit: number) => Math.ceil((limit * count) / 3000);

it(`${count} clients behind one address come back after a restart with tokens that have ended: all get in, and none is sent away for good`, {
  timeout: 120_000 + count * 100,
}, async () => {
  const data = await createData();
  const before = await startApp({ ...data, TOKEN_TTL_SECONDS: '2' });
  const people: Person[] = [];
  while (people.length < count) people.push(...(await Promise.all(Array.from({ length: Math.min(20, count - people.length) }, () => registerVisitor(before)))));
  await sleep(2000);
  await before.stop();

  const after = await startApp({
    ...data,
    RATE_LIMITS: 'on',
    RATES: `socketOfAddress=${scaled(1000)}/min, refreshOfAddress=${scaled(1200)}/min`,
    SOCKETS_PER_ADDRESS: `${scaled(5000)}`,
    // Less than its default, 300 for 3,000: so that on a fast machine, too, some are turned away.
    SOCKETS_WITHOUT_SESSION: `${scaled(50)}`,
  });
  const ends: unknown[] = [];
  const pages = people.map((person) => {
    const page = openPage(person.at(after));
    page.follow().catch((error: unknown) => ends.push(error));
    return page;
  });
  const areIn = () => pages.filter(({ events }) => events.all().some(({ __typename }) => __typename === 'CaughtUp')).length;
  const began = performance.now();
  await expect.poll(areIn, { timeout: 100_000 + count * 100, interval: 100 }).toBe(count);
  if (process.env.PARLEY_CROWD) console.log(JSON.stringify({ count, allInMs: Math.round(performance.now() - began) }));
  expect(ends).toEqual([]);
  const closes = pages.map(({ closed }) => closed.all());
  // Each came with the old token and was told so; some were turned away before, because so many came at once.
  expect(closes.filter((codes) => !codes.includes(4403))).toEqual([]);
  expect(closes.flat().filter((code) => code === 1006).length).toBeGreaterThan(0);
  expect(new Set(closes.flat())).toEqual(new Set([4403, 1006]));
  const tokens = pages.map((page) => page.token());
  expect(tokens.filter((token, index) => token === '' || token === present(people[index]).token)).toEqual([]);
});
