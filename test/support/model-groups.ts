import {
  type ActionOf,
  append,
  groupAt,
  type Model,
  pair,
  Refusal,
  type Rules,
  requireSeat,
  requireThat,
  requireUser,
  type Seat,
  type Talk,
  type Things,
  talkAt,
  type Who,
} from './model.ts';
import { judgeBlock } from './model-contacts.ts';

/** A group that an action names, the seat of whoever acts, and what it is about. */
function placeOf(model: Model, action: { readonly who: Who; readonly group: number }) {
  const place = groupAt(model, action);
  return place && { ...place, things: { talk: place.talk }, seat: () => requireSeat(place.at, action.who, { talk: place.talk }) };
}

const ranks = { MEMBER: 0, ADMIN: 1, OWNER: 2 } as const;

function isAbove(one: Seat, other: Seat): boolean {
  return ranks[one.role] > ranks[other.role];
}

/** Lets people in, with one notice (G4), from which on they see the log unless the group shows its history (G6); what they asked is granted by it. */
function letIn(at: Talk, actor: Who, people: readonly Who[]): void {
  const seq = append(at, actor, true);
  for (const who of people) {
    at.seats.set(who, { role: 'MEMBER', fromSeq: at.group?.showsHistory ? 1 : seq, readSeq: seq, shownSeq: null });
    at.group?.removed.delete(who);
    for (const join of at.group?.joins ?? []) if (join.user === who && join.status === 'PENDING') join.status = 'ACCEPTED';
  }
}

/** Lets somebody out: a notice, and nothing of it exists for them (G4, G5). */
function letOut(at: Talk, actor: Who, who: Who): void {
  append(at, actor, true);
  at.seats.delete(who);
  if (actor === who) at.group?.removed.delete(who);
  else at.group?.removed.add(who);
}

/** Throws where somebody may not bring somebody into a group (G1). */
function requireInvitation(model: Model, who: Who, other: Who, things: Things = {}): void {
  const block = judgeBlock(model, who, other);
  if (block !== null) throw new Refusal(block, things);
  requireThat(model.friends.has(pair(who, other)), 'FRIENDSHIP_REQUIRED', things);
}

function create(model: Model, { who, people, isNamed }: ActionOf<'create'>): Things {
  requireUser(model, who);
  const others = [...new Set(people)].filter((one) => one !== who);
  for (const other of others) requireInvitation(model, who, other);
  const names = [who, ...others].map((one) => model.people[one]?.name);
  const name = isNamed ? 'a group' : names.join('、');
  const at: Talk = {
    group: { name, policy: 'OPEN', showsHistory: false, isDissolved: false, joins: [], muted: new Set(), removed: new Set() },
    messages: [],
    seats: new Map(),
  };
  letIn(at, who, [who, ...others]);
  const owner = at.seats.get(who);
  if (owner) owner.role = 'OWNER';
  return { talk: model.talks.push(at) - 1 };
}

function invite(model: Model, action: ActionOf<'invite'>): Things | null {
  const place = placeOf(model, action);
  if (!place) return null;
  const { at, group, things } = place;
  requireUser(model, action.who, things);
  const { role } = place.seat();
  const newcomers = [...new Set(action.people)].filter((one) => !at.seats.has(one));
  for (const other of newcomers) requireInvitation(model, action.who, other, things);
  if (newcomers.length === 0) return things;
  requireThat(!group.muted.has(action.who), 'MUTED', things);
  if (role !== 'MEMBER' || group.policy === 'OPEN') {
    requireThat(role !== 'MEMBER' || !newcomers.some((one) => group.removed.has(one)), 'FORBIDDEN', things);
    letIn(at, action.who, newcomers);
  } else
    for (const user of newcomers)
      if (!group.joins.some((join) => join.user === user && join.status === 'PENDING')) group.joins.push({ user, inviter: action.who, status: 'PENDING' });
  return things;
}

function join(model: Model, action: ActionOf<'join'>): Things | null {
  const { who } = action;
  const place = groupAt(model, action);
  if (!place) return null;
  const { talk, at, group } = place;
  requireThat(!group.isDissolved, 'NOT_FOUND', { talk });
  const latest = (status: 'ACCEPTED' | 'PENDING') => group.joins.findLastIndex((one) => one.user === who && one.status === status);
  const fresh = (status: 'ACCEPTED' | 'PENDING') => group.joins.push({ user: who, inviter: null, status }) - 1;
  const given = (found: number, status: 'ACCEPTED' | 'PENDING') => ({ talk, join: found >= 0 ? found : fresh(status) });
  if (at.seats.has(who)) return given(latest('ACCEPTED'), 'ACCEPTED');
  requireThat(!(model.people[who]?.isVisitor && group.policy === 'USERS_ONLY'), 'LOGIN_REQUIRED', { talk });
  requireThat(!group.removed.has(who), 'FORBIDDEN', { talk });
  const waiting = latest('PENDING');
  if (group.policy !== 'OPEN') return given(waiting, 'PENDING');
  letIn(at, who, [who]);
  return given(waiting, 'ACCEPTED');
}

