import { beforeEach, describe, expect, test } from 'vitest';
import { BlockUserDocument, MeDocument, UnblockUserDocument } from '../../test/generated/graphql.ts';
import { startApp } from '../../test/support/app.ts';
import { present } from '../../test/support/client.ts';
import { loginAgain, makeFriends, openChatset, registerTwo, registerUser, sendText } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import { type Message, ParleyError } from '../src/index.ts';
import { becomes } from './page.ts';
import { look, losing, openBrowser, stubIndexedDb, textsAt, textsOf } from './tabs.ts';

beforeEach(stubIndexedDb);

/** Two people with a conversation, and a browser of the first one behind a wire that can be cut. */
async function setUp(env: Record<string, string> = {}) {
  const app = await startApp(env);
  const [ann, bob] = await registerTwo(app);
  const { conversation } = await sendText(ann, bob.user.id, 'hello');
  const proxy = await openProxy(app.url);
  const browser = openBrowser(ann, proxy.url);
  const at = () => textsAt(bob, conversation.id);
  return { app, ann, bob, id: conversation.id, proxy, browser, at };
}

const statesOf = (messages: readonly Message[]) => messages.map(({ state }) => state);
const refusalOf = async (sending: Promise<unknown>) => {
  const error: unknown = await sending.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ParleyError)) throw new Error(`no refusal: ${String(error)}`);
  return error;
};

