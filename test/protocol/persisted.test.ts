import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { registerUser } from '../support/people.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';

let app: TestApp;
let socket: RawSocket;

beforeAll(async () => {
  app = await startApp();
  const { token } = await registerUser(app);
  socket = await openRawSocket(app.socketUrl);
  await socket.init({ token });
});

interface Outcome {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

type Ask = (payload: object) => Promise<Outcome>;

const json = { 'content-type': 'application/json' };
const post: Ask = async (payload) => (await fetch(app.url, { method: 'POST', headers: json, body: JSON.stringify(payload) })).json();

/** A parameter at the accepted type makes Yoga answer, and not the shorter way. */
const postByYoga: Ask = async (payload) =>
  (await fetch(app.url, { method: 'POST', headers: { ...json, accept: 'application/json; charset=utf-8' }, body: JSON.stringify(payload) })).json();

const get: Ask = async (payload) => {
  const url = new URL(app.url);
  for (const [name, value] of Object.entries(payload)) url.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  return (await fetch(url)).json();
};

let lastId = 0;
const overSocket: Ask = async (payload) => {
  lastId += 1;
  const id = String(lastId);
  socket.send({ type: 'subscribe', id, payload });
  const frame = await socket.next('an answer');
  expect(frame.id).toBe(id);
  if (frame.type === 'error') return { errors: frame.payload as Outcome['errors'] & {} };
  await socket.until('complete', id);
  return frame.payload as Outcome;
};

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const named = (sha256Hash: unknown, version: unknown = 1) => ({ extensions: { persistedQuery: { version, sha256Hash } } });
const told = ({ errors }: Outcome) => errors?.map(({ message, extensions }) => [message, extensions.code]);
const notFound = [['PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND']];

let texts = 0;
/** A document that nobody has sent before. */
const freshText = () => {
  texts += 1;
  return `query Fresh${texts} { serverInfo { name } }`;
};
const answer = { serverInfo: { name: 'Parley' } };

describe.each([
  { name: 'POST', ask: post },
  { name: 'POST, answered by Yoga', ask: postByYoga },
  { name: 'GET', ask: get },
  { name: 'the socket', ask: overSocket },
])('persisted operations over $name', ({ ask }) => {
  it('asks for the text of an unknown hash, and then takes the hash alone', async () => {
    const query = freshText();
    const hash = hashOf(query);
    expect(told(await ask(named(hash)))).toEqual(notFound);
    expect((await ask({ query, ...named(hash) })).data).toEqual(answer);
    expect((await ask(named(hash))).data).toEqual(answer);
    expect((await ask({ query: '', ...named(hash) })).data).toEqual(answer);
  });

  it('refuses a text under the hash of another, and keeps what it knew', async () => {
    const [query, other] = [freshText(), freshText()];
    const hash = hashOf(query);
    expect(told(await ask({ query: other, ...named(hash) }))?.[0]?.[1]).toBe('BAD_QUERY');
    expect(told(await ask(named(hash)))).toEqual(notFound);
    await ask({ query, ...named(hash) });
    expect(told(await ask({ query: other, ...named(hash) }))?.[0]?.[1]).toBe('BAD_QUERY');
    expect((await ask(named(hash))).data).toEqual(answer);
  });

  it('keeps no document that it refuses', async () => {
    for (const query of [`{ nothing${texts} }`, `{ serverInfo { name }${' '.repeat(texts)}`]) {
      const hash = hashOf(query);
      expect(told(await ask({ query, ...named(hash) }))?.[0]?.[1]).toBe('BAD_QUERY');
      expect(told(await ask(named(hash)))).toEqual(notFound);
    }
  });

  it('speaks version 1 and says so of others', async () => {
    const query = freshText();
    for (const source of [named(hashOf(query), 2), { query, ...named(hashOf(query), 2) }, { extensions: { persistedQuery: 'yes' } }])
      expect(told(await ask(source))).toEqual([['PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED']]);
    for (const strange of [1, null, {}, hashOf(query).toUpperCase()]) expect(told(await ask(named(strange))), String(strange)).toEqual(notFound);
  });
});

it('knows at one door what it learnt at the other', async () => {
  const [first, second] = [freshText(), freshText()];
  await post({ query: first, ...named(hashOf(first)) });
  expect((await overSocket(named(hashOf(first)))).data).toEqual(answer);
  await overSocket({ query: second, ...named(hashOf(second)) });
  expect((await get(named(hashOf(second)))).data).toEqual(answer);
});

it('runs a subscription by its hash', async () => {
  const query = 'subscription { events { cursor __typename } }';
  socket.send({ type: 'subscribe', id: 'first', payload: { query, ...named(hashOf(query)) } });
  expect((await socket.until('next', 'first')).payload).toMatchObject({ data: { events: { __typename: 'CaughtUp' } } });
  socket.send({ type: 'subscribe', id: 'second', payload: named(hashOf(query)) });
  expect((await socket.until('next', 'second')).payload).toMatchObject({ data: { events: { __typename: 'CaughtUp' } } });
  for (const id of ['first', 'second']) socket.send({ type: 'complete', id });
});

it('closes a socket that names no document at all, as ever', async () => {
  const { token } = await registerUser(app);
  for (const extensions of [undefined, {}, { other: '"persistedQuery"' }]) {
    const stranger = await openRawSocket(app.socketUrl);
    await stranger.init({ token });
    stranger.send({ type: 'subscribe', id: '1', payload: { extensions } });
    expect((await stranger.closed()).code).toBe(4400);
  }
});

it('runs no mutation by GET, by its hash either', async () => {
  const query = 'mutation { setTyping(conversationId: "x") }';
  await post({ query, ...named(hashOf(query)) });
  const url = `${app.url}?extensions=${encodeURIComponent(JSON.stringify(named(hashOf(query)).extensions))}`;
  expect((await fetch(url)).status).toBe(405);
});

it('keeps a bounded number of texts: the one that was used longest ago gives way, and can be sent again', async () => {
  const padded = (length: number) => `${freshText()} #${'x'.repeat(length)}`;
  const [kept, given] = [freshText(), freshText()];
  for (const query of [kept, given]) await post({ query, ...named(hashOf(query)) });
  for (let count = 0; count < 40; count += 1) {
    const query = padded(60_000);
    expect((await post({ query, ...named(hashOf(query)) })).data).toEqual(answer);
    expect((await post(named(hashOf(kept)))).data).toEqual(answer);
  }
  expect(told(await post(named(hashOf(given))))).toEqual(notFound);
  expect((await post({ query: given, ...named(hashOf(given)) })).data).toEqual(answer);
  expect((await post(named(hashOf(given)))).data).toEqual(answer);
});

it.each([false, true])("serves Apollo's link for persisted queries (hashes by GET: %s)", async (useGETForHashedQueries) => {
  const sent: string[] = [];
  const http = new HttpLink({
    uri: app.url,
    fetch: (url, init) => {
      sent.push(`${init?.method} ${String(init?.body ?? '').includes('"query":') ? 'text' : 'hash'}`);
      return fetch(url, init);
    },
  });
  const link = ApolloLink.from([new PersistedQueryLink({ sha256: hashOf, useGETForHashedQueries }), http]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const query = gql(freshText());
  const ask = async () => (await client.query({ query, fetchPolicy: 'network-only' })).data;
  expect(await ask()).toMatchObject({ serverInfo: { name: 'Parley' } });
  expect(await ask()).toMatchObject({ serverInfo: { name: 'Parley' } });
  const byHash = useGETForHashedQueries ? 'GET hash' : 'POST hash';
  expect(sent).toEqual([byHash, 'POST text', byHash]);
});

describe('what strangers send', () => {
  // Of 60,000 characters each: more than the place of sessions holds of both texts and documents.
  const long = (name: string) => `query ${name} { serverInfo { name } } ${' '.repeat(60_000)}`;
  const flood = async () => {
    for (let count = 0; count < 40; count += 1) {
      const query = long(`Flood${count}`);
      expect((await post({ query, ...named(hashOf(query)) })).data).toEqual(answer);
    }
  };

  it('does not push out what a session has sent, and is bounded itself', async () => {
    const [ofSession, ofStranger] = [freshText(), freshText()];
    await overSocket({ query: ofSession, ...named(hashOf(ofSession)) });
    await post({ query: ofStranger, ...named(hashOf(ofStranger)) });
    await flood();
    expect((await overSocket(named(hashOf(ofSession)))).data).toEqual(answer);
    expect((await post(named(hashOf(ofSession)))).data).toEqual(answer);
    expect(told(await post(named(hashOf(ofStranger))))).toEqual(notFound);
  });

  it('is kept from then on where a session uses it', async () => {
    const query = freshText();
    await post({ query, ...named(hashOf(query)) });
    expect((await overSocket(named(hashOf(query)))).data).toEqual(answer);
    await flood();
    expect((await overSocket(named(hashOf(query)))).data).toEqual(answer);
  });
});
