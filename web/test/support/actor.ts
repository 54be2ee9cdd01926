import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Person } from '../../../test/support/people.ts';
import { type Look, type Visitor, visit } from './browser.ts';
import { type Words, wordsIn } from './words.ts';

/** Somebody who uses the pages, and what they do there over and over. */
export interface Actor extends Visitor {
  readonly person: Person;
  readonly words: Words;
  readonly name: string;
  button(name: string, within?: Page | Locator): Locator;
  /** Fills a field by its label. */
  fill(label: string, value: string): Promise<void>;
  /** Opens a page by its address, inside of the page as a link does. */
  open(path: string): Promise<void>;
  /** Writes in the conversation that is open. */
  write(text: string): Promise<void>;
  /** A message of the conversation that is open, by what it says. */
  message(text: string | RegExp): Locator;
  /** Chooses from the menu of a message. */
  choose(text: string, item: string): Promise<void>;
}

/** Signs somebody in with name and password, as people do; `url` where it is not the server of the person. */
export async function enter(browser: Browser, person: Person, look: Partial<Look> = {}, url = person.app.app.url): Promise<Actor> {
  const visitor = await visit(browser, url, look);
  const actor = actorOf(visitor, person);
  await signIn(actor);
  return actor;
}

/** Fills the form of whoever is not signed in. */
async function signIn({ page, words, person, fill, button }: Actor): Promise<void> {
  await fill(words.entrance.username, person.username);
  await fill(words.entrance.password, person.password);
  await button(words.entrance.signIn).click();
  await page.getByRole('navigation', { name: words.shell.sections }).waitFor();
}

function actorOf(visitor: Visitor, person: Person): Actor {
  const { page, look } = visitor;
  const words = wordsIn(look.locale);
  const message = (text: string | RegExp) => page.getByRole('log', { name: words.chat.messages, exact: true }).getByRole('article').filter({ hasText: text });
  const button = (name: string, within: Page | Locator = page) => within.getByRole('button', { name, exact: true });
  return {
    ...visitor,
    person,
    words,
    name: person.user.nickname,
    button,
    message,
    fill: async (label, value) => await page.getByLabel(label, { exact: true }).fill(value),
    open: async (path) =>
      await page.evaluate((to) => {
        const link = document.createElement('a');
        link.href = to;
        document.body.append(link);
        link.click();
        link.remove();
      }, path),
    write: async (text) => {
      const field = page.getByRole('textbox', { name: words.chat.write });
      await field.fill(text);
      await field.press('Enter');
    },
    choose: async (text, item) => {
      await message(text).last().click({ button: 'right' });
      await page.getByRole('menuitem', { name: item, exact: true }).click();
    },
  };
}

/** Fails where a browser has complained of something, or has asked somebody else for something. */
export function expectNoProblems(...actors: readonly Visitor[]): void {
  expect(actors.flatMap(({ problems }) => problems.all())).toEqual([]);
}
