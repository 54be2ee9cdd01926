import { setTimeout as sleep } from 'node:timers/promises';
import { type GraphQLObjectType, getNullableType, isInputObjectType, isListType, isNonNullType, print } from 'graphql';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import type { Database } from '../../src/platform/database.ts';
import { schema } from '../../src/schema.ts';
import { JoinGroupDocument, RecallMessageDocument, SendFriendRequestDocument, SessionsDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type BadFrame, badFrames, badGreetings, type FrameEnd } from '../support/bad-frames.ts';
import { badOperations, emptyQueries } from '../support/bad-operations.ts';
import { badRequests, sendRaw } from '../support/bad-requests.ts';
import { present } from '../support/client.ts';
import { type Ask, codeOf, overHttp, overSocket } from '../support/doors.ts';
import { createGroup, memberIdOf, openTables } from '../support/groups.ts';
import { globalId, keyIn } from '../support/hidden-things.ts';
import { documentOf, type IdPlace, inputPlaces, variablesOf } from '../support/id-places.ts';
import { within } from '../support/lifetime.ts';
import { adminEnv, loginAdmin, makeFriends, type Person, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';

let app: TestApp;
let small: TestApp;
let ann: Person;
let ids: Readonly<Record<string, string>>;
let before: readonly string[];
const asks = new Map<string, Ask>();

/** Every row of every table but those that a node writes of itself and of the time, whoever asks. */
async function everyRow(tables: Database): Promise<string> {
  // That somebody was refused what admins may do is written down.
  const own: readonly string[] = ['serving_node', 'clock', 'epoch_time', 'cleaning_progress', 'index_progress', 'search_progress', 'audit_record'];
  const names = entities.map(({ meta }) => meta.tableName).filter((name) => !own.includes(name));
  const read = async (name: string) => await tables.read(async (tx) => (await sql`select * from ${sql.table(name)}`.execute(tx.db)).rows);
  // Whoever is connected is seen, whatever they ask.
  const without = (key: string, value: unknown) => (key === 'lastSeenAt' ? undefined : value);
  return JSON.stringify(await Promise.all(names.map(async (name) => [name, await read(name)] as const)), without, 1);
}

/** How much the index for searching has yet to take, which it does by itself. */
async function unindexed(tables: Database): Promise<number> {
  return await tables.read(async ({ db }) => {
    const conversations = await db
      .selectFrom('Conversation')
      .innerJoin('Log', 'Log.id', 'Conversation.id')
      .where((eb) => eb.or([eb('searchableSeq', 'is', null), eb('searchableSeq', '<', eb.ref('lastSeq'))]))
      .select('Log.id')
      .execute();
    return conversations.length + (await db.selectFrom('IndexNote').selectAll().execute()).length;
  });
}

const databases: Database[] = [];

beforeAll(async () => {
  app = await startApp(adminEnv);
  small = await startApp({ BODY_BYTES: '20000', SOCKET_FRAME_BYTES: '20000' });
  databases.push(await openTables(app), await openTables(small));
  const [first, bob, carol, dora, visitor, admin] = await Promise.all([
    registerUser(app),
    registerUser(app),
    registerUser(app),
    registerUser(app),
    registerVisitor(app),
    loginAdmin(app),
  ]);
  ann = await registerUser(small);
  const people = { ann: first, bob, carol, dora, visitor, admin };
  await makeFriends(first, bob);
  const group = await createGroup(first, [bob], { name: 'a group', joinPolicy: 'APPROVAL' });
  const carolGroup = await createGroup(carol, []);
  const direct = await sendText(first, bob.user.id, 'for two');
  const clientId = '6a0f8e0e-5d0c-4b7e-9a43-3f2f5b1c7d10';
  const message = await sendText(first, group.id, 'for all', clientId);
  const recalled = await sendText(first, group.id, 'taken back');
  await first.ask(RecallMessageDocument, { id: recalled.id });
  const cursorOf = async (text: string) => /"cursor":"([^"]+)"/.exec(JSON.stringify(await overHttp(app, first.token)(text)))?.[1] ?? '';
  ids = {
    ...Object.fromEntries(Object.entries(people).map(([name, { user }]) => [name, user.id])),
    annName: first.username,
    annToken: first.token,
    visitorName: visitor.user.username,
    group: group.id,
    carolGroup: carolGroup.id,
    inviteCode: group.inviteCode,
    direct: direct.conversation.id,
    message: message.id,
    recalled: recalled.id,
    notice: globalId('Message', `${keyIn(group.id)}:1`),
    beyond: globalId('Message', `${keyIn(group.id)}:999`),
    clientId,
    annMember: memberIdOf(group.id, first),
    bobMember: memberIdOf(group.id, bob),
    friendRequest: present((await carol.ask(SendFriendRequestDocument, { userId: first.user.id })).sendFriendRequest).id,
    joinRequest: present((await carol.ask(JoinGroupDocument, { inviteCode: group.inviteCode })).joinGroup).id,
    annSession: present(present((await first.ask(SessionsDocument, {})).viewer).sessions[0]).id,
    conversations: await cursorOf('{ conversations { edges { cursor } } }'),
    friends: await cursorOf('{ contacts(kind: FRIEND) { edges { cursor } } }'),
  };
  asks.set('nobody', overHttp(app));
  for (const [name, { token }] of Object.entries(people)) asks.set(name, await overSocket(app, token));
  // Whoever comes and goes beside it changes nobody's presence.
  await (await openRawSocket(small.socketUrl)).init({ token: ann.token });
  const indexed = async () => {
    while ((await Promise.all(databases.map(unindexed))).some((count) => count > 0)) await sleep(50);
  };
  await within(indexed(), 20_000, () => 'the index is not done');
  before = await Promise.all(databases.map(everyRow));
});