function answerJoin(model: Model, action: ActionOf<'answerJoin'>): Things | null {
  const { who, accepts } = action;
  const place = placeOf(model, action);
  const join = place ? action.join % place.group.joins.length : -1;
  const request = place?.group.joins[join];
  if (!place || !request) return null;
  const { at, group } = place;
  const { user } = request;
  const things = { ...place.things, join };
  requireUser(model, who, things);
  requireThat(!group.isDissolved, 'NOT_FOUND', things);
  const seat = at.seats.get(who);
  // Whoever asked knows of it; of one that was granted as long as they are a member.
  requireThat(seat !== undefined || (user === who && request.status !== 'ACCEPTED'), 'NOT_FOUND', things);
  requireThat(seat !== undefined && seat.role !== 'MEMBER', 'FORBIDDEN', things);
  requireThat(!model.blocks.has(pair(who, user)), 'NOT_FOUND', things);
  if (request.status === (accepts ? 'ACCEPTED' : 'REFUSED')) return things;
  requireThat(request.status === 'PENDING', 'CONFLICT', things);
  requireThat(!group.muted.has(who), 'MUTED', things);
  const { inviter } = request;
  const isProposed = inviter === null || (model.friends.has(pair(inviter, user)) && judgeBlock(model, inviter, user) === null);
  requireThat(!accepts || isProposed, 'FRIENDSHIP_REQUIRED', things);
  if (accepts) letIn(at, user, [user]);
  else request.status = 'REFUSED';
  return things;
}

function withdraw(model: Model, action: ActionOf<'withdraw'>): Things | null {
  const { who } = action;
  const place = placeOf(model, action);
  const join = place ? action.join % place.group.joins.length : -1;
  const request = place?.group.joins[join];
  if (!place || !request) return null;
  const things = { ...place.things, join };
  const seat = place.group.isDissolved ? undefined : place.at.seats.get(who);
  const leads = seat !== undefined && seat.role !== 'MEMBER' && !model.blocks.has(pair(who, request.user));
  requireThat(leads || (request.user === who && (request.status !== 'ACCEPTED' || seat !== undefined)), 'NOT_FOUND', things);
  requireThat(request.user === who, 'FORBIDDEN', things);
  requireThat(request.status === 'PENDING' || request.status === 'CANCELLED', 'CONFLICT', things);
  request.status = 'CANCELLED';
  return things;
}

function role(model: Model, action: ActionOf<'role'>): Things | null {
  const { who, other, role } = action;
  const place = placeOf(model, action);
  if (!place) return null;
  const { at, things } = place;
  requireUser(model, who, things);
  const me = place.seat();
  const member = requireSeat(at, other, things);
  requireThat(me.role === 'OWNER' && (who !== other || role === 'OWNER'), 'FORBIDDEN', things);
  if (role === member.role) return things;
  requireThat(role === 'MEMBER' || model.people[other]?.isVisitor === false, 'BAD_USER_INPUT', things);
  member.role = role;
  if (role !== 'OWNER') return things;
  me.role = 'ADMIN';
  // Nobody stands above an owner who could end it.
  place.group.muted.delete(other);
  append(at, who, true);
  return things;
}

/** What only the owner changes of a group. */
function setting<A extends { readonly who: Who; readonly group: number }>(change: (group: Talk['group'] & object, action: A) => void) {
  return (model: Model, action: A): Things | null => {
    const place = placeOf(model, action);
    if (!place) return null;
    requireUser(model, action.who, place.things);
    requireThat(place.seat().role === 'OWNER', 'FORBIDDEN', place.things);
    change(place.group, action);
    return place.things;
  };
}

/** Any conversation, of which those of two people are no groups. */
function anyTalk(model: Model, action: { readonly who: Who; readonly talk: number }) {
  const place = talkAt(model, action);
  if (!place) return null;
  const { at, talk } = place;
  return { at, things: { talk }, seat: () => requireSeat(at.group === null ? undefined : at, action.who, { talk }) };
}

/** The rules of groups (G1 to G6). */
export const groupRules = {
  create,
  invite,
  join,
  answerJoin,
  withdraw,
  role,
  mute(model, action) {
    const place = placeOf(model, action);
    if (!place) return null;
    requireUser(model, action.who, place.things);
    const [me, member] = [place.seat(), requireSeat(place.at, action.other, place.things)];
    requireThat(isAbove(me, member), 'FORBIDDEN', place.things);
    const { muted } = place.group;
    if (muted.has(action.other) === !action.ends) return place.things;
    requireThat(!muted.has(action.who), 'MUTED', place.things);
    if (action.ends) muted.delete(action.other);
    else muted.add(action.other);
    return place.things;
  },
  remove(model, action) {
    const place = placeOf(model, action);
    if (!place) return null;
    requireUser(model, action.who, place.things);
    const [me, member] = [place.seat(), requireSeat(place.at, action.other, place.things)];
    requireThat(isAbove(me, member), 'FORBIDDEN', place.things);
    requireThat(!place.group.muted.has(action.who), 'MUTED', place.things);
    letOut(place.at, action.who, action.other);
    return place.things;
  },
  leave(model, action) {
    const found = anyTalk(model, action);
    if (!found) return null;
    requireThat(found.seat().role !== 'OWNER', 'FORBIDDEN', found.things);
    letOut(found.at, action.who, action.who);
    return found.things;
  },
  dissolve(model, action) {
    const found = anyTalk(model, action);
    if (!found) return null;
    requireUser(model, action.who, found.things);
    requireThat(found.seat().role === 'OWNER', 'FORBIDDEN', found.things);
    if (found.at.group) found.at.group.isDissolved = true;
    for (const request of found.at.group?.joins ?? []) if (request.status === 'PENDING') request.status = 'REFUSED';
    return found.things;
  },
  policy: setting<ActionOf<'policy'>>((group, { policy }) => {
    group.policy = policy;
  }),
  history: setting<ActionOf<'history'>>((group, { shows }) => {
    group.showsHistory = shows;
  }),
} satisfies Partial<Rules>;
