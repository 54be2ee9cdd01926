import { describe, expect, it } from 'vitest';
import { makeFriends, registerUser } from '../../test/support/people.ts';
import { enter, expectNoProblems } from './support/actor.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import { startPages } from './support/pages.ts';
import { createGroupOf, sendMany } from './support/seed.ts';

/** How much of a processor each task has taken, in milliseconds: on a machine that others use the time by the clock would say nothing. */
function tasksOf(trace: Buffer): number[] {
  const { traceEvents }: { readonly traceEvents: readonly { readonly name: string; readonly tdur?: number }[] } = JSON.parse(trace.toString());
  return traceEvents.filter(({ name }) => name.endsWith('RunTask')).map(({ tdur = 0 }) => tdur / 1000);
}

describe.skipIf(!hasBrowser)('a long conversation', () => {
  it('10,000 messages are scrolled through to the first one, and no task is long', { timeout: 300_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bo' })];
    await makeFriends(annPerson, boPerson);
    const conversationId = await createGroupOf(annPerson, 'Long', [boPerson]);
    await sendMany(boPerson, conversationId, 10_000);
    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'desktop', locale: 'en', theme: 'light' });
    await ann.open(`/chats/${encodeURIComponent(conversationId)}`);
    await ann
      .message(/of many/)
      .last()
      .waitFor();
    const log = ann.page.getByRole('log', { name: ann.words.chat.messages, exact: true });
    const isAtBeginning = () => ann.page.getByText(ann.words.chat.beginning).isVisible();
    const until = Date.now() + 200_000;
    await browser.startTracing(ann.page, { categories: ['toplevel'] });
    while (!(await isAtBeginning())) {
      if (Date.now() > until) throw new Error('the beginning was never reached');
      await log.evaluate(
        (element) =>
          new Promise((resolve) => {
            element.scrollTop = Math.max(0, element.scrollTop - 2000);
            requestAnimationFrame(() => requestAnimationFrame(resolve));
          }),
      );
    }
    const tasks = tasksOf(await browser.stopTracing());
    expect(tasks.length).toBeGreaterThan(1000);
    expect(tasks.filter((ms) => ms > 100)).toEqual([]);
    expect(await log.locator('.log-row').count()).toBeLessThan(200);
    expectNoProblems(ann);
  });
});
