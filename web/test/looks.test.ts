import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { accessibilityFaults } from './support/accessibility.ts';
import { enter, expectNoProblems } from './support/actor.ts';
import { hasBrowser, type Look, openBrowser, visit } from './support/browser.ts';
import { startPages } from './support/pages.ts';
import { playScenes } from './support/scenes.ts';
import { settled } from './support/settled.ts';

/** `npm run shots`: a picture of every page in every look goes into this folder. */
const shots = process.env.PARLEY_SHOTS;

/** Colours, sizes and words are each tried in both of their ways; all of their combinations are for the pictures. */
const few: readonly Look[] = [
  { size: 'desktop', locale: 'en', theme: 'light' },
  { size: 'narrow', locale: 'zh', theme: 'dark' },
];

const all = (['desktop', 'phone', 'narrow'] as const).flatMap((size) =>
  (['en', 'zh'] as const).flatMap((locale) => (['light', 'dark'] as const).map((theme) => ({ size, locale, theme }))),
);

describe.skipIf(!hasBrowser)('every page', () => {
  it('is fit for everybody, in both themes, languages and sizes, and nothing of it is wider than the screen', { timeout: 900_000 }, async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    const app = await startPages();
    const { person, paths } = await playScenes(app);
    const browser = await openBrowser();
    const faults: string[] = [];
    const look = async (page: Page, name: string, { size, locale, theme }: Look) => {
      await settled(page);
      const place = `${name}-${size}-${locale}-${theme}`;
      if (shots !== undefined) await page.screenshot({ path: join(shots, `${place}.png`) });
      for (const fault of await accessibilityFaults(page)) faults.push(`${place}: ${fault}`);
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (excess > 0) faults.push(`${place}: ${excess} px too wide`);
    };
    for (const how of shots === undefined ? few : all) {
      const outside = await visit(browser, app.app.url, how);
      for (const page of ['sign-in', 'register']) {
        await outside.page.goto(`/${page}`);
        await look(outside.page, page, how);
      }
      expectNoProblems(outside);
      await outside.context.close();
      const actor = await enter(browser, person, how);
      for (const [name, path] of Object.entries(paths)) {
        await actor.open(path);
        await look(actor.page, name, how);
      }
      expectNoProblems(actor);
      await actor.context.close();
    }
    expect(faults).toEqual([]);
  });
});
