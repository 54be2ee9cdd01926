import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConversationsDocument, LoginDocument, UpdateChatsetDocument, UserInfoDocument } from '../../test/generated/graphql.ts';
import type { TestApp } from '../../test/support/app.ts';
import { freshName, registerUser } from '../../test/support/people.ts';
import { accessibilityFaults } from './support/accessibility.ts';
import { hasBrowser, type Look, openBrowser, patience, visit } from './support/browser.ts';
import { hold } from './support/operations.ts';
import { startPages } from './support/pages.ts';

let app: TestApp;
let browser: Browser;

/** Somebody who has signed in by the page, and what they signed in with. */
async function signedIn(look: Partial<Look> = {}) {
  const person = await registerUser(app);
  const visitor = await visit(browser, app.app.url, look);
  await signIn(visitor.page, person);
  return { ...visitor, person };
}

async function signIn(page: Page, { user, password }: { readonly user: { readonly username: string }; readonly password: string }) {
  await page.getByLabel(/^(Username|用户名)$/).fill(user.username);
  await page.getByLabel(/^(Password|密码)$/).fill(password);
  await page.getByRole('button', { name: /^(Sign in|登录)$/ }).click();
  await page.getByRole('navigation', { name: /^(Sections|栏目)$/ }).waitFor();
}

