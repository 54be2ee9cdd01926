import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { scopesOf } from '../../src/graphql/scopes.ts';
import { insertAll } from '../../src/platform/bulk.ts';
import { schema } from '../../src/schema.ts';
import { SendMessageDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import type { Answer } from '../support/client.ts';
import { insertProvider } from '../support/external-users.ts';
import { createGroup, insertFriendsOf, openTables } from '../support/groups.ts';
import { globalId, keyIn } from '../support/hidden-things.ts';
import { documentOf, type IdPlace, idPlaces, variablesOf } from '../support/id-places.ts';
import { adminEnv, loginAdmin, openChatset, type Person, registerTwo, sendText } from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';
import type { Socket } from '../support/socket.ts';

let app: TestApp;
let admin: Person;
let socket: Socket;
let server: KeyClient;
let groupId: string;
let messageId: string;
const friends: string[] = [];
let bystander = '';
beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
  socket = admin.socket();
  server = await keyClient(app, ['ALL'], admin);
  await insertProvider(app, 'shop');
  groupId = (await createGroup(admin, [])).id;
  messageId = (await sendText(admin, groupId, 'hello')).id;
  const database = await openTables(app);
  friends.push(...(await insertFriendsOf(database, admin, 200)));
  bystander = friends.pop() ?? '';
  // An admin resets no password where there is none.
  await database.transaction((tx) => tx.db.updateTable('User').set({ passwordHash: 'x' }).where('passwordHash', 'is', null).execute());
  const record = { at: 1, sessionUuid: null, action: 'user.role', targetType: 'User', reason: null, changes: null };
  await database.transaction((tx) =>
    insertAll(
      tx,
      'AuditRecord',
      friends.map(keyIn).map((uuid) => ({ ...record, uuid: randomUUID(), actorUuid: uuid, targetKey: uuid })),
    ),
  );
});

type AnyAnswer = Answer<Readonly<Record<string, unknown>>>;

/** The code of the refusal where somebody is named in a place, EMPTY for nothing, else OK. */
async function outcomeOf(place: IdPlace, id: string): Promise<string> {
  const values = {
    conversationId: groupId,
    to: id,
    emoji: '👍',
    keyword: 'x',
    clientId: randomUUID(),
    deviceId: randomUUID(),
    forward: messageId,
    userId: bystander,
    userIds: [admin.user.id],
    externalId: randomUUID(),
  };
  const variables = variablesOf(place, id, values, 'least');
  return outcomeIn(place, await askFor(place, variables));
}

/** As an admin, or with a server key where it is for nobody else. */
async function askFor(place: IdPlace, variables: Record<string, unknown>): Promise<AnyAnswer> {
  const document = documentOf(place, schema);
  if (scopesOf(place.field)?.join() === 'right') return await server.execute<AnyAnswer['data'] & object, typeof variables>(document, variables);
  const stream = socket.subscribe<AnyAnswer['data'] & object, typeof variables>(document, variables);
  const answer = await stream.answer();
  stream.close();
  return answer;
}

function outcomeIn(place: IdPlace, { data, errors }: AnyAnswer): string {
  const [error] = errors;
  // A server of the operator's does not see all that a document asks of what it has done.
  if (scopesOf(place.field)?.join() === 'right' && (error?.path?.length ?? 0) > 1) return 'OK';
  if (error) return [error.extensions?.code, error.extensions?.field].filter(Boolean).join(' ');
  const value = data?.[place.field.name];
  return value === null || (typeof value === 'object' && 'edges' in value && Array.isArray(value.edges) && value.edges.length === 0) ? 'EMPTY' : 'OK';
}

const places = idPlaces(schema).filter(({ scalar, name }) => scalar === 'ID' && name !== 'Query.node(id:)');
const saysUuid = ({ path }: IdPlace) => path.at(-1)?.description?.includes('uuid') === true;
const [takingUsers, others] = [places.filter(saysUuid), places.filter((place) => !saysUuid(place))];

describe('where a user’s id is taken, the uuid is as well, in either case (E2)', () => {
  it.each(takingUsers)('$name', async (place) => {
    const [one = '', other = '', third = ''] = friends.splice(0, 3);
    const byId = await outcomeOf(place, one);
    expect(byId).toMatch(/^(OK|ALREADY_FRIENDS)$/);
    expect(await outcomeOf(place, keyIn(other))).toBe(byId);
    expect(await outcomeOf(place, keyIn(third).toUpperCase())).toBe(byId);
    expect(await outcomeOf(place, randomUUID())).toBe(await outcomeOf(place, globalId('User', randomUUID())));
  });

  it.each(others)('$name takes no user, and its description says so', async (place) => {
    const [friend = ''] = friends.splice(0, 1);
    for (const id of [friend, keyIn(friend)]) expect(await outcomeOf(place, id)).toMatch(/^(NOT_FOUND|EMPTY)/);
  });
});

it('a message to a uuid and to the id is one message, in one conversation (M2)', async () => {
  const [one, other] = await registerTwo(app);
  await openChatset(one);
  const clientId = randomUUID();
  const send = async (to: string, mentions: string[]) =>
    (await one.ask(SendMessageDocument, { input: { to, clientId, content: { text: 'hello' }, mentions } })).sendMessage;
  const first = await send(other.user.uuid, [other.user.uuid]);
  expect(first?.seq).toBe(1);
  for (const to of [other.user.id, other.user.uuid.toUpperCase(), first?.conversation.id ?? ''])
    for (const mention of [other.user.id, other.user.uuid.toUpperCase()]) expect((await send(to, [mention, other.user.id]))?.id).toBe(first?.id);
});
