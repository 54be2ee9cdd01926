import { expect, test } from 'vitest';
import { startNodes } from '../support/app.ts';
import { openBalancer } from '../support/balancer.ts';
import { present } from '../support/client.ts';
import { registerUser } from '../support/people.ts';
import { openPage } from './page.ts';

test('pages of a node that stops are live at another one within a second', async () => {
  const nodes = await startNodes(2);
  const balancer = await openBalancer(
    nodes.map(({ url }) => Number(new URL(url).port)),
    'order',
  );
  const [leaving, staying] = [present(nodes[0]), present(nodes[1])];
  const pages = await Promise.all(
    Array.from({ length: 9 }, async () => {
      const page = openPage(await registerUser(staying), { at: balancer.url });
      await page.start();
      page.follow().catch(() => {});
      await page.events.next();
      return page;
    }),
  );
  const took = Promise.all(
    pages.map(async (page) => {
      expect(await page.closed.next()).toBe(1001);
      const began = performance.now();
      expect((await page.events.next()).__typename).toBe('CaughtUp');
      return performance.now() - began;
    }),
  );
  await leaving.stop();
  const times = (await took).sort((a, b) => a - b);
  // The one in the middle: a busy machine may hold one of them up.
  expect(times[4]).toBeLessThan(1000);
});
