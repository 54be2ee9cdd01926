import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeFriends, openChatset, registerUser } from '../../test/support/people.ts';
import { enter, expectNoProblems } from './support/actor.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import { startPages } from './support/pages.ts';
import { createGroupOf } from './support/seed.ts';

const picture = { name: 'sunrise.jpg', mimeType: 'image/jpeg', buffer: readFileSync(new URL('../../test/fixtures/photo.jpg', import.meta.url)) };

describe.skipIf(!hasBrowser)('conversations on the pages', () => {
  it('two people write, answer, change, take back, react, pin, forward, mention, search, and send files and a voice', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: '王小波' })];
    await makeFriends(annPerson, boPerson);
    const conversationId = await createGroupOf(annPerson, '读书会', [boPerson]);
    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'desktop', locale: 'en', theme: 'dark' });
    const bo = await enter(browser, boPerson, { size: 'phone', locale: 'zh', theme: 'light' });
    const chat = `/chats/${encodeURIComponent(conversationId)}`;
    await ann.open(chat);
    await bo.open(chat);

    // Written, seen, answered; the quote leads to what was answered.
    await ann.write('What shall we read next?');
    await bo.message('What shall we read next?').waitFor();
    await bo.choose('What shall we read next?', bo.words.chat.reply);
    await bo.write('红楼梦怎么样？');
    await ann.message('红楼梦怎么样？').getByText('What shall we read next?').waitFor();

    // Changed, reacted to, pinned, taken back: both pages follow.
    await bo.choose('红楼梦怎么样？', bo.words.chat.edit);
    await bo.page.getByRole('textbox', { name: bo.words.chat.write }).fill('《红楼梦》怎么样？');
    await bo.page.getByRole('textbox', { name: bo.words.chat.write }).press('Enter');
    await ann.message('《红楼梦》怎么样？').getByText(ann.words.chat.edited).waitFor();
    await ann.message('《红楼梦》怎么样？').click({ button: 'right' });
    await ann.page.getByRole('group', { name: ann.words.chat.react }).getByRole('button').first().click();
    await bo.message('《红楼梦》怎么样？').locator('.reaction').waitFor();
    await ann.choose('《红楼梦》怎么样？', ann.words.chat.pin);
    await bo.message('《红楼梦》怎么样？').getByText(bo.words.chat.pinned).first().waitFor({ state: 'attached' });
    await ann.write('A slip of the finger');
    await bo.message('A slip of the finger').waitFor();
    await ann.choose('A slip of the finger', ann.words.chat.recall);
    await ann.page.getByRole('dialog').getByRole('button', { name: ann.words.chat.recall, exact: true }).click();
    await bo.page.locator('.log-notice').getByText(bo.words.chat.recalled('Ann')).waitFor();

    // Named with @, chosen by keyboard.
    const field = ann.page.getByRole('textbox', { name: ann.words.chat.write });
    await field.pressSequentially('Have you got it, @王');
    await ann.page.getByRole('listbox').getByText('王小波').waitFor();
    await field.press('Enter');
    await field.press('Enter');
    await bo.message('Have you got it, @王小波').waitFor();

    // A picture with a caption, seen by the other one; and a voice from the microphone.
    await ann.page.locator('input[type=file]').first().setInputFiles(picture);
    await ann.page.getByRole('textbox', { name: ann.words.chat.caption }).fill('Found it');
    await ann.page.getByRole('textbox', { name: ann.words.chat.caption }).press('Enter');
    await bo.message('Found it').locator('img').first().waitFor();
    await bo.button(bo.words.chat.record).click();
    await bo.page.getByText('0:01').waitFor();
    await bo.button(bo.words.chat.sendRecording).click();
    await ann.page.getByRole('article').getByRole('button', { name: ann.words.chat.play, exact: true }).waitFor();

    // Forwarded to the other conversation, found by two Chinese characters, and opened from there.
    await ann.choose('《红楼梦》怎么样？', ann.words.chat.forward);
    await ann.page.getByRole('dialog').getByText('王小波').click();
    await ann.page.getByRole('dialog').getByRole('button', { name: ann.words.chat.forward, exact: true }).click();
    await ann.page.getByText(ann.words.chat.forwardDone(1)).waitFor();
    await ann.button(ann.words.chat.search).first().click();
    await ann.page.getByRole('searchbox').fill('红楼');
    await ann.page.getByText(ann.words.chat.results(1)).waitFor();

    // Read marks in a conversation of two.
    await bo.open('/');
    await bo.page.getByRole('link', { name: /Ann/ }).first().click();
    await bo.message('《红楼梦》怎么样？').getByText(bo.words.chat.forwardedFrom('王小波')).waitFor();
    expectNoProblems(ann, bo);
  });

  it('the Enter that ends a word of an input method sends nothing, the next one does', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bo' })];
    await makeFriends(annPerson, boPerson);
    const ann = await enter(await openBrowser(), annPerson, { size: 'desktop', locale: 'zh', theme: 'light' });
    await ann.page.getByRole('link', { name: 'Bo' }).click();
    const field = ann.page.getByRole('textbox', { name: ann.words.chat.write });
    await field.fill('你好');
    // As Safari tells it: the word is ended before its Enter comes.
    await field.evaluate((element) => element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true })));
    expect(await field.inputValue()).toBe('你好');
    expect(await ann.message('你好').count()).toBe(0);
    await field.press('Enter');
    await ann.message('你好').waitFor();
    expectNoProblems(ann);
  });

  it('a stranger is told before whether one may write, and what changes it is seen at once', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bo' })];
    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'narrow', locale: 'en', theme: 'dark' });
    await ann.open(`/chats/with/${boPerson.user.uuid}`);
    await ann.page.getByText(ann.words.people.becauseFriendship('Bo')).waitFor();
    expect(await ann.page.getByRole('textbox', { name: ann.words.chat.write }).count()).toBe(0);
    await openChatset(boPerson);
    await ann.page.reload();
    await ann.write('Hello, Bo');
    await ann.message('Hello, Bo').waitFor();
    await ann.page.waitForURL(/\/chats\/(?!with)/);
    expectNoProblems(ann);
  });
});
