import { type Env, startApp, type TestApp } from '../../../test/support/app.ts';
import { patience } from './browser.ts';

/** Starts a server that serves the pages, and waits until they are built: once for all tests, by the hash of their sources. */
export async function startPages(env: Env = {}): Promise<TestApp> {
  const app = await startApp({ PAGES: 'on', ...env });
  await pagesOf(app.app.url);
  return app;
}

/** Resolves when the server at this address serves the pages. */
export async function pagesOf(url: string): Promise<void> {
  const until = Date.now() + 4 * patience;
  for (let status = 0; status !== 200; ) {
    if (Date.now() > until) throw new Error(`no page at ${url}: ${status}`);
    status = (await fetch(url)).status;
    if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
