import type { ErrorCode } from '../generated/graphql.ts';
import {
  type ActionOf,
  append,
  directOf,
  type FriendRequest,
  type Model,
  pair,
  Refusal,
  type Rules,
  requireSeat,
  requireThat,
  requireUser,
  type Seat,
  type Things,
  talkAt,
  type Who,
} from './model.ts';

/** Whether somebody may write to somebody else (U4 to U6): why not, or how many more (null: without limit). */
export function judgeMessage(model: Model, who: Who, other: Who): { readonly reason: ErrorCode | null; readonly remaining: number | null } {
  const no = (reason: ErrorCode) => ({ reason, remaining: null });
  const yes = { reason: null, remaining: null };
  if (who === other) return no('BAD_USER_INPUT');
  const block = judgeBlock(model, who, other);
  if (block !== null) return no(block);
  if (model.friends.has(pair(who, other)) || model.written.has(pair(other, who))) return yes;
  const isVisitor = model.people[who]?.isVisitor === true;
  const rule = model.people[other]?.chatset?.[isVisitor ? 'visitor' : 'user'] ?? { sendCount: 0, needFollow: true };
  if (rule.sendCount === 0) return no(isVisitor ? 'LOGIN_REQUIRED' : 'FRIENDSHIP_REQUIRED');
  if (rule.needFollow && !model.follows.has(pair(who, other))) return no('FOLLOW_REQUIRED');
  if (rule.sendCount === 2) return yes;
  return model.written.has(pair(who, other)) ? no('MESSAGE_LIMIT_REACHED') : { reason: null, remaining: 1 };
}

/** Why nothing of the one may come before the other (C4); null where neither blocks. */
export function judgeBlock(model: Model, who: Who, other: Who): 'BLOCKED' | 'BLOCKED_BY_YOU' | null {
  if (model.blocks.has(pair(other, who))) return 'BLOCKED';
  return model.blocks.has(pair(who, other)) ? 'BLOCKED_BY_YOU' : null;
}

/** Whether somebody may know of a request (C2). */
export function mayKnow({ from, to, isHidden }: FriendRequest, who: Who): boolean {
  return who === from || (who === to && !isHidden);
}

/** It waits for an answer: an ignored one does, as far as its sender knows (C3). */
function isOpen({ status }: FriendRequest): boolean {
  return status === 'PENDING' || status === 'IGNORED';
}

/** The DIRECT conversation of two people, made where there is none. */
function openDirect(model: Model, one: Who, other: Who): number {
  const found = directOf(model, one, other);
  if (found >= 0) return found;
  const seat = (): Seat => ({ role: 'MEMBER', fromSeq: 1, readSeq: 0, shownSeq: null });
  const seats = new Map([one, other].map((who) => [who, seat()]));
  return model.talks.push({ group: null, messages: [], seats }) - 1;
}

/** Makes two people friends, at once for both and with a notice (C3); whatever was asked between them is answered by it. */
function befriend(model: Model, who: Who, other: Who): void {
  for (const request of model.requests)
    if ([request.from, request.to].every((one) => one === who || one === other)) {
      if (isOpen(request)) request.status = 'ACCEPTED';
      request.isOver = true;
    }
  model.friends.add(pair(who, other)).add(pair(other, who));
  const talk = model.talks[openDirect(model, who, other)];
  if (talk) append(talk, who, true);
}

function ask(model: Model, { who, other }: ActionOf<'ask'>): Things {
  requireUser(model, who);
  requireThat(who !== other, 'BAD_USER_INPUT');
  requireThat(model.people[other]?.isVisitor === false, 'NOT_FOUND');
  requireThat(!model.friends.has(pair(who, other)), 'ALREADY_FRIENDS');
  const mine = model.requests.filter(({ from, to }) => from === who && to === other);
  requireThat(!mine.some(isOpen), 'REQUEST_PENDING');
  const neitherBlocks = judgeBlock(model, who, other) === null;
  const theirs = model.requests.findIndex((request) => request.from === other && request.to === who && isOpen(request) && mayKnow(request, who));
  if (theirs >= 0 && neitherBlocks) {
    befriend(model, who, other);
    return { request: theirs };
  }
  requireThat(!mine.some(({ status, isOver }) => status === 'REFUSED' && !isOver), 'RATE_LIMITED');
  const request = model.requests.push({ from: who, to: other, status: 'PENDING', isOver: false, isHidden: model.blocks.has(pair(other, who)) }) - 1;
  if (neitherBlocks && model.people[other]?.acceptsAtOnce) befriend(model, who, other);
  return { request };
}

function answer(model: Model, { who, from, to, answer }: ActionOf<'answer'>): Things | null {
  const request = model.requests.findLastIndex((one) => one.from === from && one.to === to);
  const found = model.requests[request];
  if (!found) return null;
  const things = { request };
  requireUser(model, who, things);
  requireThat(mayKnow(found, who), 'NOT_FOUND', things);
  requireThat(who === (answer === 'CANCEL' ? from : to), 'FORBIDDEN', things);
  const status = ({ ACCEPT: 'ACCEPTED', REFUSE: 'REFUSED', IGNORE: 'IGNORED', CANCEL: 'CANCELLED' } as const)[answer];
  if (found.status === status) return things;
  requireThat(isOpen(found), 'CONFLICT', things);
  const block = status === 'ACCEPTED' ? judgeBlock(model, who, from) : null;
  if (block !== null) throw new Refusal(block, things);
  if (status === 'ACCEPTED') befriend(model, from, to);
  else found.status = status;
  return things;
}

