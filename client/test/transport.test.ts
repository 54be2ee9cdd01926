import { expect, test } from 'vitest';
import { startApp } from '../../test/support/app.ts';
import { closeLater } from '../../test/support/lifetime.ts';
import { registerUser } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import { createTransport } from '../src/links/transport.ts';
import type { TokenStore } from '../src/types.ts';
import { becomes, tokensOf } from './page.ts';

function openTransport(url: string, tokens: TokenStore, failed = () => {}) {
  const transport = createTransport({
    url,
    tokens,
    fetch: (input, init) =>
      fetch(input, init).catch((error: unknown) => {
        failed();
        throw error;
      }),
  });
  closeLater(transport.close);
  return transport;
}

test('when somebody else signs in, in another tab, while the network is away, it is them once it is back', async () => {
  const app = await startApp();
  const proxy = await openProxy(app.url);
  const [ann, bob] = [await registerUser(app), await registerUser(app)];
  const tokens = tokensOf(ann);
  const failed = Promise.withResolvers<void>();
  const transport = openTransport(proxy.url, tokens, failed.resolve);
  expect(await transport.restore()).toBe(true);
  await proxy.cut();
  await tokens.set({ token: bob.token, refreshToken: bob.refreshToken, userId: bob.user.id });
  await becomes(transport.session, ({ status }) => status === 'restoring', 'that it is not Ann any more');
  await failed.promise;
  await proxy.mend();
  expect(await becomes(transport.session, ({ status }) => status === 'signedIn', 'who it is now')).toMatchObject({ user: { id: bob.user.id } });
});

test('a session that ends in another tab before it is known whose it is, is over', async () => {
  const app = await startApp();
  const { get, set } = tokensOf(await registerUser(app));
  const transport = openTransport(app.url, { get, set });
  const restored = transport.restore();
  await set({ token: '', refreshToken: '', ended: 'SIGNED_OUT' });
  expect(await restored).toBe(false);
  expect(transport.session.get()).toEqual({ status: 'signedOut', reason: 'SIGNED_OUT' });
});
