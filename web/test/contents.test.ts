import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeFriends, registerUser } from '../../test/support/people.ts';
import { accessibilityFaults } from './support/accessibility.ts';
import { enter, expectNoProblems } from './support/actor.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import { isOf } from './support/operations.ts';
import { startPages } from './support/pages.ts';

const picture = { name: 'first.png', mimeType: 'image/png', buffer: readFileSync(new URL('../../test/fixtures/palette.png', import.meta.url)) };

describe.skipIf(!hasBrowser)('contents of messages on the pages', () => {
  it('pictures, files, places and cards are shown and found in the gallery, and a file that is refused goes as a plain one', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: '小明' })];
    await makeFriends(annPerson, boPerson);
    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'desktop', locale: 'en', theme: 'light' });
    const bo = await enter(browser, boPerson, { size: 'narrow', locale: 'zh', theme: 'dark' });
    await ann.page.getByRole('link', { name: bo.name }).click();
    await bo.page.getByRole('link', { name: ann.name }).click();
    const { chat } = ann.words;
    const input = ann.page.locator('input[type=file]').first();
    const caption = ann.page.getByRole('textbox', { name: chat.caption });
    const dialog = ann.page.getByRole('dialog');

    // Two pictures and a file in one message; the pictures open large, one after the other.
    await input.setInputFiles([picture, { ...picture, name: 'second.png' }, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Notes') }]);
    await ann.page.getByRole('list', { name: chat.attachments }).getByText('notes.txt').waitFor();
    await caption.fill('Three things');
    await caption.press('Enter');
    await bo
      .message('Three things')
      .getByRole('link', { name: /notes\.txt/ })
      .waitFor();
    await bo.button(bo.words.chat.openPicture('first.png')).click();
    await bo.page.getByRole('img', { name: 'first.png' }).waitFor();
    await bo.page.keyboard.press('ArrowRight');
    await bo.page.getByRole('img', { name: 'second.png' }).waitFor();
    await bo.page.keyboard.press('Escape');
    await bo.page.getByRole('img', { name: 'second.png' }).waitFor({ state: 'detached' });

    // What is no picture, whatever it is called.
    await input.setInputFiles([{ name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') }]);
    await ann.page.getByRole('alert').getByText(chat.refused.FILE_TYPE).waitFor();
    await ann.button(chat.sendAsFile).click();
    await ann.page.getByRole('alert').waitFor({ state: 'detached' });
    await caption.press('Enter');
    await bo.page.getByRole('link', { name: /broken\.png/ }).waitFor();

    // A place, which is seen before it is sent, and the card of a friend.
    await ann.context.grantPermissions(['geolocation']);
    await ann.context.setGeolocation({ latitude: 47.37, longitude: 8.54 });
    await ann.button(chat.attach).click();
    await ann.page.getByRole('menuitem', { name: chat.sendLocation }).click();
    await dialog.getByText('47.37000').waitFor();
    await dialog.getByLabel(chat.locationName).fill('北门');
    await ann.button(chat.send, dialog).click();
    await bo.page.getByRole('link', { name: /北门/ }).waitFor();
    await ann.button(chat.attach).click();
    await ann.page.getByRole('menuitem', { name: chat.sendContact }).click();
    await dialog.getByRole('checkbox', { name: bo.name }).check();
    await ann.button(chat.send, dialog).click();
    await bo.message('小明').getByText(bo.words.chat.contact).waitFor();

    // All files of the conversation, by kind.
    await ann.page
      .getByRole('main')
      .getByRole('banner')
      .or(ann.page.locator('.chat > header'))
      .getByRole('button', { name: chat.messageMenu, exact: true })
      .click();
    await ann.page.getByRole('menuitem', { name: chat.gallery }).click();
    const gallery = ann.page.getByRole('complementary', { name: chat.gallery });
    await ann.button(chat.openPicture('second.png'), gallery).waitFor();
    // What the server cannot give at first is asked for again.
    ann.problems.expectCut(true);
    await ann.page.route('**/graphql', (route) => (isOf(route.request(), 'query ConversationAttachments') ? route.fulfill({ status: 503 }) : route.continue()));
    await gallery.getByRole('tab', { name: chat.galleryKinds.FILE }).click();
    await ann.button(chat.loadMore, gallery).waitFor();
    await ann.page.unroute('**/graphql');
    await ann.button(chat.loadMore, gallery).click();
    await gallery.getByRole('link', { name: /notes\.txt/ }).waitFor();
    await gallery.getByRole('link', { name: /broken\.png/ }).waitFor();
    expect(await accessibilityFaults(ann.page)).toEqual([]);
    expect(await accessibilityFaults(bo.page)).toEqual([]);
    expectNoProblems(ann, bo);
  });

  it('words that bring a picture of themselves are pasted as words, and a picture alone as a picture', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bo' })];
    await makeFriends(annPerson, boPerson);
    const ann = await enter(await openBrowser(), annPerson, { size: 'desktop', locale: 'en', theme: 'light' });
    const { chat } = ann.words;
    await ann.page.getByRole('link', { name: 'Bo' }).click();
    const picked = ann.page.getByRole('list', { name: chat.attachments });
    /** Whether the browser may go on and paste as it always does. */
    const paste = (...types: readonly string[]) =>
      ann.page.getByRole('textbox', { name: chat.write }).evaluate((element, kinds) => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File(['a picture'], 'cells.png', { type: 'image/png' }));
        for (const kind of kinds) clipboardData.setData(kind, 'one, two');
        return element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      }, types);

    expect(await paste('text/plain', 'text/html')).toBe(true);
    expect(await picked.count()).toBe(0);
    // A picture that was copied from a page.
    expect(await paste('text/html')).toBe(false);
    await picked.getByText('cells.png').waitFor();
    expectNoProblems(ann);
  });

  it('the addresses of files are read anew in a page that stays open, and after a cut that came between', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bo' })];
    await makeFriends(annPerson, boPerson);
    const ann = await enter(await openBrowser(), annPerson, { size: 'desktop', locale: 'en', theme: 'light' });
    const { chat } = ann.words;
    await ann.page.clock.install();
    await ann.page.reload();
    await ann.page.getByRole('link', { name: 'Bo' }).click();
    await ann.page
      .locator('input[type=file]')
      .first()
      .setInputFiles([{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Notes') }]);
    await ann.page.getByRole('textbox', { name: chat.caption }).press('Enter');
    await ann
      .message(/notes\.txt/)
      .getByRole('link', { name: /notes\.txt/ })
      .waitFor();
    let [read, failed] = [0, 0];
    ann.page.on('requestfinished', (request) => {
      if (isOf(request, 'query ReadMessage')) read += 1;
    });
    ann.page.on('requestfailed', (request) => {
      if (isOf(request, 'query ReadMessage')) failed += 1;
    });
    /** Over and over: what was just read may not stand on the page yet. */
    const waitFor = async (isThere: () => boolean, after = '02:30:00') =>
      await expect
        .poll(
          async () => {
            await ann.page.clock.fastForward(after);
            return isThere();
          },
          // A request whose patience is over by that clock is given up: it has some time of the real one to be answered.
          { interval: 2000, timeout: 60_000 },
        )
        .toBe(true);

    await waitFor(() => read > 0);
    await ann.cut();
    await waitFor(() => failed > 0);
    const before = read;
    await ann.comeBack();
    // The page waits before it connects again, by the same clock.
    await waitFor(() => read > before, '00:01:00');
    expectNoProblems(ann);
  });
});
