import { randomUUID } from 'node:crypto';
import { createApollo } from 'parley-client/apollo';
import { createUrql } from 'parley-client/urql';
import { expect, test, vi } from 'vitest';
import { ChatHistoryDocument, ChatSendDocument } from '../generated/graphql.ts';
import { type Env, startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { adminEnv, loginAdmin, registerAgent, registerTwo, registerUser, registerVisitor } from '../support/people.ts';
import { openPage, type Page } from './page.ts';

/** A server with limits, the usual ones unless a test says otherwise. */
const startCounting = (rates = '', env: Env = {}) => startApp({ RATE_LIMITS: 'on', ...(rates === '' ? {} : { RATES: rates }), ...env });

const lines = (many: number) => Array.from({ length: many }, (_, index) => `line ${index}`);

/** The id of the one conversation of a page. */
async function conversationOf(page: Page): Promise<string> {
  return present((await page.start()).conversations?.edges[0], 'the conversation').node.id;
}

/** What was said in it. */
async function textsIn(page: Page): Promise<(string | undefined)[]> {
  const { conversation } = await page.ask(ChatHistoryDocument, { id: await conversationOf(page), last: 100 });
  return present(conversation).messages.edges.map(({ node }) => node.content?.text);
}

test('messages that are too many wait as told and arrive, once and in order', async () => {
  const app = await startCounting('send=2/s+1');
  const [one, other] = await registerTwo(app);
  const page = openPage(one);
  const asked = vi.spyOn(globalThis, 'fetch');
  for (const text of lines(7)) await page.send(other.user.id, text);
  expect(await textsIn(page)).toEqual(lines(7));
  // Whoever does not wait asks more often.
  expect(asked.mock.calls.length).toBeLessThan(20);
});

test('a wait that a person would notice is told, at once', async () => {
  const app = await startCounting('send=1/h');
  const [one, other] = await registerTwo(app);
  const page = openPage(one);
  await page.send(other.user.id, 'the first');
  await expect(page.send(other.user.id, 'the second')).rejects.toThrow('RATE_LIMITED');
});

test('the clients that send through this session wait as well', async () => {
  const app = await startCounting('send=1/s');
  const [one, other] = await registerTwo(app);
  const page = openPage(one);
  const urql = createUrql(page.transport);
  const apollo = createApollo(page.transport);
  const input = (text: string) => ({ input: { to: other.user.id, clientId: randomUUID(), content: { text } } });
  for (const text of ['1', '2']) expect((await urql.mutation(ChatSendDocument, input(text))).error).toBeUndefined();
  const sent = await apollo.mutate({ mutation: ChatSendDocument, variables: input('3') });
  expect(sent.data?.sendMessage?.seq).toBe(3);
});

test('a token that has to wait for its turn is there afterwards, and the session goes on', async () => {
  const app = await startCounting('refreshOfSession=1/s', { TOKEN_TTL_SECONDS: '0.2' });
  const page = openPage(await registerUser(app));
  const tokens = new Set([page.token()]);
  while (tokens.size < 4) {
    await page.start();
    tokens.add(page.token());
  }
  expect(tokens).not.toContain('');
});

test('whoever pastes 30 messages at once has them all sent, with the usual limits', async () => {
  const app = await startCounting();
  const [one, other] = await registerTwo(app);
  const page = openPage(one);
  await Promise.all(lines(30).map((text) => page.send(other.user.id, text)));
  expect((await textsIn(page)).toSorted()).toEqual(lines(30).toSorted());
});

test('a visitor who writes 15 lines before an agent answers has them all sent, in order, with the usual limits', async () => {
  const app = await startCounting('', adminEnv);
  const agent = await registerAgent(await loginAdmin(app));
  const page = openPage(await registerVisitor(app));
  for (const text of lines(15)) await page.send(agent.user.id, text);
  expect(await textsIn(page)).toEqual(lines(15));
});
