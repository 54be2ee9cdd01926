import { expect, test } from 'vitest';
import { startApp } from '../../test/support/app.ts';
import { registerTwo, registerUser } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import { BlockUserDocument, SendMessageDocument, UpdateProfileDocument, ViewerDocument } from '../src/documents.ts';
import { ParleyError } from '../src/index.ts';
import { openPage, tokensOf } from './page.ts';

/** The error with which it is refused. */
async function refusalOf(promise: Promise<unknown>): Promise<ParleyError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ParleyError) return error;
  throw new Error(`no ParleyError, but ${error}`);
}

const message = (to: string, text: string) => ({ input: { to, clientId: crypto.randomUUID(), content: { text } } });

test('a refusal has the server’s code, its sentence in the language of the page, and what else the server says', async () => {
  const app = await startApp();
  const tokens = tokensOf(await registerUser(app));
  const [english, chinese] = ['en', 'zh'].map((locale) => openPage(app, { tokens, locale }).parley);
  const variables = { input: { bio: 'x'.repeat(501) } };
  const error = await refusalOf(english?.request(UpdateProfileDocument, variables) ?? Promise.resolve());
  expect(error).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false, retryAfter: null, extensions: { field: 'bio' } });
  expect(error.message).toMatch(/^[\x20-\x7e]+$/);
  expect((await refusalOf(chinese?.request(UpdateProfileDocument, variables) ?? Promise.resolve())).message).toMatch(/\p{Script=Han}/u);
});

test('where no answer comes it is NETWORK, in the language of the page, and can pass later', async () => {
  const app = await startApp();
  const proxy = await openProxy(app.url);
  await proxy.cut();
  const { parley } = openPage(proxy, { tokens: tokensOf(await registerUser(app)), locale: 'zh-Hans' });
  expect(await refusalOf(parley.request(ViewerDocument, {}))).toMatchObject({ code: 'NETWORK', message: '暂时无法连接服务器，正在重试', retryable: true });
});

test('whoever stands between and answers in another language is the network, and is waited for as it says', async () => {
  const { parley } = openPage(
    { url: 'http://127.0.0.1:1/graphql' },
    { fetch: async () => new Response('<h1>Too many</h1>', { status: 429, headers: { 'retry-after': '7' } }), visitors: 'never' },
  );
  expect(await refusalOf(parley.request(ViewerDocument, {}))).toMatchObject({ code: 'NETWORK', retryable: true, retryAfter: 7 });
});

test.each([
  ['0', null],
  ['-1', null],
  ['Fri, 31 Dec 2100 23:59:59 GMT', null],
  ['86400', 60],
])('whoever stands between and says Retry-After: %s is asked again after the usual pause, and a minute at most', async (header, retryAfter) => {
  const { parley } = openPage(
    { url: 'http://127.0.0.1:1/graphql' },
    { fetch: async () => new Response('', { status: 503, headers: { 'retry-after': header } }), visitors: 'never' },
  );
  expect(await refusalOf(parley.request(ViewerDocument, {}))).toMatchObject({ code: 'NETWORK', retryAfter });
});

test('JSON that is no answer of the server’s is the network too, and is waited for as it says', async () => {
  const { parley } = openPage(
    { url: 'http://127.0.0.1:1/graphql' },
    { fetch: async () => Response.json({ message: 'Service Unavailable' }, { status: 503, headers: { 'retry-after': '7' } }), visitors: 'never' },
  );
  expect(await refusalOf(parley.request(ViewerDocument, {}))).toMatchObject({ code: 'NETWORK', retryable: true, retryAfter: 7 });
});

test('what is too often is sent again when the time is over, unseen', async () => {
  const app = await startApp({ RATE_LIMITS: 'on', RATES: 'mutation=1/s' });
  const [ann, bob] = await registerTwo(app);
  let asked = 0;
  const { parley } = openPage(app, {
    tokens: tokensOf(ann),
    fetch: (...request) => {
      asked += 1;
      return fetch(...request);
    },
  });
  for (let count = 0; count < 3; count += 1) expect((await parley.request(BlockUserDocument, { userId: bob.user.id })).blockUser?.id).toBe(bob.user.id);
  expect(asked).toBeLessThan(10);
});

test('what somebody has asked for is not done as somebody else, who has signed in while it waited', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const cid = await registerUser(app);
  let asked = 0;
  const { parley } = openPage(app, {
    tokens: tokensOf(ann),
    async fetch(input, init) {
      if (!String(init?.body).includes('blockUser')) return await fetch(input, init);
      asked += 1;
      await parley.signIn({ username: cid.username, password: cid.password });
      return Response.json({ errors: [{ message: 'Too often', extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 0.01 } }] });
    },
  });
  await parley.restore();
  expect(await refusalOf(parley.request(BlockUserDocument, { userId: bob.user.id }))).toMatchObject({ code: 'TOKEN_MISSING' });
  expect(asked).toBe(1);
  expect((await parley.request(ViewerDocument, {})).viewer?.user.id).toBe(cid.user.id);
});

test('a wait that a person would notice is told, at once', async () => {
  const app = await startApp({ RATE_LIMITS: 'on', RATES: 'send=1/h' });
  const [ann, bob] = await registerTwo(app);
  const { parley } = openPage(app, { tokens: tokensOf(ann) });
  await parley.request(SendMessageDocument, message(bob.user.id, 'one'));
  const error = await refusalOf(parley.request(SendMessageDocument, message(bob.user.id, 'two')));
  expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
  expect(error.retryAfter).toBeGreaterThan(60);
});

test('a request that is given up is over with the reason, and no error of the server’s', async () => {
  const app = await startApp();
  const { parley } = openPage(app, { tokens: tokensOf(await registerUser(app)) });
  const ending = new AbortController();
  const asked = parley.request(ViewerDocument, {}, { signal: ending.signal });
  ending.abort(new Error('looked away'));
  await expect(asked).rejects.toThrow('looked away');
});

test('whoever is nobody and may not become a visitor is told so', async () => {
  const app = await startApp();
  const { parley } = openPage(app, { visitors: 'never', locale: 'en' });
  await parley.restore();
  const bob = await registerUser(app);
  expect(await refusalOf(parley.conversationWith(bob.user.id).send('hello'))).toMatchObject({ code: 'TOKEN_MISSING', message: 'Sign in first' });
  expect(parley.session.get()).toEqual({ status: 'signedOut', reason: null });
});
