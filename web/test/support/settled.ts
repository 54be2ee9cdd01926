import type { Page } from 'playwright-core';

/** Resolves when a page shows what it has got: nothing turns, and nothing has changed for a while. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(
    (calmMs) =>
      new Promise<void>((resolve) => {
        let timer = setTimeout(() => {}, 0);
        const again = () => {
          clearTimeout(timer);
          timer = setTimeout(() => {
            if (document.querySelector('.spinner')) return again();
            observer.disconnect();
            resolve();
          }, calmMs);
        };
        const observer = new MutationObserver(again);
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        again();
      }),
    200,
  );
}