describe('over HTTP', () => {
  it.each(badRequests)('%s', async (_what, sent, status, code) => {
    const answer = await sendRaw(small.url, sent);
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.body.length).toBeLessThan(1_000);
    expect(answer.body).not.toContain('"data"');
  });

  it('what is good is answered', async () => {
    expect(await sendRaw(small.url, {})).toMatchObject({ status: 200, body: '{"data":{"__typename":"Query"}}' });
  });
});

/** What becomes of a socket on which these are sent. */
async function endOf(sent: readonly BadFrame[], isGreeted: boolean): Promise<FrameEnd> {
  const socket = await openRawSocket(small.socketUrl);
  if (isGreeted) await socket.init({ token: ann.token });
  for (const frame of sent) socket.send(frame);
  const closed = socket.closed().then(({ code, reason }) => [code, reason] as const);
  const end = await socket.next().then(
    ({ type, payload }) => {
      const code = codeOf(Array.isArray(payload) ? { errors: payload } : { ...Object(payload) });
      return { type, ...(code === undefined ? {} : { code }) };
    },
    () => closed,
  );
  // An event of a stream that was begun is no answer to what came after it.
  if ('type' in end && end.type === 'next' && end.code === undefined) return await closed;
  if ('type' in end) expect(socket.socket.readyState).toBe(1);
  socket.close();
  return end;
}

describe('over the socket', () => {
  it.each(badGreetings)('before the acknowledgement: %s', async (_what, sent, end) => {
    expect(await endOf(sent, false)).toEqual(end);
  });

  it.each(badFrames)('%s', async (_what, sent, end) => {
    expect(await endOf(sent, true)).toEqual(end);
  });
});

const rootOf = (field: string) => {
  const roots: readonly (readonly [IdPlace['operation'], GraphQLObjectType | null | undefined])[] = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ];
  for (const [operation, type] of roots) {
    const found = type?.getFields()[field];
    if (found) return { operation, field: found, name: field, path: [], scalar: '' };
  }
  throw new Error(`there is no ${field}`);
};
const askFor = async (who: string, field: string, variables: object) =>
  await present(asks.get(who), who)(print(documentOf(rootOf(field), schema)), JSON.stringify(variables));