describe('sending', () => {
  test('a message is shown at once, and is the same one when the server has it', async () => {
    const { browser, id, at } = await setUp();
    const parley = await browser.open();
    const chat = await look(parley, id);

    const sending = chat.send('at once');
    const shown = present(chat.messages.at(-1));
    expect(shown).toMatchObject({ state: 'sending', seq: 0, rev: 0, isOwn: true, error: null, content: { __typename: 'TextContent', text: 'at once' } });
    expect(shown.id).toBe(shown.clientId);

    const sent = await sending;
    expect(sent).toMatchObject({ state: 'sent', seq: 2, clientId: shown.clientId });
    expect(chat.messages.filter(({ clientId }) => clientId === shown.clientId)).toHaveLength(1);
    expect(chat.messages.at(-1)).toMatchObject({ id: sent.id, state: 'sent', isOwn: true });
    expect(parley.waiting.get()).toBe(0);
    expect(await at()).toEqual(['hello', 'at once']);
  });

  test('what is written while the network is away goes out when it is back: in order, each once', async () => {
    const { browser, id, proxy, at } = await setUp();
    const parley = await browser.open();
    const chat = await look(parley, id);
    await proxy.cut();
    const texts = Array.from({ length: 5 }, (_, place) => `away ${place}`);
    const all = Promise.all(texts.map((text) => chat.send(text)));
    expect(statesOf(chat.messages.slice(-5))).toEqual(texts.map(() => 'sending'));
    expect(parley.waiting.get()).toBe(5);
    await becomes(chat, ({ messages }) => messages.some(({ error }) => error?.code === 'NETWORK'), 'what it waits for');

    await proxy.mend();
    await all;
    expect(await at()).toEqual(['hello', ...texts]);
    expect(textsOf(chat.messages)).toEqual(['hello', ...texts]);
  });

  test('an answer that is lost is asked for again, and nothing is sent twice', async () => {
    const { browser, id, at } = await setUp();
    let lost = 0;
    const parley = await browser.open({ fetch: losing((body) => body.includes('sendMessage') && lost++ < 2) });
    const chat = await look(parley, id);

    await Promise.all([chat.send('one'), chat.send('two')]);
    expect(lost).toBeGreaterThan(2);
    expect(await at()).toEqual(['hello', 'one', 'two']);
    await becomes(chat, ({ messages }) => messages.every(({ state }) => state === 'sent'), 'all messages');
    expect(textsOf(chat.messages)).toEqual(['hello', 'one', 'two']);
  });

  test('a refused message fails with its code, does not hold up the next ones, and can be sent again or discarded', async () => {
    const { browser, ann, bob, id, at } = await setUp();
    const parley = await browser.open();
    const chat = await look(parley, id);
    await bob.ask(BlockUserDocument, { userId: ann.user.id });

    const refused = chat.send('refused');
    expect(await refusalOf(refused)).toMatchObject({ code: 'BLOCKED', retryable: false });
    const failed = present(chat.messages.at(-1));
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'BLOCKED' } });
    expect(parley.waiting.get()).toBe(1);
    await bob.ask(UnblockUserDocument, { userId: ann.user.id });
    await chat.send('next');

    chat.retry(present(failed.clientId));
    await becomes(
      chat,
      ({ messages }) => messages.at(-1)?.state === 'sent' && messages.at(-1)?.clientId === failed.clientId,
      'the message that was sent again',
    );
    expect(await at()).toEqual(['hello', 'next', 'refused']);

    expect((await refusalOf(chat.send(''))).code).toBe('BAD_USER_INPUT');
    chat.discard(present(chat.messages.at(-1)?.clientId));
    expect(textsOf(chat.messages)).toEqual(['hello', 'next', 'refused']);
    expect(parley.waiting.get()).toBe(0);
  });

  test('too often is no failure: it waits as long as the server says, and says so', async () => {
    const { browser, id, at } = await setUp({ RATE_LIMITS: 'on', RATES: 'register=1000/min, send=1/s' });
    const parley = await browser.open();
    const chat = await look(parley, id);
    const all = Promise.all(['one', 'two', 'three'].map((text) => chat.send(text)));
    const { messages } = await becomes(chat, (state) => state.messages.some(({ error }) => error?.code === 'RATE_LIMITED'), 'what it waits for');
    expect(messages.find(({ error }) => error !== null)).toMatchObject({ state: 'sending', error: { retryable: true, retryAfter: 1 } });
    await all;
    expect(await at()).toEqual(['hello', 'one', 'two', 'three']);
  });

  test('a conversation that has to wait holds up no other one', async () => {
    const { app, browser, ann, id, at } = await setUp({ RATE_LIMITS: 'on', RATES: 'register=1000/min, unansweredSend=1/h' });
    const cid = await registerUser(app);
    await makeFriends(ann, cid);
    const parley = await browser.open();
    const chat = await look(parley, id);
    void chat.send('waits');
    await becomes(chat, ({ messages }) => messages.at(-1)?.error?.code === 'RATE_LIMITED', 'what it waits for');

    expect(await parley.conversationWith(cid.user.id).send('passes')).toMatchObject({ state: 'sent' });
    expect(statesOf(chat.messages)).toEqual(['sent', 'sending']);
    expect(await at()).toEqual(['hello']);
  });

  test('a token that has expired is renewed, and what was written goes out', async () => {
    const { app, ann, bob, id } = await setUp();
    await app.stop();
    const short = await startApp({ ...app.env, TOKEN_TTL_SECONDS: '1' });
    const again = await loginAgain(ann, undefined, short);
    const parley = await openBrowser(again, short.url).open();
    const chat = await look(parley, id);
    await expect.poll(async () => (await again.execute(MeDocument, {})).errors[0]?.extensions?.code, { timeout: 20_000 }).toBe('TOKEN_EXPIRED');
    await Promise.all(['one', 'two'].map((text) => chat.send(text)));
    expect(await textsAt(bob.at(short), id)).toEqual(['hello', 'one', 'two']);
  });

  test('what is posted while somebody else signs in waits for whoever wrote it, and goes out when they are back', async () => {
    const { app, browser, ann, bob, at } = await setUp();
    const cid = await registerUser(app);
    // Whoever is signed in may write to both.
    for (const person of [ann, bob]) await openChatset(person);
    let isExpired = false;
    const parley = await browser.open({
      async fetch(input, init) {
        const body = String(init?.body);
        if (body.includes('sendMessage') && !isExpired) {
          isExpired = true;
          return Response.json({ errors: [{ message: 'Over', extensions: { code: 'TOKEN_EXPIRED' } }] });
        }
        if (body.includes('refreshSession')) await parley.signIn({ username: cid.username, password: cid.password });
        return await fetch(input, init);
      },
    });
    void parley.conversationWith(bob.user.id).send('by Ann');
    await becomes(parley.session, (state) => state.status === 'signedIn' && state.user.id === cid.user.id, 'the other person');
    await becomes(parley.waiting, (count) => count === 0, 'that nothing waits for the other person');
    await parley.conversationWith(ann.user.id).send('by Cid');
    await parley.signIn({ username: ann.username, password: ann.password });
    await expect.poll(at, { timeout: 20_000 }).toEqual(['hello', 'by Ann']);
    await becomes(parley.waiting, (count) => count === 0, 'that nothing waits');
  });

  test('the first messages to somebody make the conversation, in order, also where it was cut off between them', async () => {
    const { app, ann, proxy, browser } = await setUp();
    const cid = await registerUser(app);
    await openChatset(cid);
    const parley = await browser.open();
    const chat = parley.conversationWith(cid.user.id);
    chat.subscribe(() => {});
    await becomes(chat, ({ isLoading }) => !isLoading, 'that there is none');
    expect(chat.conversation).toBeNull();

    await proxy.cut();
    const all = Promise.all(['one', 'two', 'three'].map((text) => chat.send(text)));
    expect(textsOf(chat.messages)).toEqual(['one', 'two', 'three']);
    await proxy.mend();
    await all;
    const { conversation } = await becomes(
      chat,
      (state) => state.conversation !== null && state.messages.every(({ state }) => state === 'sent'),
      'the conversation',
    );
    expect(textsOf(chat.messages)).toEqual(['one', 'two', 'three']);
    expect(await textsAt(ann, present(conversation).id)).toEqual(['one', 'two', 'three']);
  });

  test('whoever has no session becomes a visitor with the first message', async () => {
    const { app, bob } = await setUp();
    await openChatset(bob);
    const parley = await openBrowser(null, app.url).open();
    expect(parley.session.get().status).toBe('signedOut');
    const sent = await parley.conversationWith(bob.user.id).send('from a visitor');
    expect(sent.sender?.role).toBe('VISITOR');
    expect(await textsAt(bob, sent.conversation.id)).toEqual(['from a visitor']);

    const never = await openBrowser(null, app.url).open({ visitors: 'never' });
    expect((await refusalOf(never.conversationWith(bob.user.id).send('from nobody'))).code).toBe('TOKEN_MISSING');
  });
});
