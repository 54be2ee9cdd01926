import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  parse,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { priceOf } from '../../src/graphql/cost.ts';
import { isPerViewer } from '../../src/graphql/per-viewer.ts';
import { schema } from '../../src/schema.ts';
import { selectionOf } from '../../src/server/fanout/sharing.ts';
import {
  DissolveGroupDocument,
  EditMessageDocument,
  InviteToGroupDocument,
  PinMessageDocument,
  ReactDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  SendMessageDocument,
  UpdateGroupDocument,
} from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { attachmentsOf, samples } from '../support/contents.ts';
import { createGroup, giveRole, memberIdOf, openTables, registerFriends } from '../support/groups.ts';
import type { Person } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';

/**
 * Fields that make lists of lists grow; `request`, of which two types of events have one of the same name and different types; and `lastSeenAt`,
 * which is written some time after somebody came: one of two frames may be read before that and the other after.
 */
const leftOut = new Set(['messages', 'pinnedMessages', 'joinRequests', 'sessions', 'request', 'lastSeenAt']);

/** A random selection on a type, never empty; with or without fields that are each viewer's own. */
function selectionOn(type: GraphQLNamedType, depth: number, withOwn: boolean): fc.Arbitrary<string> {
  if (!isObjectType(type) && !isInterfaceType(type)) return fc.constant('{ __typename }');
  const fields = Object.values(type.getFields()).filter(
    (field) => !leftOut.has(field.name) && priceOf(field) === 1 && (withOwn || !isPerViewer(field)) && (depth > 0 || isLeafType(getNamedType(field.type))),
  );
  const parts = fields.map((field) => {
    const of = getNamedType(field.type);
    const text = isLeafType(of) ? fc.constant(field.name) : selectionOn(of, depth - 1, withOwn).map((inner) => `${field.name} ${inner}`);
    return fc.option(text, { freq: depth > 2 ? 3 : 1, nil: '' });
  });
  const inner = isAbstractType(type)
    ? schema.getPossibleTypes(type).map((each) => selectionOn(each, 0, withOwn).map((own) => `... on ${each.name} ${own}`))
    : [];
  return fc.tuple(...parts, ...inner).map((texts) => `{ __typename ${texts.join(' ')} }`);
}

function eventTypes(): readonly GraphQLObjectType[] {
  const type = schema.getType('Event');
  if (!isInterfaceType(type)) throw new Error('there is no Event');
  return schema.getPossibleTypes(type);
}

/** Half of them without fields that are each viewer's own. */
function sample(selections: (withOwn: boolean) => fc.Arbitrary<string>): string[] {
  return [true, false].flatMap((withOwn) => fc.sample(selections(withOwn), { seed: 20261122, numRuns: 6 }));
}

const eventSelections = (withOwn: boolean) =>
  fc.tuple(...eventTypes().map((type) => selectionOn(type, 4, withOwn).map((inner) => `... on ${type.name} ${inner}`))).map((parts) => parts.join(' '));

/** What makes each type of event one that is run for each viewer, and adds nothing that cannot be taken out again. */
const ownParts = [
  '... on MessageSent { own: message { reactions { viewerReacted } } }',
  '... on MessageChanged { own: message { reactions { viewerReacted } } }',
  '... on ConversationChanged { own: conversation { readSeq } }',
  '... on MembersChanged { own: conversation { readSeq } }',
].join(' ');

interface Pair {
  readonly shared: string;
  readonly alone: string;
}

const eventPairs: readonly Pair[] = sample(eventSelections).map((selection) => ({
  shared: `subscription { events { ${selection} } }`,
  alone: `subscription { events { ${selection} ${ownParts} } }`,
}));

const messagePairs = (conversationId: string, afterRev: number): readonly Pair[] =>
  sample((withOwn) => selectionOn(present(schema.getType('Message')), 4, withOwn)).map((selection) => {
    const open = `subscription { messages(conversationId: "${conversationId}", afterRev: ${afterRev})`;
    return { shared: `${open} ${selection} }`, alone: `${open} ${selection.slice(0, -1)} own: reactions { viewerReacted } } }` };
  });

function typesOf(query: string): ReadonlySet<string> {
  const args = validateSubscriptionArgs({ schema, document: parse(query) });
  const isValid = (value: typeof args): value is ValidatedSubscriptionArgs => 'operation' in value;
  if (!isValid(args)) throw new Error(`not valid: ${query}`);
  return selectionOf(args, 'en').types;
}

/** The payloads of each subscription of somebody, as text, from the first event on that all members have. */
async function listen(person: Person, pairs: readonly Pair[], beginsWithCaughtUp: boolean) {
  const socket = await openRawSocket(person.app.socketUrl);
  await socket.init({ token: person.token, locale: 'en' });
  const payloads = new Map<string, string[]>();
  socket.socket.on('message', (data) => {
    const text = String(data);
    const { id } = JSON.parse(text);
    const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    // What is no `next` is a failure, and stands as it is where it will be found.
    payloads.get(id)?.push(text.startsWith(head) ? text.slice(head.length, -1) : text);
  });
  for (const [index, { shared, alone }] of pairs.entries())
    for (const [id, query] of Object.entries({ [`shared ${index}`]: shared, [`alone ${index}`]: alone })) {
      payloads.set(id, []);
      socket.send({ type: 'subscribe', id, payload: { query } });
    }
  const late = (count: number) => [...payloads].flatMap(([id, each]) => (each.length < count ? [`${id}: ${each.join()}`] : []));
  const come = (count: number) => expect.poll(() => late(count), { timeout: 8000 }).toEqual([]);
  if (beginsWithCaughtUp) {
    await come(1);
    for (const each of payloads.values()) expect(each.shift()).toContain('CaughtUp');
  }
  return { come, of: (id: string) => present(payloads.get(id)) };
}

