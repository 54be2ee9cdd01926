import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { TestRunner } from 'vitest';
import { findBinary } from '../../../test/support/database-server.ts';
import { closeLater } from '../../../test/support/lifetime.ts';
import { type Problems, watchProblems } from './problems.ts';

/** How somebody looks at the pages. */
export interface Look {
  readonly size: keyof typeof sizes;
  readonly locale: 'en' | 'zh';
  readonly theme: 'light' | 'dark';
}

/** The screens, in CSS pixels. */
const sizes = {
  phone: { width: 390, height: 780 },
  desktop: { width: 1280, height: 800 },
  /** The narrowest that is promised. */
  narrow: { width: 320, height: 640 },
} as const;

/** Somebody in front of a browser of their own: nothing is shared with others but the server. */
export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly look: Look;
  /** What the browser complained about. */
  readonly problems: Problems;
  /** Another tab of the same browser. */
  tab(): Promise<Page>;
  /** Takes the network away; what the browser says about that is no problem. */
  cut(): Promise<void>;
  comeBack(): Promise<void>;
}

const executablePath = findBinary('chromium', 'chromium-browser');

/** Whether this machine has Chromium. Without it nothing of the pages is tried. */
export const hasBrowser = executablePath !== null;

/** How long anything may take, in milliseconds: the tests share a slow machine with others. `PARLEY_PATIENCE` gives it in seconds, for whoever writes one. */
export const patience = Number(process.env.PARLEY_PATIENCE ?? 30) * 1000;

/** Starts Chromium, with a microphone and a camera that are none. Closed at the end of the test or file. */
export async function openBrowser(): Promise<Browser> {
  if (executablePath === null) throw new Error('chromium is not installed');
  const args = ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--disable-gpu', '--disable-dev-shm-usage'];
  const browser = await chromium.launch({ executablePath, args });
  closeLater(async () => await browser.close());
  return browser;
}

/** A fresh browser context at `url`, the address of a server. What happens in it is watched from the first moment on. */
export async function visit(browser: Browser, url: string, look: Partial<Look> = {}): Promise<Visitor> {
  const whole: Look = { size: 'desktop', locale: 'en', theme: 'light', ...look };
  const isPhone = whole.size !== 'desktop';
  const context = await browser.newContext({
    baseURL: url,
    viewport: sizes[whole.size],
    hasTouch: isPhone,
    isMobile: isPhone,
    locale: whole.locale === 'zh' ? 'zh-CN' : 'en-GB',
    colorScheme: whole.theme,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    permissions: ['microphone', 'notifications', 'clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(patience);
  const problems = watchProblems(context, url);
  const page = await context.newPage();
  const test = TestRunner.getCurrentTest();
  closeLater(async () => {
    // What was on the screen says more than a sentence about what was not.
    if (test?.result?.state === 'fail') await page.screenshot({ path: `web/shots/failed-${test.id}-${whole.size}-${whole.locale}.png` }).catch(() => {});
    await context.close();
  });
  await page.goto('/');
  return {
    context,
    page,
    look: whole,
    problems,
    tab: async () => {
      const other = await context.newPage();
      await other.goto('/');
      return other;
    },
    cut: async () => {
      problems.expectCut(true);
      await context.setOffline(true);
    },
    comeBack: async () => {
      await context.setOffline(false);
      problems.expectCut(false);
    },
  };
}
