import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ConversationDocument,
  ConversationsDocument,
  MarkReadDocument,
  RecallMessageDocument,
  ThingsDocument,
  UpdateProfileDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { openChatset, type Person, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { watchStatements } from '../support/statements.ts';

let app: TestApp;
beforeAll(async () => {
  // Nothing is read in the background and no session is read twice: the statements of a query can be counted.
  app = await startApp({ COMPARE_MILLISECONDS: '3600000', SESSION_CACHE_SECONDS: '3600' });
});

const globalId = (typename: string, key: string) => Buffer.from(`${typename}:${key}`).toString('base64url');
const pageOf = async (person: Person, first?: number, after?: string | null) =>
  present((await person.ask(ConversationsDocument, { first, after })).conversations);
const idsOf = async (person: Person) => (await pageOf(person, 100)).edges.map(({ node }) => node.id);

/** Somebody to whom so many visitors have written, and the conversations in the order of their first messages. */
async function popular(count: number): Promise<{ person: Person; visitors: Person[]; ids: string[] }> {
  const person = await registerUser(app);
  await openChatset(person);
  const visitors = await Promise.all(Array.from({ length: count }, () => registerVisitor(app)));
  const ids: string[] = [];
  for (const visitor of visitors) ids.push((await sendText(visitor, person.user.id, 'hello')).conversation.id);
  return { person, visitors, ids };
}

describe('conversations', () => {
  it('are none before the first message', async () => {
    const person = await registerUser(app);
    expect(await pageOf(person)).toEqual({ edges: [], pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null } });
    expect(codesOf(await app.execute(ConversationsDocument, {}))).toEqual(['TOKEN_MISSING']);
  });

  it('stand in the order of their newest message; reading and recalling change nothing', async () => {
    const { person, visitors, ids } = await popular(4);
    const [a, b, c, d] = ids;
    expect(await idsOf(person)).toEqual([d, c, b, a]);
    await sendText(person, present(b), 'answer');
    expect(await idsOf(person)).toEqual([b, d, c, a]);
    const recalled = await sendText(present(visitors[0]), present(a), 'again');
    expect(await idsOf(person)).toEqual([a, b, d, c]);
    await person.ask(MarkReadDocument, { conversationId: present(c), seq: 1 });
    await present(visitors[2]).ask(MarkReadDocument, { conversationId: present(c), seq: 1 });
    await present(visitors[0]).ask(RecallMessageDocument, { id: recalled.id });
    expect(await idsOf(person)).toEqual([a, b, d, c]);
  });

  it('come in pages of 1 to 100, 20 when not said (E2)', async () => {
    const { person, ids } = await popular(23);
    const newest = ids.toReversed();
    const first = await pageOf(person);
    expect(first.edges.map(({ node }) => node.id)).toEqual(newest.slice(0, 20));
    expect(first.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false, startCursor: first.edges[0]?.cursor, endCursor: first.edges[19]?.cursor });
    const second = await pageOf(person, 3, first.pageInfo.endCursor);
    expect(second.edges.map(({ node }) => node.id)).toEqual(newest.slice(20));
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    for (const size of [0, -1, 101]) {
      const answer = await person.execute(ConversationsDocument, { first: size });
      expect(answer.errors.map(({ extensions }) => [extensions?.code, extensions?.field])).toEqual([['BAD_USER_INPUT', 'first']]);
    }
    for (const after of ['', 'x', present(ids[0]), Buffer.from('[1,2]').toString('base64url'), Buffer.from('[1e99,"x"]').toString('base64url')]) {
      const answer = await person.execute(ConversationsDocument, { after });
      expect(
        answer.errors.map(({ extensions }) => [extensions?.code, extensions?.field]),
        after,
      ).toEqual([['BAD_USER_INPUT', 'after']]);
    }
  });

  it('read page by page while messages arrive: none twice, and none that stood still is left out', async () => {
    const { person, visitors, ids } = await popular(9);
    const seen: string[] = [];
    // Of those that are still to come, one jumps to the top after each page.
    const jumping = [present(ids[1]), present(ids[4])];
    for (let after: string | null | undefined; after !== null; ) {
      const { edges, pageInfo } = await pageOf(person, 2, after);
      seen.push(...edges.map(({ node }) => node.id));
      const id = jumping.pop();
      if (id !== undefined) await sendText(present(visitors[ids.indexOf(id)]), id, 'now');
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual([8, 7, 6, 5, 3, 2, 0].map((index) => ids[index]));
    expect(await idsOf(person)).toHaveLength(9);
  });

  it('have cursors without a number of the database', async () => {
    const { person } = await popular(1);
    const { edges } = await pageOf(person);
    const keys: unknown = JSON.parse(Buffer.from(present(edges[0]).cursor, 'base64url').toString());
    const uuid = Buffer.from(present(edges[0]).node.id, 'base64url').toString().split(':')[1];
    expect(keys).toEqual([Date.parse(present(edges[0]?.node.lastMessage).createdAt), uuid]);
  });

  it('show the peer: title, picture, last message, marks', async () => {
    const { person, visitors, ids } = await popular(1);
    const [visitor, id] = [present(visitors[0]), present(ids[0])];
    await person.ask(UpdateProfileDocument, { input: { nickname: '客服', avatar: 'https://example.com/a.png' } });
    const last = await sendText(person, id, '您好');
    const shown = { id, kind: 'DIRECT', rev: 2, lastSeq: 2, lastMessage: { id: last.id, content: { text: '您好' } } };
    expect((await visitor.ask(ConversationDocument, { id })).conversation).toMatchObject({
      ...shown,
      title: '客服',
      avatar: 'https://example.com/a.png',
      peer: { id: person.user.id },
      readSeq: 1,
      peerReadSeq: 2,
      unreadCount: 1,
    });
    expect((await person.ask(ConversationDocument, { id })).conversation).toMatchObject({
      ...shown,
      title: visitor.username,
      avatar: null,
      peer: { id: visitor.user.id },
      readSeq: 2,
      peerReadSeq: 1,
      unreadCount: 0,
    });
  });

  it('do not exist for strangers, as ids that never were (M8)', async () => {
    const { ids } = await popular(1);
    const stranger = await registerUser(app);
    for (const id of [
      present(ids[0]),
      globalId('Conversation', randomUUID()),
      globalId('Conversation', 'x'),
      globalId('Conversation', '1'),
      stranger.user.id,
      'x',
      '',
    ]) {
      expect(await stranger.ask(ConversationDocument, { id })).toEqual({ conversation: null });
      if (id !== stranger.user.id) expect((await stranger.ask(ThingsDocument, { messageId: 'x', conversationId: id })).conversation).toBeNull();
    }
    expect(await idsOf(stranger)).toEqual([]);
  });

  it('are read with as many statements for 50 as for 2', async () => {
    const watched = watchStatements();
    /** The beginning of each statement that read people, conversations or messages: what runs in the background reads other tables. */
    const statements = async (person: Person, count: number) => {
      watched.take();
      const { conversations } = await person.ask(ConversationsDocument, { first: 100 });
      expect(conversations?.edges).toHaveLength(count);
      // The index for searching reads messages by themselves.
      const ofIndex = /indexed_seq|^select \W*seq\b|^\/\* waits/;
      const texts = watched.take().filter((text) => /from \W*(member|message|conversation|user|relation)\b/.test(text) && !ofIndex.test(text));
      return texts.map((text) => text.replaceAll(/\d+/g, '0').slice(0, 40));
    };
    const [{ person: one }, { person: other }] = [await popular(2), await popular(50)];
    // What runs in the background after so many have come reads the same tables now and then: once it rests, there is nothing but the answer.
    await vi.waitFor(
      async () => {
        const few = await statements(one, 2);
        expect(few.length).toBeGreaterThan(3);
        expect(await statements(other, 50)).toEqual(few);
      },
      { timeout: 20_000, interval: 100 },
    );
  });
});
