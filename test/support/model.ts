import type { ErrorCode, FriendRequestAnswer, FriendRequestStatus, JoinPolicy, JoinRequestStatus, MemberRole } from '../generated/graphql.ts';

/** Somebody, by their place among the people of the model. */
export type Who = number;

/** Who may start to write to somebody, and how many times. */
interface Rule {
  readonly sendCount: 0 | 1 | 2;
  readonly needFollow: boolean;
}

/** What never changes of somebody. */
export interface Persona {
  readonly name: string;
  readonly isVisitor: boolean;
  readonly acceptsAtOnce: boolean;
  /** Null: the default of the server, which lets no stranger write (U3). */
  readonly chatset: { readonly user: Rule; readonly visitor: Rule } | null;
}

/** A friend request; its place in the list is its name. */
export interface FriendRequest {
  readonly from: Who;
  readonly to: Who;
  status: FriendRequestStatus;
  /** The two became friends since: a refusal does not count any more. */
  isOver: boolean;
  /** Of somebody who was blocked: nothing of it exists for the other one. */
  readonly isHidden: boolean;
}

/** A message; its seq is its place in the list and one. */
export interface Message {
  readonly sender: Who;
  readonly isNotice: boolean;
  isRecalled: boolean;
}

/** Somebody's place in a conversation. */
export interface Seat {
  role: MemberRole;
  readonly fromSeq: number;
  readSeq: number;
  /** What the other one of two is shown of `readSeq`, where a block keeps the rest; null: all. */
  shownSeq: number | null;
}

/** Somebody who wants into a group; its place in the list is its name. */
export interface JoinRequest {
  readonly user: Who;
  /** Who proposed the person; null: nobody. */
  readonly inviter: Who | null;
  status: JoinRequestStatus;
}

/** What a group is beside its conversation. */
export interface Group {
  readonly name: string;
  policy: JoinPolicy;
  showsHistory: boolean;
  isDissolved: boolean;
  readonly joins: JoinRequest[];
  /** What was laid on people here: it lasts whether they are members or not. */
  readonly muted: Set<Who>;
  /** Who was taken out, and not brought back since. */
  readonly removed: Set<Who>;
}

/** A conversation: of the two who have seats, or of a group. */
export interface Talk {
  readonly group: Group | null;
  readonly messages: Message[];
  readonly seats: Map<Who, Seat>;
}

/** A small world, as domain.md says that it is. Pairs are written `1>2`: what the first made of the second. */
export interface Model {
  readonly people: readonly Persona[];
  /** Both directions of every friendship. */
  readonly friends: Set<string>;
  readonly follows: Set<string>;
  readonly blocks: Set<string>;
  readonly remarks: Map<string, string>;
  /** Who has written to whom since they were last unfriended. */
  readonly written: Set<string>;
  readonly requests: FriendRequest[];
  readonly talks: Talk[];
}

/** What somebody does. `talk`, `group`, `join` and `back` choose among what there is then, whatever number they are. */
export type Action =
  | { readonly does: 'ask' | 'unfriend' | 'block' | 'unblock' | 'follow' | 'unfollow' | 'write'; readonly who: Who; readonly other: Who }
  | { readonly does: 'remark'; readonly who: Who; readonly other: Who; readonly clears: boolean }
  | { readonly does: 'answer'; readonly who: Who; readonly from: Who; readonly to: Who; readonly answer: FriendRequestAnswer }
  | { readonly does: 'writeIn' | 'leave' | 'dissolve'; readonly who: Who; readonly talk: number }
  | { readonly does: 'recall'; readonly who: Who; readonly talk: number; readonly back: number }
  | { readonly does: 'read'; readonly who: Who; readonly talk: number; readonly seq: number }
  | { readonly does: 'create'; readonly who: Who; readonly people: readonly Who[]; readonly isNamed: boolean }
  | { readonly does: 'invite'; readonly who: Who; readonly group: number; readonly people: readonly Who[] }
  | { readonly does: 'join'; readonly who: Who; readonly group: number }
  | { readonly does: 'answerJoin'; readonly who: Who; readonly group: number; readonly join: number; readonly accepts: boolean }
  | { readonly does: 'withdraw'; readonly who: Who; readonly group: number; readonly join: number }
  | { readonly does: 'role'; readonly who: Who; readonly group: number; readonly other: Who; readonly role: MemberRole }
  | { readonly does: 'mute'; readonly who: Who; readonly group: number; readonly other: Who; readonly ends: boolean }
  | { readonly does: 'remove'; readonly who: Who; readonly group: number; readonly other: Who }
  | { readonly does: 'policy'; readonly who: Who; readonly group: number; readonly policy: JoinPolicy }
  | { readonly does: 'history'; readonly who: Who; readonly group: number; readonly shows: boolean };

