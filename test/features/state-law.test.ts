import { beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import { present } from '../support/client.ts';
import { clientRules } from '../support/client-rules.ts';
import { type Case, cases } from '../support/state-cases.ts';
import { type Exception, type LawReport, stateLaw } from '../support/state-law.ts';
import { createScene, createStage, partiesOf, type Stage } from '../support/state-scene.ts';
import { type Fields, type Held, isList, isRef, type Store } from '../support/state-store.ts';
import { eventTypes } from '../support/whole-state.ts';

let stage: Stage;
/** A new one now and then: the stranger and the admin know more and more people, and everything that anybody knows is asked for by everybody. */
const beginAnew = async () => {
  stage = await createStage();
};

/** Whether a user is a stranger to the viewer: not the same, no friend, and neither has ever written to the other. */
function isStranger(state: Store, id: string): boolean {
  const viewer = fieldsOf(state, state.root('viewer'));
  const user = state.find(id)?.fields;
  const relationship = fieldsOf(state, user?.relationship);
  return relationship.isFriend === false && relationship.conversation === null && !(isRef(viewer.user) && viewer.user.ref === id);
}

function fieldsOf(state: Store, value: Held | undefined): Fields {
  return (isRef(value) ? state.find(value.ref)?.fields : undefined) ?? {};
}

function userOf(state: Store, relationshipId: string): string {
  const leads = (fields: Fields) => isRef(fields.relationship) && fields.relationship.ref === relationshipId;
  return [...state.held()].find(([, { type, fields }]) => type === 'User' && leads(fields))?.[0] ?? '';
}

/** Whether a way leads to somebody's place in a group, or to a request, from what the viewer can list. */
function isListed(state: Store, id: string): boolean {
  return ['Member', 'JoinRequest'].includes(state.held((root) => !root.startsWith('node(')).get(id)?.type ?? '');
}

/** Whether it is a request that no list has: to join, of the viewer's own or answered, or for the viewer's friendship, taken back. */
function isUnlistedRequest(state: Store, id: string): boolean {
  const [{ type, fields }, viewer] = [state.find(id) ?? { type: '', fields: {} }, fieldsOf(state, state.root('viewer'))];
  const isOf = (person: Held | undefined) => isRef(person) && isRef(viewer.user) && person.ref === viewer.user.ref;
  return (
    (type === 'JoinRequest' && (isOf(fields.user) || fields.status !== 'PENDING')) ||
    (type === 'FriendRequest' && fields.status === 'CANCELLED' && isOf(fields.to))
  );
}

/** What no event tells. Whatever is not here and differs is a fault of the server. */
const always = {
  cursor: {
    reason: 'Viewer.cursor is the position of the answer that holds it, and no state',
    covers: ({ type, field }) => type === 'Viewer' && field === 'cursor',
  },
  presence: {
    reason: 'presence and lastSeenAt have a subscription of their own and stand in no log',
    covers: ({ type, field }) => type === 'User' && (field === 'presence' || field === 'lastSeenAt'),
  },
  accounts: {
    reason: 'users is a search of admins in all accounts, and nobody is told that it would find something else now',
    covers: ({ type, field }) => type === 'Query' && field.startsWith('users('),
  },
  setUp: {
    reason: 'what admins set up for the whole server is read by admins when they want to know it, and no event tells it',
    covers: ({ type, field, is }, _copy, after) => {
      const ofAdmins = isRef(is) && ['Provider', 'ServerKey'].includes(after.find(is.ref)?.type ?? '');
      return type === 'Query' && (field === 'providers' || field === 'serverKeys' || (field.startsWith('node(') && ofAdmins));
    },
  },
  lists: {
    reason: 'lists of a group that somebody has just come into, and of requests that somebody may see from now on, are read and not told',
    covers: ({ type, field, held, is }, _copy, after) => {
      if (type === 'Group') return (field === 'members' && held === undefined) || (field === 'joinRequests' && (held ?? null) === null && isList(is));
      return type === 'Query' && field.startsWith('node(') && held === null && isRef(is) && (isListed(after, is.ref) || isUnlistedRequest(after, is.ref));
    },
  },
  strangers: {
    reason: 'S13: UserChanged goes to oneself, friends and DIRECT peers; all others see who somebody is, and whether they may write, when they read',
    covers: ({ type, id, field, held }, copy, after) => {
      if (type === 'User') return isStranger(after, id);
      if (type === 'Relationship') return (field.startsWith('canMessage.') || field === 'initial') && isStranger(after, userOf(after, id));
      // Of somebody who is disabled now nothing can be read but that.
      const disabled = type === 'Query' && (field.startsWith('userInfo(') || field.startsWith('node('));
      return disabled && isRef(held) && isStranger(copy, held.ref);
    },
  },
} satisfies Record<string, Exception>;

/** What no event tells of a certain kind of action. */
const untoldBy: Readonly<Record<NonNullable<Case['untold']>, Exception>> = {
  blocking: {
    reason: 'C4: no event tells somebody of having been blocked; only canMessage, a refused send and presence do',
    covers: ({ type, id, field }, copy, after) =>
      type === 'Relationship' && field.startsWith('canMessage.') && [copy, after].some((state) => saysBlocked(state, id)),
  },
};

function saysBlocked(state: Store, relationshipId: string): boolean {
  const permission = state.find(relationshipId)?.fields.canMessage;
  return typeof permission === 'object' && permission !== null && 'reason' in permission && permission.reason === 'BLOCKED';
}

const used = new Set<Exception>();

async function judge(
  { actorIs = 'user', arrange, act, parties = partiesOf, ends, untold }: Case,
  more: { readonly drops?: string; readonly oneByOne?: boolean } = {},
): Promise<LawReport> {
  const scene = await createScene(stage, actorIs);
  await arrange?.(scene);
  const report = await stateLaw(parties(scene), () => act(scene), {
    exceptions: [always.cursor, always.presence, ...(untold ? [untoldBy[untold]] : []), always.lists, always.accounts, always.setUp, always.strangers],
    ...(ends && { ends: ends(scene) }),
    ...(more.oneByOne && { oneByOne: true }),
    ...(more.drops !== undefined && { drops: more.drops, patienceMs: 300 }),
  });
  for (const exception of report.used) used.add(exception);
  return report;
}

/** What admins set up for the whole server: nobody holds it, and no event tells it. */
const setUp: readonly string[] = ['createServerKey', 'revokeServerKey', 'rotateProviderSecret', 'saveProvider'];

describe('state before + events = state after', () => {
  for (const [index, [mutation, list]] of Object.entries(cases).entries())
    describe(mutation, () => {
      if (index % 15 === 0) beforeAll(beginAnew);
      for (const one of list) it(one.name, async () => expect((await judge(one)).events.length).toBeGreaterThan(0));
    });

  it('is judged for every mutation', () => {
    const mutations = Object.keys(present(schema.getMutationType()).getFields());
    expect(mutations.filter((name) => (cases[name] ?? []).length === 0 && !setUp.includes(name))).toEqual([]);
    expect(Object.keys(cases).filter((name) => !mutations.includes(name))).toEqual([]);
  });

  it('has a rule for every event', () => {
    expect(Object.keys(clientRules.events).sort()).toEqual(eventTypes(schema).sort());
  });

  it('needs each of its exceptions', () => {
    const unused = [...Object.values(always), ...Object.values(untoldBy)].filter((exception) => !used.has(exception)).map(({ reason }) => reason);
    expect(unused).toEqual([]);
  });
});

describe('it holds whoever is told first', () => {
  // What is asked of a device is all that anybody still holds: of what is over, more where others were not told yet.
  const ending = ['answerJoinRequest', 'withdrawJoinRequest', 'removeMember', 'leaveGroup', 'dissolveGroup'] as const;
  for (const mutation of ending)
    for (const one of cases[mutation] ?? [])
      it(`${mutation}: ${one.name}`, async () => expect((await judge(one, { oneByOne: true })).events.length).toBeGreaterThan(0));
});

describe('the law can fail', () => {
  beforeAll(beginAnew);
  const failures = [
    ['MessageSent', 'sendMessage', 'conversations: held [', 'Relationship:actor:stranger.conversation: held null, is Conversation:'],
    ['MessageChanged', 'recallMessage', 'recalledAt: held null, is "'],
    ['ConversationChanged', 'markRead', 'peerReadSeq: held 3, is 4', 'readSeq: held 3, is 4', 'unreadCount: held 1, is 0'],
    ['UserChanged', 'updateProfile', 'User:actor.nickname: held "', 'is "张三"', 'title: held "'],
    ['FriendRequestChanged', 'sendFriendRequest', 'friendRequests(direction: OUTGOING): held []', 'friendRequests(direction: INCOMING): held []'],
    ['MembersChanged', 'removeMember', '.members: held ['],
    ['JoinRequestChanged', 'answerJoinRequest', '.joinRequests: held ['],
    ['ViewerChanged', 'updateSettings', 'Viewer:actor.acceptsFriendsAtOnce: held false, is true'],
  ] as const;
  it.each(failures)('without %s', async (drops, mutation, ...lines) => {
    const failure = await judge(present(cases[mutation]?.[0]), { drops }).then(
      () => 'it held',
      (error: Error) => error.message,
    );
    for (const line of lines) expect(failure).toContain(line);
  });
});
