import { randomUUID } from 'node:crypto';
import { CreateGroupDocument } from '../../../test/generated/graphql.ts';
import { present } from '../../../test/support/client.ts';
import type { Person } from '../../../test/support/people.ts';

/** A group of somebody with friends of theirs; gives the id of its conversation. */
export async function createGroupOf(owner: Person, name: string, friends: readonly Person[]): Promise<string> {
  const { createGroup } = await owner.ask(CreateGroupDocument, { input: { name, memberIds: friends.map(({ user }) => user.id) } });
  return present(createGroup, 'the group').id;
}

/** So many messages of somebody, the first one first, `message 1 of many` and so on; ten in a document, as many as one may have. */
export async function sendMany(from: Person, to: string, count: number): Promise<void> {
  const portion = 10;
  for (let sent = 0; sent < count; sent += portion) {
    const sends = Array.from({ length: Math.min(portion, count - sent) }, (_, index) => {
      const input = `{ to: ${JSON.stringify(to)}, clientId: "${randomUUID()}", content: { text: "message ${sent + index + 1} of many" } }`;
      return `m${index}: sendMessage(input: ${input}) { seq }`;
    });
    const body = JSON.stringify({ query: `mutation { ${sends.join('\n')} }` });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${from.token}` };
    const answer: { readonly errors?: unknown } = await (await fetch(from.app.url, { method: 'POST', headers, body })).json();
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  }
}
