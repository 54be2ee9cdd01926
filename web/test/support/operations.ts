import type { Page, Request } from 'playwright-core';

/** Whether a request carries this operation, by what its document begins with, such as `mutation SendMessage`. */
export function isOf(request: Request, operation: string): boolean {
  return (request.postData() ?? '').includes(`${operation}(`);
}

/** An operation that a page begins and hears nothing of until it is let go. */
export interface Held {
  /** Resolves when it has been asked for. */
  readonly asked: Promise<void>;
  letGo(): void;
}

/** Keeps an operation of a page from the server. */
export async function hold(page: Page, operation: string): Promise<Held> {
  const asked = Promise.withResolvers<void>();
  const freed = Promise.withResolvers<void>();
  await page.route('**/graphql', async (route) => {
    if (isOf(route.request(), operation)) {
      asked.resolve();
      await freed.promise;
    }
    await route.continue();
  });
  return { asked: asked.promise, letGo: freed.resolve };
}
