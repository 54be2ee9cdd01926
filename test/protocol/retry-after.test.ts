import { beforeAll, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { registerUser } from '../support/people.ts';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await startApp({ RATE_LIMITS: 'on', RATES: 'search=1/h, edit=1/h' });
  ({ token } = await registerUser(app));
});

const search = '{ searchUsers(keyword: "nobody") { edges { cursor } } }';

/** What an answer says about waiting: in its header and in its errors. */
async function waitIn(response: Response): Promise<{ readonly header: string | null; readonly told: readonly unknown[] }> {
  const { errors = [] }: { errors?: readonly { readonly extensions: { readonly retryAfterSeconds?: unknown } }[] } = await response.json();
  return { header: response.headers.get('retry-after'), told: errors.map(({ extensions }) => extensions.retryAfterSeconds) };
}

const post = (query: string, headers = {}) =>
  fetch(app.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify({ query }),
  });
const get = (query: string) => fetch(`${app.url}?query=${encodeURIComponent(query)}`, { headers: { authorization: `Bearer ${token}` } });

it('Retry-After stands on an answer that is nothing but RATE_LIMITED, whichever way it was asked', async () => {
  expect((await waitIn(await post(search))).header).toBeNull();
  for (const ask of [post, get]) {
    const { header, told } = await waitIn(await ask(search));
    expect(Number(header)).toBeGreaterThan(3000);
    expect(told).toEqual([Number(header)]);
  }
});

it('Retry-After is the longest of several waits, and pages of other origins can read it', async () => {
  await post(search);
  await post('mutation { updateProfile(input: {}) { id } }');
  const response = await post(`mutation { a: updateProfile(input: {}) { id } b: updateProfile(input: {}) { id } }`, { origin: new URL(app.url).origin });
  expect(response.headers.get('access-control-expose-headers')).toBe('Retry-After');
  const { header, told } = await waitIn(response);
  expect(told).toHaveLength(2);
  expect(Number(header)).toBe(Math.max(...told.map(Number)));
});

it('Retry-After stands on no answer of which a part was done, nor on another refusal', async () => {
  await post(search);
  const partly = await waitIn(await post(`{ viewer { id } ${search.slice(1)}`));
  expect(partly).toEqual({ header: null, told: [expect.any(Number)] });
  expect((await waitIn(await post('{ nothing }'))).header).toBeNull();
});
