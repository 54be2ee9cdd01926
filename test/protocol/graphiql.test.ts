import { buildSchema, parse, validate } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import { firstTabs } from '../../src/server/http/first-steps.ts';
import { createFetcher, type Shown } from '../../src/server/http/graphiql-fetcher.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { closeLater } from '../support/lifetime.ts';
import { loginAgain, registerTwo, registerUser, sendText } from '../support/people.ts';
import { createQueue } from '../support/queue.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const filesOf = (page: string) => [...page.matchAll(/(?:src|href)="(graphql\/[^"]+)"/g)].map(([, path]) => new URL(path ?? '', app.url).href);

describe('the page of GraphiQL', () => {
  it('is small, belongs to this server, and is asked for again without being sent again', async () => {
    const response = await fetch(app.url, { headers: html });
    const page = await response.text();
    const { headers } = response;
    expect([response.status, headers.get('content-type'), headers.get('cache-control')]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);
    expect(page.length).toBeLessThan(10_000);
    expect(page).not.toMatch(/<(script|link)[^>]+(src|href)="(https?:|\/\/)/);
    expect(page).not.toMatch(/<script>|<style>| on\w+=/);
    const csp = headers.get('content-security-policy');
    expect(csp).toMatch(/default-src 'none'; script-src 'self';/);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('vary')).toMatch(/Accept\b/);
    const again = await fetch(app.url, { headers: { ...html, 'if-none-match': headers.get('etag') ?? '' } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('loads files that the browser keeps, packed small', async () => {
    const page = await (await fetch(app.url, { headers: html })).text();
    const files = filesOf(page);
    expect(files).toHaveLength(3);
    const start = await (await fetch(files.find((file) => file.includes('start')) ?? '')).text();
    const workers = [...start.matchAll(/"(graphql\/[\w-]+worker-\w+\.js)"/g)].map(([, path]) => new URL(path ?? '', app.url).href);
    expect(workers).toHaveLength(3);
    let bytes = 0;
    for (const file of [...files, ...workers]) {
      const response = await fetch(file, { headers: { 'accept-encoding': 'br' } });
      const { status, headers } = response;
      expect([status, headers.get('cache-control'), headers.get('content-encoding')], file).toEqual([200, 'public, max-age=31536000, immutable', 'br']);
      bytes += Number(headers.get('content-length'));
      expect((await response.text()).length, file).toBeGreaterThan(500);
      const plainly = await fetch(file, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } });
      expect([plainly.headers.get('content-encoding'), plainly.headers.get('etag')], file).toEqual([null, headers.get('etag')?.replace('W/', '')]);
      expect((await fetch(file, { headers: { 'if-none-match': headers.get('etag') ?? '' } })).status).toBe(304);
    }
    expect(bytes).toBeLessThan(3_000_000);
    for (const none of ['graphiql-000000000000.js', '', '..%2fapp.ts', '__proto__']) expect((await fetch(`${app.url}/${none}`)).status, none).toBe(404);
  });

  it('has a script that is whole: what it takes from the sources is JavaScript and needs nothing else', async () => {
    const page = await (await fetch(app.url, { headers: html })).text();
    const start = await (await fetch(filesOf(page).find((file) => file.includes('start')) ?? '')).text();
    const rendered: { title: string; fetcher: unknown; defaultTabs: readonly { query: string }[] }[] = [];
    const window = { fetch, WebSocket };
    const run = new Function('window', 'self', 'location', 'document', 'YogaGraphiQL', start);
    run(
      window,
      {},
      new URL(app.url),
      { querySelector: () => null },
      { renderYogaGraphiQL: (_: unknown, options: (typeof rendered)[0]) => rendered.push(options) },
    );
    expect(rendered[0]?.title).toBe('Parley');
    expect(rendered[0]?.fetcher).toBeTypeOf('function');
    expect(rendered[0]?.defaultTabs).toHaveLength(5);
  });

  it('begins with steps that the schema takes', () => {
    const tabs = firstTabs('abc123');
    expect(tabs.map(({ query }) => /(?:mutation|subscription) (\w+)/.exec(query)?.[1])).toEqual(['RegisterAnn', 'Allow', 'RegisterBob', 'Send', 'Events']);
    for (const { query, variables = '{}', headers = '{}' } of tabs) {
      expect(validate(schema, parse(query)), query).toEqual([]);
      expect([typeof JSON.parse(variables), typeof JSON.parse(headers)]).toEqual(['object', 'object']);
    }
    expect(validate(buildSchema('type Query { a: Int }'), parse(tabs[0]?.query ?? ''))).not.toEqual([]);
  });

  it('is not there where GraphiQL is off, nor are its files', async () => {
    const files = filesOf(await (await fetch(app.url, { headers: html })).text());
    const closed = await startApp({ GRAPHIQL: 'off' });
    for (const file of files) expect((await fetch(file.replace(new URL(app.url).host, new URL(closed.url).host))).status).toBe(404);
    expect((await fetch(closed.url, { headers: html })).headers.get('content-type')).toContain('json');
  });
});

/** What the page does, with the fetch and the WebSocket of this process. */
function fetcherOf(at: TestApp) {
  const fetcher = createFetcher({ url: at.url, fetch, WebSocket });
  const follow = (query: string, headers = {}) => {
    const following = fetcher({ query }, { headers });
    if (!('subscribe' in following)) throw new Error('no subscription');
    const shown = createQueue<Shown>('what is shown');
    const { unsubscribe } = following.subscribe({ next: (one) => shown.push(one), complete: () => shown.end('complete') });
    closeLater(unsubscribe);
    return { shown, unsubscribe };
  };
  return { fetcher, follow };
}

const events = 'subscription { events { __typename cursor ... on MessageSent { message { content { text } } } } }';
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

describe('what the page runs', () => {
  it('asks over HTTP with the headers of its editor, and shows what is no JSON', async () => {
    const person = await registerUser(app);
    const { fetcher } = fetcherOf(app);
    expect(await fetcher({ query: '{ viewer { user { uuid } } }' }, { headers: bearer(person.token) })).toEqual({
      data: { viewer: { user: { uuid: person.user.uuid } } },
    });
    const broken = createFetcher({ url: app.url, fetch: async () => new Response('<html>', { status: 502 }), WebSocket });
    expect(JSON.stringify(await broken({ query: '{ a }' }))).toContain('502 and no JSON: <html>');
  });

  it('reads the schema whatever token its editor holds', async () => {
    const { fetcher } = fetcherOf(app);
    const query = 'query IntrospectionQuery { __schema { queryType { name } } }';
    expect(await fetcher({ query, operationName: 'IntrospectionQuery' }, { headers: bearer('nonsense') })).toEqual({
      data: { __schema: { queryType: { name: 'Query' } } },
    });
  });

  it('picks the operation that is named', async () => {
    const { fetcher } = fetcherOf(app);
    const query = 'query Q { __typename } subscription S { events { cursor } }';
    const documentAST = parse(query);
    expect(await fetcher({ query, operationName: 'Q' }, { documentAST })).toEqual({ data: { __typename: 'Query' } });
    expect(await fetcher({ query, operationName: 'S' }, { documentAST })).toHaveProperty('subscribe');
  });

  it.each([
    ['without a token', {}, 'TOKEN_MISSING', 'needs a token'],
    ['with a bad one', bearer('nonsense'), 'TOKEN_INVALID', 'not valid'],
  ])('shows why a subscription %s does not begin, once, and stops', async (_how, headers, code, words) => {
    const { follow } = fetcherOf(app);
    const { shown } = follow(events, headers);
    expect(await shown.next()).toEqual({ errors: [{ message: expect.stringContaining(words), extensions: { code } }] });
    expect(await shown.ended()).toBe('complete');
    expect(shown.all()).toHaveLength(1);
  });

  it('stops and says so when the token has expired', async () => {
    const short = await startApp({ TOKEN_TTL_SECONDS: '1.2' });
    const person = await registerUser(short);
    const { shown } = fetcherOf(short).follow(events, bearer(person.token));
    expect(await shown.next()).toMatchObject({ data: { events: { __typename: 'CaughtUp' } } });
    expect(await shown.next()).toMatchObject({ errors: [{ message: expect.stringContaining('expired'), extensions: { code: 'TOKEN_EXPIRED' } }] });
    expect(await shown.ended()).toBe('complete');
  });

  it('shows the errors of an operation that is refused, and the end of one that ends', async () => {
    const person = await registerUser(app);
    const { shown } = fetcherOf(app).follow('subscription { nothing }', bearer(person.token));
    expect(JSON.stringify(await shown.next())).toContain('BAD_QUERY');
    expect(await shown.ended()).toBe('complete');
  });

  it('comes back by itself after a lost connection, and misses nothing', async () => {
    const first = await startApp();
    const [sender, reader] = await registerTwo(first);
    const { shown, unsubscribe } = fetcherOf(first).follow(events, bearer(reader.token));
    await shown.next();
    await sendText(sender, reader.user.id, 'before');
    await shown.until((one) => JSON.stringify(one).includes('before'));
    const { port } = new URL(first.url);
    await first.stop();
    const second = await startApp({ ...first.env, PORT: port });
    const again = await loginAgain(sender, undefined, second);
    await sendText(again, reader.user.id, 'after');
    await shown.until((one) => JSON.stringify(one).includes('after'));
    expect(shown.all().filter((one) => JSON.stringify(one).includes('before'))).toHaveLength(1);
    expect(shown.all().some((one) => one.errors)).toBe(false);
    unsubscribe();
    expect(await shown.ended()).toBe('complete');
  });

  it('walks the first steps through', async () => {
    const { fetcher, follow } = fetcherOf(app);
    const [ann, allow, bob, send, watch] = firstTabs(Math.random().toString(36).slice(2, 8));
    const made = async (query = '') => {
      const { data } = JSON.parse(JSON.stringify(await fetcher({ query })));
      return { token: String(data.register.token), id: String(data.register.user.id) };
    };
    const { token, id } = await made(ann?.query);
    expect(await fetcher({ query: allow?.query ?? '' }, { headers: bearer(token) })).toHaveProperty('data.updateChatset.username');
    const documentAST = parse(watch?.query ?? '');
    expect(documentAST.definitions).toHaveLength(1);
    const { shown } = follow((watch?.query ?? '').replace(/^#.*$/gm, ''), bearer(token));
    await shown.next();
    const other = await made(bob?.query);
    expect(await fetcher({ query: send?.query ?? '', variables: { to: id } }, { headers: bearer(other.token) })).toHaveProperty('data.sendMessage.seq');
    expect(JSON.stringify(await shown.until((one) => JSON.stringify(one).includes('MessageSent')))).toContain('Hello, Ann!');
  });
});
