import { randomUUID } from 'node:crypto';
import { getNamedType, isIntrospectionType, isListType, isNonNullType, isObjectType, parse } from 'graphql';
import { expect, test, vi } from 'vitest';
import { schema } from '../../src/schema.ts';
import {
  BlockUserDocument,
  FollowDocument,
  JoinGroupDocument,
  PinMessageDocument,
  ReactDocument,
  SendFriendRequestDocument,
  SendMessageDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { dataOf, executeHttp, present } from '../support/client.ts';
import { attachmentsOf, sendContent } from '../support/contents.ts';
import { insertExternal, insertProvider } from '../support/external-users.ts';
import { createGroup, insertFriendsOf, insertUsers, openTables } from '../support/groups.ts';
import { keyIn } from '../support/hidden-things.ts';
import { loginAgain, type Person, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { keyClient } from '../support/server-keys.ts';
import { createStage } from '../support/state-scene.ts';
import { watchStatements } from '../support/statements.ts';
import { type ArgumentValues, type WholeDocument, wholeQuery } from '../support/whole-state.ts';

const few = 2;
const many = 14;

/** Somebody who sees lists, and what to ask for. */
interface Scene {
  readonly person: Person;
  readonly values: ArgumentValues;
}

/** Makes somebody who sees so many of everything that can stand in a list. */
async function createScene(count: number): Promise<Scene> {
  const { app, admin } = await createStage();
  const [person] = admin;
  const database = await openTables(app);
  const [friends, strangers] = [await insertFriendsOf(database, person, count), await insertUsers(database, count)];
  const guest = await registerVisitor(app);
  const make = async (index: number) => {
    const friend = present(friends[index]);
    await keyClient(app, ['READ'], person);
    await sendText(person, friend, 'a word');
    const group = await createGroup(person, [], { memberIds: [friend], name: `group ${index}`, joinPolicy: 'APPROVAL' });
    await guest.ask(JoinGroupDocument, { inviteCode: group.inviteCode });
    const first = await sendText(person, group.id, 'a word');
    const input = { to: group.id, clientId: randomUUID(), content: { text: 'a word again' }, replyTo: first.id, mentions: [friend] };
    const messageId = present((await person.ask(SendMessageDocument, { input })).sendMessage).id;
    await sendContent(person, group.id, await attachmentsOf(database, person));
    await person.ask(ReactDocument, { messageId, emoji: '👍' });
    await person.ask(PinMessageDocument, { messageId });
    await loginAgain(person);
    const other = await registerUser(app, { nickname: `somebody ${index}` });
    await other.ask(SendFriendRequestDocument, { userId: person.user.id });
    await person.ask(UpdateUserDocument, { userId: other.user.id, role: 'AGENT' });
    const userId = present(strangers[index]).uuid;
    await person.ask(FollowDocument, { userId });
    await person.ask(SendFriendRequestDocument, { userId });
    await person.ask(BlockUserDocument, { userId });
    return group;
  };
  for (const [index, friend] of friends.entries()) {
    await insertProvider(app, `provider ${index}`, database);
    await insertExternal(app, { uuid: keyIn(friend) }, JSON.stringify([{ key: 'a', value: 'b' }]), database);
  }
  const [group] = await Promise.all(Array.from({ length: count }, (_, index) => make(index)));
  const { id, inviteCode } = present(group);
  const values = {
    'Query.conversation(id:)': [id],
    'Query.groupByCode(inviteCode:)': [inviteCode],
    'Query.node(id:)': [id],
    // A search goes from conversation to conversation, in portions that have a bound of their own.
    'Query.searchMessages(keyword:)': [],
    'Query.searchUsers(keyword:)': ['somebody'],
    'Query.userByExternalId(externalId:)': [],
    'Query.userInfo(uuid:)': [person.user.uuid],
  };
  return { person, values };
}

test('a list within a list is read with as many statements for many parents as for few', { timeout: 120_000 }, async () => {
  const statements = watchStatements();
  const read = async ({ person, values }: Scene) => {
    const document = wholeQuery(schema, values, { below: 2 });
    statements.take();
    const data = dataOf(await executeHttp<object, object>(person.app.url, parse(document.text), document.variables, { token: person.token }));
    return { document, data, texts: countOf(statements.take().map(kindOf)) };
  };
  const scenes = [await createScene(few), await createScene(many)] as const;
  // The index for searching reads the same tables, until it has what was written for the scenes: then there is nothing but the answer.
  await vi.waitFor(
    async () => {
      const [short, long] = [await read(scenes[0]), await read(scenes[1])];
      // Of which nothing is there, nothing is known. What a search finds stands elsewhere too.
      const lengths = lengthsIn(long.data, long.document);
      expect(listFields().filter((field) => (lengths.get(field) ?? 0) < many)).toEqual(['Query.searchMessages']);
      // Somewhat more may be right: the same question is asked from several places, and now and then two of them find each other.
      const grown = [...long.texts].filter(([text, count]) => count - (short.texts.get(text) ?? 0) >= (many - few) / 2);
      expect(grown.map(([text]) => text)).toEqual([]);
      expect(long.texts.size).toBeGreaterThan(20);
    },
    { timeout: 20_000, interval: 200 },
  );
});

/** What tells a statement from others, whatever and however many keys it is about. */
function kindOf(text: string): string {
  return text.replace(/\bwhere\b.*/s, '').replaceAll(/\d+/g, '0');
}

function countOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** Every field that gives a list of things, or a page of one; of events there is no list. */
function listFields(): string[] {
  const event = schema.getType('Event');
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || isIntrospectionType(type) || type.getInterfaces().some((face) => face === event)) return [];
    return Object.values(type.getFields()).flatMap((field) => {
      const result = isNonNullType(field.type) ? field.type.ofType : field.type;
      const item = getNamedType(result);
      const isPage = isObjectType(item) && 'edges' in item.getFields();
      return field.name !== 'edges' && isObjectType(item) && (isPage || isListType(result)) ? [`${type.name}.${field.name}`] : [];
    });
  });
}

/** How many items stand in the lists of each field. */
function lengthsIn(data: object, { names }: WholeDocument): Map<string, number> {
  const lengths = new Map<string, number>();
  const visit = (value: unknown, field: string) => {
    if (Array.isArray(value)) {
      lengths.set(field, (lengths.get(field) ?? 0) + value.length);
      for (const item of value) visit(item, '');
    } else if (typeof value === 'object' && value !== null) {
      const type = value === data ? 'Query' : '__typename' in value ? String(value.__typename) : '';
      for (const [alias, child] of Object.entries(value)) {
        const name = (names.get(alias) ?? alias).replace(/\(.*/, '');
        visit(child, name === 'edges' ? field : `${type}.${name}`);
      }
    }
  };
  visit(data, '');
  return lengths;
}
