import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SendMessageDocument } from '../../test/generated/graphql.ts';
import { makeFriends, openChatset, registerUser } from '../../test/support/people.ts';
import { accessibilityFaults } from './support/accessibility.ts';
import { type Actor, enter, expectNoProblems } from './support/actor.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import { hold } from './support/operations.ts';
import { startPages } from './support/pages.ts';
import { settled } from './support/settled.ts';

const field = ({ page, words }: Actor) => page.getByRole('textbox', { name: words.chat.write });
const log = ({ page, words }: Actor) => page.getByRole('log', { name: words.chat.messages, exact: true });

/** How far below the top of the list a message stands, in pixels. */
async function placeOf(actor: Actor, text: string): Promise<number> {
  const [message, list] = [await actor.message(text).boundingBox(), await log(actor).boundingBox()];
  return Math.round((message?.y ?? 0) - (list?.y ?? 0));
}

describe.skipIf(!hasBrowser)('reading on the pages', () => {
  it('a message is found far above, stays where it is while others come, and the way back leads through all between', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bo' })];
    await makeFriends(annPerson, boPerson);
    const send = (text: string) => boPerson.ask(SendMessageDocument, { input: { to: annPerson.user.id, clientId: randomUUID(), content: { text } } });
    for (let number = 1; number <= 200; number += 1) await send(number === 20 ? '周六早上八点在北门集合' : `Line ${number}.`);
    const ann = await enter(await openBrowser(), annPerson, { size: 'desktop', locale: 'en', theme: 'light' });
    const { chat } = ann.words;
    await ann.page.getByRole('link', { name: 'Bo' }).click();
    await ann.message('Line 200.').waitFor();

    // Searched and opened by keyboard alone, from the first key on.
    await ann.page.keyboard.press('Control+k');
    await ann.page.keyboard.insertText('北门');
    await ann.page.getByText(chat.results(1), { exact: true }).waitFor();
    await ann.page.keyboard.press('ArrowDown');
    await ann.page.keyboard.press('Enter');
    await ann.message('北门集合').waitFor();
    await expect.poll(async () => await ann.message('北门集合').evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await accessibilityFaults(ann.page)).toEqual([]);

    // What comes meanwhile is counted, and moves nothing.
    const before = await placeOf(ann, '北门集合');
    await send('News');
    await ann.button(chat.newMessages(1)).waitFor();
    expect(await placeOf(ann, '北门集合')).toBe(before);

    // Downwards nothing is missing, and nothing leads back up.
    const seen = new Set<number>();
    const until = Date.now() + 60_000;
    while ((await ann.button(chat.newMessages(1)).count()) > 0) {
      if (Date.now() > until) throw new Error('the newest message was never reached');
      for (const text of await log(ann).getByRole('article').allInnerTexts()) seen.add(Number(/Line (\d+)\./.exec(text)?.[1] ?? 20));
      await log(ann).evaluate((element) => element.scrollBy(0, 250));
      await ann.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(null))));
    }
    for (let number = 21; number <= 190; number += 1) expect(seen).toContain(number);
    await ann.message('News').waitFor();

    // Whoever comes back later is not led up again.
    const { pathname } = new URL(ann.page.url());
    await ann.open('/people');
    await log(ann).waitFor({ state: 'detached' });
    await ann.open(pathname);
    await ann.message('News').waitFor();
    await settled(ann.page);
    expect(await ann.message('News').isVisible()).toBe(true);
    expect(await ann.message('北门集合').count()).toBe(0);
    expectNoProblems(ann);
  });

  it('a draft waits for its conversation, arrow up changes the last message, and menus work by keyboard', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson, cyPerson] = await Promise.all(['Ann', 'Bo', 'Cy'].map((nickname) => registerUser(app, { nickname })));
    if (!annPerson || !boPerson || !cyPerson) throw new Error('nobody registered');
    await makeFriends(annPerson, boPerson);
    await makeFriends(annPerson, cyPerson);
    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'desktop', locale: 'en', theme: 'dark' });
    const bo = await enter(browser, boPerson, { size: 'phone', locale: 'zh', theme: 'light' });
    const { chat } = ann.words;
    await bo.page.getByRole('link', { name: 'Ann' }).click();
    await ann.page.getByRole('link', { name: 'Bo' }).click();

    // Somebody who writes is seen to.
    await field(bo).pressSequentially('嗯');
    await ann.page.getByText(chat.typing, { exact: true }).waitFor();

    await ann.write('First words');
    await bo.message('First words').waitFor();
    await ann.message('First words').getByText(chat.read, { exact: true }).waitFor({ state: 'attached' });
    await field(ann).press('ArrowUp');
    await expect.poll(async () => await field(ann).inputValue()).toBe('First words');
    await field(ann).fill('Better words');
    await field(ann).press('Enter');
    await bo.message('Better words').getByText(bo.words.chat.edited).waitFor();

    // A change that is given up changes nothing, and the draft is still there.
    await field(ann).fill('A thought for later');
    await ann.choose('Better words', chat.edit);
    await field(ann).press('Escape');
    await expect.poll(async () => await field(ann).inputValue()).toBe('A thought for later');
    await ann.page.getByRole('link', { name: 'Cy' }).click();
    await ann.page.getByText(chat.draft).waitFor();
    expect(await field(ann).inputValue()).toBe('');
    await ann.page.getByRole('link', { name: 'Bo' }).click();
    await expect.poll(async () => await field(ann).inputValue()).toBe('A thought for later');

    // From the list to a message, its menu, and back to the message.
    await log(ann).focus();
    await ann.page.keyboard.press('ArrowUp');
    await ann.page.keyboard.press('Enter');
    await ann.page.getByRole('menu', { name: chat.messageMenu }).waitFor();
    await ann.page.keyboard.press('Escape');
    await ann.page.getByRole('menu').waitFor({ state: 'detached' });
    await expect.poll(async () => await ann.message('Better words').evaluate((element) => element === document.activeElement)).toBe(true);
    expectNoProblems(ann, bo);
  });

  it('what is typed while the first message goes out stays, and picked files wait for their conversation', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson, cyPerson] = await Promise.all(['Ann', 'Bo', 'Cy'].map((nickname) => registerUser(app, { nickname })));
    if (!annPerson || !boPerson || !cyPerson) throw new Error('nobody registered');
    await openChatset(boPerson);
    await makeFriends(annPerson, cyPerson);
    const ann = await enter(await openBrowser(), annPerson, { size: 'desktop', locale: 'en', theme: 'dark' });
    const { chat } = ann.words;
    const notes = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Notes') };
    const pick = () => ann.page.locator('input[type=file]').first().setInputFiles([notes]);
    const picked = ann.page.getByRole('list', { name: chat.attachments }).getByText('notes.txt');
    const caption = ann.page.getByRole('textbox', { name: chat.caption });

    await ann.open(`/chats/with/${boPerson.user.uuid}`);
    const held = await hold(ann.page, 'mutation SendMessage');
    await ann.write('First words');
    await held.asked;
    await pick();
    await caption.pressSequentially('And what I forgot');
    held.letGo();
    await ann.page.waitForURL(/\/chats\/(?!with)/);
    await ann.message('First words').getByText(chat.sent, { exact: true }).waitFor({ state: 'attached' });
    await ann.page.keyboard.type(', here');
    await expect.poll(async () => await caption.inputValue()).toBe('And what I forgot, here');
    await picked.waitFor();

    await ann.page.getByRole('link', { name: 'Cy' }).click();
    await picked.waitFor({ state: 'detached' });
    await ann.page.getByRole('link', { name: 'Bo' }).click();
    await picked.waitFor();
    await caption.press('Enter');
    await ann
      .message('And what I forgot, here')
      .getByRole('link', { name: /notes\.txt/ })
      .waitFor();
    await picked.waitFor({ state: 'detached' });

    // Whoever signs out leaves nothing behind for the next one.
    const { entrance, settings } = ann.words;
    await pick();
    await picked.waitFor();
    await ann.open('/settings/account');
    await ann.button(settings.signOut).click();
    await ann.button(settings.signOut, ann.page.getByRole('dialog')).click();
    await ann.fill(entrance.username, annPerson.username);
    await ann.fill(entrance.password, annPerson.password);
    await ann.button(entrance.signIn).click();
    await ann.page.getByRole('link', { name: 'Bo' }).click();
    await ann.message('And what I forgot, here').waitFor();
    expect(await picked.count()).toBe(0);
    expectNoProblems(ann);
  });
});
