import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SendMessageDocument } from '../../test/generated/graphql.ts';
import { makeFriends, registerUser } from '../../test/support/people.ts';
import { enter, expectNoProblems } from './support/actor.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import { startPages } from './support/pages.ts';
import { createGroupOf } from './support/seed.ts';

const count = 10_000;

describe.skipIf(!hasBrowser)('a long conversation', () => {
  it('10,000 messages are scrolled through to the first one, and no task is long', { timeout: 300_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bo' })];
    await makeFriends(annPerson, boPerson);
    const conversationId = await createGroupOf(annPerson, 'Long', [boPerson]);
    let next = 0;
    const write = async () => {
      for (let number = ++next; number <= count; number = ++next)
        await boPerson.ask(SendMessageDocument, { input: { to: conversationId, clientId: randomUUID(), content: { text: `message ${number} of many` } } });
    };
    await Promise.all(Array.from({ length: 16 }, write));

    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'desktop', locale: 'en', theme: 'light' });
    await ann.open(`/chats/${encodeURIComponent(conversationId)}`);
    await ann
      .message(/of many/)
      .last()
      .waitFor();
    await ann.page.evaluate(() => {
      const longTasks: number[] = [];
      new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
      Object.assign(globalThis, { longTasks });
    });
    const log = ann.page.getByRole('log', { name: ann.words.chat.messages, exact: true });
    const isAtBeginning = () => ann.page.getByText(ann.words.chat.beginning).isVisible();
    const until = Date.now() + 200_000;
    while (!(await isAtBeginning())) {
      if (Date.now() > until) throw new Error('the beginning was never reached');
      await log.evaluate((element) => {
        element.scrollTop = Math.max(0, element.scrollTop - 6000);
      });
      await ann.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(null))));
    }
    const longTasks: number[] = await ann.page.evaluate('longTasks');
    const rows = await log.locator('.log-row').count();
    // How many elements there are says it without a clock; the clock of a machine that others use is asked for the worst.
    expect(rows).toBeLessThan(200);
    expect(longTasks.filter((ms) => ms > 100)).toEqual([]);
    expectNoProblems(ann);
  });
});