describe('operations', () => {
  it.each(badOperations)('$field: $what ($who)', async ({ who, field, given, code, at }) => {
    const { errors, data } = await askFor(who, field, given(ids));
    const [first, ...rest] = errors ?? [];
    expect([first?.extensions?.code, first?.extensions?.field ?? null, rest]).toEqual([code, at, []]);
    expect(present(first).message.length).toBeLessThanOrEqual(200);
    expect(data ?? null).toSatisfy((whole: unknown) => whole === null || Object.values(Object(whole)).every((value) => value === null));
  });

  it.each(Object.keys(emptyQueries))('%s: what is not there is nothing, without an error', async (field) => {
    for (const given of emptyQueries[field] ?? []) {
      const { errors, data } = await askFor('ann', field, given(ids));
      expect([errors, JSON.stringify(data)]).toEqual([undefined, expect.stringMatching(/:(null|\{"__typename":"\w+","edges":\[\].*)\}$/)]);
    }
  });

  it('every root field that takes anything has a row', () => {
    const named = new Set([...badOperations.map(({ field }) => field), ...Object.keys(emptyQueries)]);
    // What every place takes is judged below; a cursor that is none is a stream from its beginning.
    expect([...new Set(inputPlaces(schema).map(({ field }) => field.name))].filter((name) => !named.has(name))).toEqual(['events']);
  });
});

/** Of each type what is none of it. */
const ofOtherTypes: Readonly<Record<string, readonly unknown[]>> = {
  ID: [{}, true, 1.5, ['x', {}]],
  String: [7, true, {}, ['x', 'y']],
  Int: ['1', 1.5, 2_147_483_648, -2_147_483_649, true, {}],
  Float: ['1', true, {}],
  Boolean: ['true', 1, {}],
  UUID: ['x', 7, {}, '6a0f8e0e5d0c4b7e9a433f2f5b1c7d10'],
  DateTime: ['x', 1_700_000_000_000, '2026-01-31', '2026-01-31T12:00:00', '2026-12-31T23:59:60Z', '-000001-01-01T00:00:00Z'],
  Date: ['x', 20_260_131, '2026-02-30', '2026-1-1'],
};

describe('every place of the schema', () => {
  const values = {
    conversationId: 'x',
    to: 'x',
    id: 'x',
    userId: 'x',
    messageId: 'x',
    memberId: 'x',
    userIds: ['x'],
    memberIds: ['x'],
    uuid: '6a0f8e0e-5d0c-4b7e-9a43-3f2f5b1c7d10',
    clientId: '6a0f8e0e-5d0c-4b7e-9a43-3f2f5b1c7d10',
    deviceId: '6a0f8e0e-5d0c-4b7e-9a43-3f2f5b1c7d10',
    forward: 'x',
    uploadIds: ['x'],
  };

  it.each(inputPlaces(schema))('$name', async (place) => {
    const item = present(place.path.at(-1));
    const isList = isListType(getNullableType(item.type));
    const wrong = ofOtherTypes[place.scalar] ?? [isInputObjectType(schema.getType(place.scalar)) ? 'x' : 'NO_SUCH_VALUE', 7, []];
    const isRequired = isNonNullType(item.type) && item.defaultValue === undefined && item.default === undefined;
    const bad = [...wrong, ...(['ID', 'String'].includes(place.scalar) ? ['a\0b', '\ud800'] : []), ...(isRequired || isList ? [null] : [])];
    const at = place.path.map(({ name }) => name).join('.') + (isList ? '.0' : '');
    for (const value of bad) {
      const variables = variablesOf(place, value, values, 'least');
      const { errors } = await present(asks.get('ann'))(print(documentOf(place, schema)), JSON.stringify(variables));
      expect([value, errors?.[0]?.extensions?.code, errors?.[0]?.extensions?.field]).toEqual([
        value,
        'BAD_USER_INPUT',
        expect.stringMatching(new RegExp(`^${at.replaceAll('.', '\\.')}`)),
      ]);
    }
  });
});

it('no row was written by any of it, and nothing of it is a fault', async () => {
  expect(await Promise.all(databases.map(everyRow))).toEqual(before);
  for (const { logs } of [app, small]) expect(logs().filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  expect(badRequests.length + badGreetings.length + badFrames.length + badOperations.length).toBeGreaterThan(300);
});