describe.skipIf(!hasBrowser)('the entrance and the settings', { timeout: 4 * patience }, () => {
  beforeAll(async () => {
    app = await startPages();
    browser = await openBrowser();
  }, 8 * patience);

  it('let somebody register, and say at each field what is wrong with it', async () => {
    const { page, problems } = await visit(browser, app.app.url);
    await page.getByRole('link', { name: 'I have no account yet' }).click();
    await page.getByLabel('Username').fill('ab');
    await page.getByLabel('Password', { exact: true }).fill('a secret of mine');
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByRole('alert').filter({ hasText: '4 to 20' }).waitFor();
    expect(await page.getByLabel('Username').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Username').fill(freshName());
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByRole('navigation', { name: 'Sections' }).waitFor();
    await expect.poll(() => new URL(page.url()).pathname).toBe('/');
    expect(problems.all()).toEqual([]);
  });

  it('tell whoever mistypes the password so in a sentence, in the language of the browser', async () => {
    const { page } = await visit(browser, app.app.url, { locale: 'zh', size: 'narrow' });
    await page.getByLabel('用户名').fill('nobody_here');
    await page.getByLabel('密码', { exact: true }).fill('not this one');
    await page.getByRole('button', { name: '登录' }).click();
    await expect.poll(() => page.getByRole('alert').textContent()).toBe('账户或密码错误');
  });

  it('lead whoever came by a link there once they are in', async () => {
    const person = await registerUser(app);
    const { page } = await visit(browser, app.app.url);
    await page.goto('/settings/appearance');
    await signIn(page, person);
    await expect.poll(() => page.getByRole('heading', { name: 'Language and appearance' }).isVisible()).toBe(true);
  });

  it('let a visitor in without a word, who keeps being the same person with an account', async () => {
    const { page, problems } = await visit(browser, app.app.url, { size: 'phone' });
    await page.getByRole('button', { name: 'Continue without an account' }).click();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'Create an account' }).click();
    const username = freshName();
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password', { exact: true }).fill('a secret of mine');
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByText('Your account is made').waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText(`@${username}`).waitFor();
    expect(problems.all()).toEqual([]);
  });

  it('lead a visitor who may not write to somebody to where one gets an account', async () => {
    const peer = await registerUser(app, { nickname: 'Bo' });
    const { page, problems } = await visit(browser, app.app.url);
    await page.getByRole('button', { name: 'Continue without an account' }).click();
    await page.getByRole('navigation', { name: 'Sections' }).waitFor();
    await page.goto(`/chats/with/${peer.user.uuid}`);
    await page.getByText('Bo takes messages only from people with an account.').waitFor();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Username').waitFor();
    expect(new URL(page.url()).pathname).toBe('/register');
    expect(problems.all()).toEqual([]);
  });

  it('set who may write in words, and show what is set after a reload', async () => {
    const { page, problems } = await signedIn();
    await page.goto('/settings/privacy');
    await page
      .getByRole('group', { name: 'People with an account' })
      .getByRole('radio', { name: /^Followers, one message/ })
      .click();
    await page.getByRole('switch', { name: 'Accept friend requests at once' }).click();
    await expect.poll(() => page.getByRole('switch').isChecked()).toBe(true);
    await page.reload();
    const chosen = page.getByRole('group', { name: 'People with an account' }).getByRole('radio', { name: /^Followers, one message/ });
    await expect.poll(() => chosen.isChecked()).toBe(true);
    expect(await page.getByRole('switch').isChecked()).toBe(true);
    expect(problems.all()).toEqual([]);
  });

  it('save a profile, and refuse what is wrong at its field', async () => {
    const { page } = await signedIn();
    await page.goto('/settings/profile');
    await page.getByLabel('Name').fill('Ada 王');
    await page.getByLabel('Website').fill('not an address');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => page.getByLabel('Website').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Website').fill('https://example.com/ada');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your profile is saved').waitFor();
    await page.reload();
    await expect.poll(() => page.getByLabel('Name').inputValue()).toBe('Ada 王');
  });

  it('upload a picture that everybody sees, and take it away again', async () => {
    const { page, person, problems } = await signedIn();
    await page.goto('/settings/profile');
    await page.locator('input[type=file]').setInputFiles(fileURLToPath(new URL('../../test/fixtures/photo.jpg', import.meta.url)));
    const picture = page.getByRole('main').locator('img');
    await picture.waitFor();
    await expect.poll(() => picture.evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth > 0)).toBe(true);
    expect((await app.ask(UserInfoDocument, { uuid: person.user.uuid })).userInfo?.avatar).toMatch(/^\/avatars\//);
    // Beside the way to the settings too.
    await page.getByRole('navigation', { name: 'Sections' }).locator('img').waitFor();
    await page.getByRole('button', { name: 'Remove picture' }).click();
    await expect.poll(() => picture.count()).toBe(0);
    expect(problems.all()).toEqual([]);
  });

  it('keep the language and the theme of this browser', async () => {
    const { page } = await signedIn();
    await page.goto('/settings/appearance');
    await page.getByRole('radio', { name: '中文' }).click();
    await page.getByRole('radio', { name: '深色' }).click();
    const shown = () => page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme]);
    expect(await shown()).toEqual(['zh-CN', 'dark']);
    await page.reload();
    await page.getByRole('heading', { name: '语言与外观' }).waitFor();
    expect(await shown()).toEqual(['zh-CN', 'dark']);
  });

  it('turn notices of the browser off, for good', async () => {
    const { page } = await signedIn();
    await page.goto('/settings/notices');
    const control = page.getByRole('switch', { name: 'Tell me of new messages' });
    // The browser of these tests has allowed them.
    await expect.poll(() => control.isChecked()).toBe(true);
    await control.click();
    await page.reload();
    await control.waitFor();
    expect(await control.isChecked()).toBe(false);
  });

  it('list the devices and end one, which says why it is out', async () => {
    const here = await signedIn();
    const there = await visit(browser, app.app.url);
    await signIn(there.page, here.person);
    await here.page.goto('/settings/sessions');
    await here.page.getByText('This device').waitFor();
    await expect.poll(() => here.page.getByText('Chrome, Linux').count()).toBe(2);
    await here.page.getByRole('button', { name: 'Sign out there' }).first().click();
    await here.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    // The one of the registration, or that of the other browser: whichever stood first.
    await here.page.getByRole('button', { name: 'Sign out there' }).first().click();
    await here.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    await there.page.getByText('Your session was ended').waitFor();
    await expect.poll(() => here.page.getByText('You are signed in here only.').isVisible()).toBe(true);
  });

  it('change the password: the old one is good no more', async () => {
    const { page, person } = await signedIn();
    await page.goto('/settings/account');
    await page.getByLabel('Present password').fill('not this one');
    await page.getByLabel('New password').fill('another secret');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Present password').fill(person.password);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password is changed').waitFor();
    const elsewhere = await visit(browser, app.app.url);
    await signIn(elsewhere.page, { user: person.user, password: 'another secret' });
    expect((await app.execute(LoginDocument, { input: { username: person.user.username, password: person.password } })).errors?.[0]?.extensions?.code).toBe(
      'INVALID_CREDENTIALS',
    );
  });

  it('sign out all tabs of the browser, and no other one', async () => {
    const here = await signedIn();
    const other = await here.tab();
    await other.getByRole('navigation', { name: 'Sections' }).waitFor();
    const elsewhere = await visit(browser, app.app.url);
    await signIn(elsewhere.page, here.person);
    await here.page.goto('/settings/account');
    await here.page.getByRole('button', { name: 'Sign out' }).click();
    await here.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    for (const page of [here.page, other]) await page.getByText('You are signed out.').waitFor();
    expect(await elsewhere.page.getByRole('navigation', { name: 'Sections' }).isVisible()).toBe(true);
    expect(here.problems.all()).toEqual([]);
  });

  it('say that the network is away, and before signing out what would be lost by it', async () => {
    const peer = await registerUser(app);
    await app.ask(UpdateChatsetDocument, { input: { user: { sendCount: 2, needFollow: false } } }, peer);
    const { page, cut, comeBack, problems } = await signedIn();
    // Without the network only what is there can be opened.
    const loaded = page.waitForResponse(/\/assets\/settings-.*\.js/);
    await page.goto(`/chats/with/${peer.user.uuid}`);
    await (await loaded).finished();
    await page.getByRole('textbox', { name: 'Write a message' }).fill('not sent yet');
    await cut();
    await page.getByRole('status').filter({ hasText: 'You are offline' }).waitFor();
    await page.getByRole('textbox', { name: 'Write a message' }).press('Enter');
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: /^Account/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    const dialog = page.getByRole('dialog', { name: 'One message was not sent yet' });
    await dialog.getByRole('button', { name: 'Stay signed in' }).click();
    await comeBack();
    await page.getByRole('button', { name: 'Sign out' }).click();
    // It has been sent meanwhile, so the question is another one.
    await page.getByRole('dialog', { name: 'Sign out?' }).getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    const { conversations } = await app.ask(ConversationsDocument, {}, peer);
    expect(conversations?.edges.map(({ node }) => node.lastMessage?.content?.text)).toEqual(['not sent yet']);
    expect(problems.all()).toEqual([]);
  });

  it('say before signing out what another tab would lose by it', async () => {
    const peer = await registerUser(app);
    await app.ask(UpdateChatsetDocument, { input: { user: { sendCount: 2, needFollow: false } } }, peer);
    const { page, tab, problems } = await signedIn();
    const other = await tab();
    await other.goto(`/chats/with/${peer.user.uuid}`);
    const held = await hold(other, 'mutation SendMessage');
    await other.getByRole('textbox', { name: 'Write a message' }).fill('not sent yet');
    await other.getByRole('textbox', { name: 'Write a message' }).press('Enter');
    await held.asked;
    await page.bringToFront();
    await page.goto('/settings/account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog', { name: 'Sign out?' }).getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog', { name: 'One message was not sent yet' }).getByRole('button', { name: 'Sign out and lose them' }).click();
    for (const one of [page, other]) await one.getByText('You are signed out.').waitFor();
    const { conversations } = await app.ask(ConversationsDocument, {}, peer);
    expect(conversations?.edges).toEqual([]);
    expect(problems.all()).toEqual([]);
  });

  for (const look of [
    { size: 'desktop', locale: 'en', theme: 'light' },
    { size: 'narrow', locale: 'zh', theme: 'dark' },
  ] as const)
    it(`are for everybody: axe-core finds nothing and nothing is wider than the screen, ${look.size} and ${look.theme}`, async () => {
      const { page } = await visit(browser, app.app.url, look);
      const faults: Record<string, readonly string[]> = {};
      const look_at = async (name: string) => {
        const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        faults[name] = [...(await accessibilityFaults(page)), ...(isWide ? ['wider than the screen'] : [])];
      };
      await page.getByRole('button', { name: /^(Sign in|登录)$/ }).waitFor();
      await look_at('sign in');
      await page.goto('/register');
      await page.getByRole('button', { name: /^(Create an account|注册账号)$/ }).waitFor();
      await look_at('register');
      const person = await registerUser(app);
      await page.goto('/sign-in');
      await signIn(page, person);
      for (const name of ['profile', 'privacy', 'appearance', 'notices', 'sessions', 'account', 'about']) {
        await page.goto(`/settings/${name}`);
        await page.getByRole('main').getByRole('heading').first().waitFor();
        await expect
          .poll(() =>
            page
              .getByRole('status')
              .filter({ hasText: /^(Loading…|加载中…)$/ })
              .count(),
          )
          .toBe(0);
        await look_at(name);
      }
      await page.goto('/settings/account');
      await page.getByRole('button', { name: /^(Sign out|退出登录)$/ }).click();
      await page.getByRole('dialog').waitFor();
      await look_at('signing out');
      expect(faults).toEqual(Object.fromEntries(Object.keys(faults).map((name) => [name, []])));
    });
});