/** Changes one of the sets of what people made of each other. */
function mark(set: 'follows' | 'blocks', isAdded: boolean) {
  return (model: Model, { who, other }: { readonly who: Who; readonly other: Who }): Things => {
    requireThat(who !== other, 'BAD_USER_INPUT');
    if (isAdded) model[set].add(pair(who, other));
    else model[set].delete(pair(who, other));
    return {};
  };
}

/** The conversation that an action names, and what is in it for whoever acts. */
function talkOf(model: Model, action: { readonly who: Who; readonly talk: number }) {
  const place = talkAt(model, action);
  return place && { talk: place.talk, found: place.at, seat: () => requireSeat(place.at, action.who, { talk: place.talk }) };
}

/** Writes into a conversation of somebody; a sender has read what they wrote (M6). */
function write(model: Model, who: Who, talk: number): Things {
  const found = model.talks[talk];
  const seat = requireSeat(found, who, { talk });
  if (!found) throw new Refusal('NOT_FOUND', { talk });
  seat.readSeq = append(found, who, false);
  seat.shownSeq = null;
  if (found.group === null) for (const other of found.seats.keys()) if (other !== who) model.written.add(pair(who, other));
  return { talk };
}

/** The rules of contacts (C1 to C4), messages (M5, M6, M8) and who may write (U4 to U6). */
export const contactRules = {
  ask,
  answer,
  unfriend(model, { who, other }) {
    requireUser(model, who);
    requireThat(who !== other, 'BAD_USER_INPUT');
    if (!model.friends.has(pair(who, other))) return {};
    for (const both of [pair(who, other), pair(other, who)]) {
      model.friends.delete(both);
      model.remarks.delete(both);
      model.written.delete(both);
    }
    return {};
  },
  remark(model, { who, other, clears }) {
    requireUser(model, who);
    requireThat(who !== other, 'BAD_USER_INPUT');
    requireThat(model.friends.has(pair(who, other)), 'NOT_FOUND');
    if (clears) model.remarks.delete(pair(who, other));
    else model.remarks.set(pair(who, other), remarkFor(model.people[other]?.name ?? ''));
    return {};
  },
  block: mark('blocks', true),
  unblock: mark('blocks', false),
  follow: mark('follows', true),
  unfollow: mark('follows', false),
  write(model, { who, other }) {
    const { reason } = judgeMessage(model, who, other);
    if (reason !== null) throw new Refusal(reason, {});
    return write(model, who, openDirect(model, who, other));
  },
  writeIn(model, action) {
    const at = talkOf(model, action);
    if (!at) return null;
    const { talk, found } = at;
    at.seat();
    requireThat(found.group?.muted.has(action.who) !== true, 'MUTED', { talk });
    const other = found.group === null ? [...found.seats.keys()].find((one) => one !== action.who) : undefined;
    const reason = other === undefined ? null : judgeMessage(model, action.who, other).reason;
    if (reason !== null) throw new Refusal(reason, { talk });
    return write(model, action.who, talk);
  },
  recall(model, action) {
    const at = talkOf(model, action);
    if (!at) return null;
    const { talk, found } = at;
    const seqs = found.messages.map((_, place) => place + 1);
    const written = seqs.filter((seq) => found.messages[seq - 1]?.isNotice === false);
    const among = written.length === 0 || action.back % 5 === 4 ? seqs : written;
    const seq = among.at(-1 - (action.back % among.length));
    if (seq === undefined) return null;
    const things = { talk, seq };
    const seat = requireSeat(found, action.who, things);
    requireThat(seq >= seat.fromSeq, 'NOT_FOUND', things);
    const message = found.messages[seq - 1];
    if (!message) return null;
    // Whoever has left stands below everybody.
    const senderRole = found.seats.get(message.sender)?.role ?? 'MEMBER';
    const presides = found.group !== null && (seat.role === 'OWNER' || (seat.role === 'ADMIN' && senderRole === 'MEMBER'));
    requireThat(!message.isNotice && (message.sender === action.who || presides), 'FORBIDDEN', things);
    message.isRecalled = true;
    return things;
  },
  read(model, action) {
    const at = talkOf(model, action);
    if (!at) return null;
    const seat = at.seat();
    const other = at.found.group === null ? [...at.found.seats.keys()].find((one) => one !== action.who) : undefined;
    const isHidden = other !== undefined && judgeBlock(model, action.who, other) !== null;
    const before = seat.readSeq;
    seat.readSeq = Math.max(before, Math.min(action.seq, at.found.messages.length));
    seat.shownSeq = isHidden ? (seat.shownSeq ?? before) : null;
    return { talk: at.talk, seq: action.seq };
  },
} satisfies Partial<Rules>;

/** What everybody calls somebody for whom they set a remark. */
export function remarkFor(name: string): string {
  return `Z${name}`;
}
