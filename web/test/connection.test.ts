import { describe, expect, it } from 'vitest';
import { UpdateConversationDocument } from '../../test/generated/graphql.ts';
import { makeFriends, registerUser, sendText } from '../../test/support/people.ts';
import { type Actor, enter, expectNoProblems } from './support/actor.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import { startPages } from './support/pages.ts';
import { createGroupOf } from './support/seed.ts';

const textsOf = ({ page, words }: Actor) => page.getByRole('log', { name: words.chat.messages, exact: true }).locator('.text').allTextContents();

describe.skipIf(!hasBrowser)('connections of the pages', () => {
  it('what is written while cut off goes out once and in order, after a reload too, and what was missed comes', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bo' })];
    await makeFriends(annPerson, boPerson);
    const conversationId = await createGroupOf(annPerson, 'Cut off', [boPerson]);
    const chat = `/chats/${encodeURIComponent(conversationId)}`;
    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'desktop', locale: 'en', theme: 'light' });
    await ann.open(chat);
    await ann.write('before');
    await ann.message('before').getByText(ann.words.chat.sent).waitFor({ state: 'attached' });

    // Cut: it says so, and keeps what is written. Meanwhile the other one writes.
    await ann.cut();
    await ann.write('one, in the tunnel');
    await ann.write('two, in the tunnel');
    await ann.page.getByText(ann.words.shell.offline).waitFor();
    await ann.message('two, in the tunnel').getByText(ann.words.chat.waitingForNetwork).waitFor({ state: 'attached' });
    await sendText(boPerson, conversationId, 'written meanwhile');
    await ann.comeBack();
    await ann.message('written meanwhile').waitFor();
    await ann.message('two, in the tunnel').getByText(ann.words.chat.sent).waitFor({ state: 'attached' });

    // Reloaded in the middle of a send: the server gets it, but the page goes before the answer comes.
    let held = () => {};
    const isHeld = new Promise<void>((resolve) => {
      held = resolve;
    });
    await ann.page.route('**/graphql', async (route) => {
      if (!(route.request().postData() ?? '').includes('in the middle')) return await route.continue();
      await route.fetch();
      held();
      // No answer: the page is gone before.
    });
    await ann.write('in the middle');
    await isHeld;
    ann.problems.expectCut(true);
    await ann.page.unrouteAll({ behavior: 'ignoreErrors' });
    await ann.page.reload();
    await ann.message('in the middle').getByText(ann.words.chat.sent).waitFor({ state: 'attached' });
    await sendText(boPerson, conversationId, 'the end');
    await ann.message('the end').waitFor();
    const texts = await textsOf(ann);
    for (const text of ['one, in the tunnel', 'two, in the tunnel', 'in the middle']) expect(texts.filter((shown) => shown === text)).toEqual([text]);
    expect(texts.indexOf('one, in the tunnel')).toBeLessThan(texts.indexOf('two, in the tunnel'));
    expectNoProblems(ann);
  });

  it('two tabs are one person: both show what one sends, one that slept catches up, and signing out ends both', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bo' })];
    await makeFriends(annPerson, boPerson);
    const conversationId = await createGroupOf(annPerson, 'Two tabs', [boPerson]);
    const chat = `/chats/${encodeURIComponent(conversationId)}`;
    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'desktop', locale: 'zh', theme: 'dark' });
    await ann.open(chat);
    const other = await ann.tab();
    await other.goto(chat);
    const inOther = (text: string) => other.getByRole('log', { name: ann.words.chat.messages, exact: true }).getByRole('article').filter({ hasText: text });
    await ann.write('from the first tab');
    await inOther('from the first tab').waitFor();

    // The other one sleeps: frozen, as browsers do with tabs that are not looked at.
    const cdp = await ann.context.newCDPSession(other);
    await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
    for (let count = 1; count <= 3; count += 1) await sendText(boPerson, conversationId, `while it slept ${count}`);
    await ann.message('while it slept 3').waitFor();
    await cdp.send('Page.setWebLifecycleState', { state: 'active' });
    await inOther('while it slept 1').waitFor();
    await inOther('while it slept 3').waitFor();
    await ann.page.bringToFront();

    // The language and the look are kept, and the sessions are told.
    await ann.open('/settings/sessions');
    await ann.page.getByText(ann.words.settings.thisDevice).waitFor();
    await ann.open('/settings/account');
    await ann.button(ann.words.settings.signOut).click();
    await ann.page.getByRole('dialog').getByRole('button', { name: ann.words.settings.signOut, exact: true }).click();
    await ann.page.getByLabel(ann.words.entrance.username, { exact: true }).waitFor();
    await other.getByText(ann.words.entrance.reasons.SIGNED_OUT).waitFor();
    expect(await other.evaluate(() => JSON.stringify(localStorage))).not.toContain(annPerson.user.id);
    expectNoProblems(ann);
  });

  it('a list that the server cannot give is asked for once, and again when somebody wants it', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const annPerson = await registerUser(app, { nickname: 'Ann' });
    const conversationId = await createGroupOf(annPerson, 'Old things', []);
    await annPerson.ask(UpdateConversationDocument, { conversationId, isArchived: true });
    const ann = await enter(await openBrowser(), annPerson, { size: 'desktop', locale: 'en', theme: 'light' });
    const { chat } = ann.words;
    let [asked, isDown] = [0, true];
    await ann.page.route('**/graphql', async (route) => {
      if (!isDown || !(route.request().postData() ?? '').includes('"archived":true')) return await route.continue();
      asked += 1;
      await route.fulfill({ status: 503 });
    });
    ann.problems.expectCut(true);
    await ann.button(chat.archivedTitle).first().click();
    await ann.button(chat.tryAgain).waitFor();
    // Two seconds, for whatever asks again with the next picture.
    await ann.page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          let left = 120;
          const next = () => (left-- > 0 ? requestAnimationFrame(next) : resolve());
          next();
        }),
    );
    expect(asked).toBeLessThanOrEqual(2);

    isDown = false;
    await ann.button(chat.tryAgain).click();
    await ann.page.getByRole('link', { name: 'Old things' }).waitFor();
    expectNoProblems(ann);
  });
});
