import { describe, expect, it } from 'vitest';
import { startApp } from '../../test/support/app.ts';
import { openBalancer } from '../../test/support/balancer.ts';
import { makeFriends, registerUser, sendText } from '../../test/support/people.ts';
import { freePort } from '../../test/support/private-services.ts';
import { startProcess } from '../../test/support/process.ts';
import { enter, expectNoProblems } from './support/actor.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import { pagesOf } from './support/pages.ts';
import { createGroupOf } from './support/seed.ts';

describe.skipIf(!hasBrowser)('pages on several nodes', () => {
  it('the node of a page is killed: the page goes on at another one, and nothing is lost or there twice', { timeout: 240_000 }, async () => {
    const near = await startApp({ PAGES: 'on' });
    const doomedPort = await freePort();
    const doomed = await startProcess(doomedPort, near.env);
    await Promise.all([pagesOf(near.app.url), pagesOf(doomed.url)]);
    // Everything goes to the one that will be killed, as long as it is there.
    const balancer = await openBalancer([doomedPort, Number(new URL(near.url).port)], 'order');
    const [annPerson, boPerson] = [await registerUser(near, { nickname: 'Ann' }), await registerUser(near, { nickname: 'Bo' })];
    await makeFriends(annPerson, boPerson);
    const conversationId = await createGroupOf(annPerson, 'Two nodes', [boPerson]);
    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'desktop', locale: 'en', theme: 'light' }, balancer.url);
    await ann.open(`/chats/${encodeURIComponent(conversationId)}`);
    await ann.write('through the first node');
    await ann.message('through the first node').getByText(ann.words.chat.sent).waitFor({ state: 'attached' });

    ann.problems.expectCut(true);
    doomed.kill('SIGKILL');
    await ann.write('while nobody is there');
    await sendText(boPerson, conversationId, 'through the other node');
    await ann.message('through the other node').waitFor();
    await ann.message('while nobody is there').getByText(ann.words.chat.sent).waitFor({ state: 'attached' });
    const texts = await ann.page.getByRole('log', { name: ann.words.chat.messages, exact: true }).locator('.text').allTextContents();
    expect([...texts].sort()).toEqual(['through the first node', 'through the other node', 'while nobody is there']);
    expectNoProblems(ann);
  });
});
