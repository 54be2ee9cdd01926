import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import { ConversationsDocument, HistoryDocument, LoginDocument, MarkReadDocument, RegisterDocument, SetTypingDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { everythingOf } from '../support/everything.ts';
import { freshName, makeFriends, openChatset, type Person, personOf, registerTwo, sendText } from '../support/people.ts';

// With the limits as they are when nobody has set any: what people do is not too often.

const password = 'correct horse';
const startLimited = () => startApp({ RATE_LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.1' });

/** Somebody who registered at home, where nobody else is. */
async function registerAtHome(app: TestApp, index: number): Promise<Person> {
  const headers = { 'x-forwarded-for': `198.51.100.${index + 1}` };
  const answer = await app.execute(RegisterDocument, { input: { username: freshName(), password } }, { headers });
  expect(codesOf(answer)).toEqual([]);
  return personOf(app, answer.data?.register, password);
}

it('a crowd behind one address logs in, looks around and writes, and nobody is refused', async () => {
  const app = await startLimited();
  const people = await Promise.all(Array.from({ length: 30 }, (_, index) => registerAtHome(app, index)));
  await Promise.all(people.map(openChatset));
  const day = async (index: number) => {
    const { username } = present(people[index]);
    const neighbour = present(people[(index + 1) % people.length]);
    const answer = await app.execute(LoginDocument, { input: { username, password } }, { headers: { 'x-forwarded-for': '203.0.113.1' } });
    expect(codesOf(answer)).toEqual([]);
    const person = personOf(app, answer.data?.login, password);
    await person.ask(ConversationsDocument, {});
    for (let count = 1; count <= 20; count += 1) {
      const { conversation, seq } = await sendText(person, neighbour.user.id, `${count}`);
      if (count % 5 !== 0) continue;
      await person.ask(HistoryDocument, { id: conversation.id, last: 50 });
      await person.ask(MarkReadDocument, { conversationId: conversation.id, seq });
      await person.ask(SetTypingDocument, { conversationId: conversation.id });
    }
  };
  await Promise.all(people.map((_, index) => day(index)));
});

it('a page with everything selected loads, and again and again', async () => {
  const app = await startLimited();
  const [one, other] = await registerTwo(app);
  await makeFriends(one, other);
  const { conversation } = await sendText(one, other.user.id, 'hello');
  await sendText(other, one.user.id, 'hello too');
  const everything = (type: string, depth: number) => everythingOf(schema, present(schema.getType(type)), depth);
  const conversations = `{ viewer { ${everything('Viewer', 1)} } conversations(first: 50) { edges { cursor node { ${everything('Conversation', 1)} } } } }`;
  const history = `query ($id: ID!) { conversation(id: $id) { messages(last: 50) { edges { cursor node { ${everything('Message', 1)} } } } } }`;
  for (let count = 0; count < 5; count += 1) {
    const [list, page] = await Promise.all([ask(one, conversations, {}), ask(one, history, { id: conversation.id })]);
    expect(list).toMatchObject({ conversations: { edges: [{ node: { id: conversation.id } }] } });
    expect(page).toMatchObject({ conversation: { messages: { edges: [{ node: { seq: 1 } }, { node: { seq: 2 } }, { node: { seq: 3 } }] } } });
  }
});

/** Asks for what no typed document has. */
async function ask(person: Person, text: string, variables: Readonly<Record<string, string>>): Promise<unknown> {
  const document: TypedDocumentNode<unknown, Readonly<Record<string, string>>> = parse(text);
  return await person.ask(document, variables);
}