/** An action of one kind. */
export type ActionOf<K extends Action['does'], A extends Action = Action> = A extends Action ? (K extends A['does'] ? A : never) : never;

/** Which things an action is about, by their places in the lists; what does not exist yet is what the action makes. */
export interface Things {
  readonly request?: number;
  readonly talk?: number;
  readonly join?: number;
  readonly seq?: number;
}

/** What the model says of an action: how it is refused, or null; and what it is about. */
export interface Verdict extends Things {
  readonly code: ErrorCode | null;
}

/** An action that is not done: it says so to whoever did it, and nothing else changes. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly things: Things;
  constructor(code: ErrorCode, things: Things) {
    super(code);
    this.code = code;
    this.things = things;
  }
}

/** What an action of one kind does to the model. Null: there is nothing that it could be about. */
export type Rules = { readonly [K in Action['does']]: (model: Model, action: ActionOf<K>) => Things | null };

/** A world in which nothing has happened. */
export function createModel(people: readonly Persona[]): Model {
  return {
    people,
    friends: new Set(),
    follows: new Set(),
    blocks: new Set(),
    remarks: new Map(),
    written: new Set(),
    requests: [],
    talks: [],
  };
}

/** What one made of another. */
export function pair(one: Who, other: Who): string {
  return `${one}>${other}`;
}

/** Does an action in the model. Null: there is nothing that it could be about. */
export function act(model: Model, action: Action, rules: Rules): Verdict | null {
  try {
    const things = apply(rules, model, action, action.does);
    return things && { code: null, ...things };
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, ...error.things };
    throw error;
  }
}

function apply<K extends Action['does']>(rules: Rules, model: Model, action: Action, does: K): Things | null {
  const isOfKind = (value: Action): value is ActionOf<K> => value.does === does;
  return isOfKind(action) ? rules[does](model, action) : null;
}

/** Throws where a condition does not hold. */
export function requireThat(condition: boolean, code: ErrorCode, things: Things = {}): asserts condition {
  if (!condition) throw new Refusal(code, things);
}

/** Throws for visitors where only users are let in (S6). */
export function requireUser(model: Model, who: Who, things: Things = {}): void {
  requireThat(model.people[who]?.isVisitor === false, 'VISITOR_FORBIDDEN', things);
}

/** Puts a message at the end, and gives its seq. */
export function append(talk: Talk, sender: Who, isNotice: boolean): number {
  return talk.messages.push({ sender, isNotice, isRecalled: false });
}

/** The seat of somebody for whom the conversation exists (M8). */
export function requireSeat(talk: Talk | undefined, who: Who, things: Things): Seat {
  const seat = talk?.group?.isDissolved === true ? undefined : talk?.seats.get(who);
  requireThat(seat !== undefined, 'NOT_FOUND', things);
  return seat;
}

/** The place of the DIRECT conversation of two people; -1 where there is none. */
export function directOf(model: Model, one: Who, other: Who): number {
  return model.talks.findIndex(({ group, seats }) => group === null && seats.has(one) && seats.has(other));
}

/** A conversation with its place in the list. */
export interface Place {
  readonly talk: number;
  readonly at: Talk;
}

/** One of some conversations: mostly one of those where somebody has a seat, so that not everything is refused; null where there is none. */
function pick<T extends Place>(places: readonly T[], who: Who, nth: number): T | null {
  const own = places.filter(({ at }) => at.seats.has(who) && at.group?.isDissolved !== true);
  const among = own.length === 0 || nth % 5 === 4 ? places : own;
  return among[nth % among.length] ?? null;
}

/** The conversation that an action names by a number. */
export function talkAt(model: Model, { who, talk: nth }: { readonly who: Who; readonly talk: number }): Place | null {
  return pick(
    model.talks.map((at, talk) => ({ talk, at })),
    who,
    nth,
  );
}

/** The group that an action names by a number. */
export function groupAt(model: Model, { who, group: nth }: { readonly who: Who; readonly group: number }): (Place & { readonly group: Group }) | null {
  const groups = model.talks.flatMap((at, talk) => (at.group === null ? [] : [{ talk, at, group: at.group }]));
  return pick(groups, who, nth);
}