/** Every stream's own cursor is its own. */
const withoutCursor = (payload: string) => payload.replaceAll(/"cursor":"[^"]*"/g, '"cursor":""');

function withoutOwn(payload: string): string {
  const { data } = JSON.parse(payload);
  for (const event of Object.values(data)) if (typeof event === 'object' && event !== null) Reflect.deleteProperty(event, 'own');
  return JSON.stringify({ data });
}

async function scene() {
  const app = await startApp({ SOCKET_OPERATIONS: '200', SOCKET_SUBSCRIPTIONS: '200' });
  const tables = await openTables(app);
  const { owner, admin, member } = await registerFriends(app, tables, 'owner', 'admin', 'member');
  const { id } = await createGroup(owner, [admin, member]);
  // What is older than the member's last join does not exist for the member.
  const old = present((await owner.ask(SendMessageDocument, { input: { to: id, clientId: randomUUID(), content: { text: 'old' } } })).sendMessage).id;
  await owner.ask(RemoveMemberDocument, { memberId: memberIdOf(id, member) });
  const { rev } = present((await owner.ask(InviteToGroupDocument, { conversationId: id, userIds: [member.user.id] })).inviteToGroup);
  /** The entries of the group since then. */
  const entries = async () => {
    const uuid = present(Buffer.from(id, 'base64url').toString().split(':')[1]);
    const rows = await tables.read((tx) =>
      tx.db
        .selectFrom('Entry as e')
        .innerJoin('Conversation as c', 'c.id', 'e.logId')
        .select('e.seq')
        .where('c.uuid', '=', uuid)
        .where('e.rev', '>', rev)
        .execute(),
    );
    return { all: rows.length, ofMessages: rows.filter(({ seq }) => seq !== null).length };
  };
  return { app, tables, owner, admin, member, id, old, rev, entries };
}

/** One of everything that all members are told of. After each step everybody has to have read it: later it would show what came later. */
async function everything({ tables, owner, admin, id, old }: Awaited<ReturnType<typeof scene>>, told: () => Promise<void>) {
  const send = async (person: Person, input: object) => {
    const whole = { to: id, clientId: randomUUID(), content: { text: '你好, "everybody" é' }, ...input };
    const { sendMessage } = await person.ask(SendMessageDocument, { input: whole });
    await told();
    return present(sendMessage).id;
  };
  const first = await send(owner, { mentionsEveryone: true });
  const reply = await send(admin, { replyTo: first, mentions: [owner.user.id] });
  await send(owner, { replyTo: old });
  await owner.ask(ReactDocument, { messageId: reply, emoji: '👍' });
  await told();
  await owner.ask(EditMessageDocument, { id: first, content: { text: 'edited' } });
  await told();
  await owner.ask(PinMessageDocument, { messageId: first });
  await told();
  await send(owner, { content: { forward: reply } });
  for (const { content } of samples) await send(admin, { content: content(owner) });
  const files = await send(owner, { content: await attachmentsOf(tables, owner) });
  await owner.ask(EditMessageDocument, { id: files, content: { caption: 'edited' } });
  await told();
  await owner.ask(UpdateGroupDocument, { input: { conversationId: id, name: 'renamed' } });
  await told();
  await giveRole(owner, id, admin, 'ADMIN');
  await told();
  await admin.ask(RecallMessageDocument, { id: reply });
  await told();
}

describe('an event that is run once for everybody', () => {
  it('holds for each viewer, byte for byte, what the viewer gets alone: in events', async () => {
    const group = await scene();
    const { app, owner, admin, member, id, entries } = group;
    const readers = await Promise.all([owner, admin, member].map((person) => listen(person, eventPairs, true)));
    const told = async () => {
      const { all } = await entries();
      for (const { come } of readers) await come(all);
    };
    await everything(group, told);
    await owner.ask(DissolveGroupDocument, { conversationId: id });
    await told();
    const seen = new Set<string>();
    for (const reader of readers) {
      for (const [index, { shared }] of eventPairs.entries()) {
        const types = typesOf(shared);
        const payloads = reader.of(`shared ${index}`);
        for (const payload of payloads) {
          const { __typename } = JSON.parse(payload).data.events;
          if (types.has(__typename)) seen.add(__typename);
        }
        expect(payloads.map(withoutCursor)).toEqual(reader.of(`alone ${index}`).map(withoutOwn).map(withoutCursor));
      }
    }
    expect([...seen].sort()).toEqual(['ConversationChanged', 'ConversationGone', 'MembersChanged', 'MessageChanged', 'MessageSent']);
    expect(app.logs().filter((line) => line.includes('is not declared so'))).toEqual([]);
  });

  it('holds for each viewer, byte for byte, what the viewer gets alone: in messages', async () => {
    const group = await scene();
    const { app, owner, admin, member, id, rev, entries } = group;
    const pairs = messagePairs(id, rev);
    const readers = await Promise.all([owner, admin, member].map((person) => listen(person, pairs, false)));
    await everything(group, async () => {
      const { ofMessages } = await entries();
      for (const { come } of readers) await come(ofMessages);
    });
    for (const reader of readers) for (const index of pairs.keys()) expect(reader.of(`shared ${index}`)).toEqual(reader.of(`alone ${index}`).map(withoutOwn));
    expect(pairs.filter(({ shared }) => typesOf(shared).has('Message')).length).toBeGreaterThan(2);
    expect(app.logs().filter((line) => line.includes('is not declared so'))).toEqual([]);
  });
});
