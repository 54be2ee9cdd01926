import { AppError, badInput } from '../../kernel/errors.ts';
import { type BlockFacts, judgeBlocks } from '../contacts/contact.policy.ts';
import { requireSeldom } from '../contacts/repetition.policy.ts';
import type { FriendRequestRow, FriendRequestStatus } from './friend-request.entity.ts';

/** What can be done with a friend request. */
export type FriendRequestAnswer = 'ACCEPT' | 'REFUSE' | 'IGNORE' | 'CANCEL';

/** The statuses of requests that wait for an answer: an ignored one still does, as far as its sender knows, and can be answered otherwise. */
export const openStatuses: readonly FriendRequestStatus[] = ['PENDING', 'IGNORED'];

type Request = Pick<FriendRequestRow, 'fromId' | 'toId' | 'status' | 'isHidden'>;

/** Who may know of a request: its sender, and its receiver unless the sender was blocked. */
export function mayKnow({ fromId, toId, isHidden }: Request, userId: number): boolean {
  return userId === fromId || (userId === toId && isHidden === 0);
}

/** How a request stands as somebody who may know of it is shown: to its sender an ignored one is pending. */
export function shownStatus({ fromId, status }: Request, userId: number): FriendRequestStatus {
  return status === 'IGNORED' && userId === fromId ? 'PENDING' : status;
}

/** Whether a request stands as pending in what two people are to each other, as one of them is shown. */
export function isShownPending(request: Request, userId: number): boolean {
  return mayKnow(request, userId) && shownStatus(request, userId) === 'PENDING';
}

/** What decides about a new request. */
export interface RequestFacts extends BlockFacts {
  /** Sender and receiver are the same person. */
  readonly isSelf: boolean;
  /** The receiver is a registered user who is not disabled. */
  readonly canReceive: boolean;
  readonly areFriends: boolean;
  /** An open request of the sender to the receiver, whether the receiver may know of it or not. */
  readonly hasAsked: boolean;
  /** When the receiver refused the sender last; null: never, or not since they were friends last. */
  readonly refusedAt: number | null;
  /** When the sender asked last, the newest first; what was taken back counts too. */
  readonly askedAt: readonly number[];
  /** An open request of the receiver to the sender, of which the sender may know. */
  readonly wasAsked: boolean;
  readonly receiverAcceptsAtOnce: boolean;
}

/** What becomes of a new request: the other's one is accepted in its place, it is accepted at once, it waits, or it waits unseen. */
export type RequestVerdict = 'ACCEPT_THEIRS' | 'ACCEPTED' | 'PENDING' | 'HIDDEN';

/** For how long a refusal holds, and how often one may ask the same person in a day (null: without limit). */
export interface RequestLimits {
  readonly refusalMs: number;
  readonly aDay: number | null;
}

/** Judges a new request; the first rule that matches decides. Throws the refusal. */
export function judgeRequest(facts: RequestFacts, now: number, { refusalMs, aDay }: RequestLimits): RequestVerdict {
  if (facts.isSelf) throw badInput('userId', { zh: '不能添加自己为好友', en: 'Choose somebody else: this is you' });
  if (!facts.canReceive) throw new AppError('NOT_FOUND');
  if (facts.areFriends) throw new AppError('ALREADY_FRIENDS');
  if (facts.hasAsked) throw new AppError('REQUEST_PENDING');
  const neitherBlocks = judgeBlocks(facts) === null;
  if (facts.wasAsked && neitherBlocks) return 'ACCEPT_THEIRS';
  const refusedUntil = facts.refusedAt === null ? 0 : facts.refusedAt + refusalMs;
  if (refusedUntil > now)
    throw new AppError(
      'RATE_LIMITED',
      { retryAfterSeconds: Math.ceil((refusedUntil - now) / 1000) },
      { zh: '对方不久前拒绝了你的好友申请，请过些天再试', en: 'This user refused your request not long ago: try again in some days' },
    );
  requireSeldom(facts.askedAt, now, aDay);
  if (facts.receiverAcceptsAtOnce && neitherBlocks) return 'ACCEPTED';
  return facts.recipientBlocksSender ? 'HIDDEN' : 'PENDING';
}

const outcomes = { ACCEPT: 'ACCEPTED', REFUSE: 'REFUSED', IGNORE: 'IGNORED', CANCEL: 'CANCELLED' } as const;

/**
 * What an answer makes of a request; null where it has had this answer already. Throws `NOT_FOUND` for whoever may not know of it, `FORBIDDEN`
 * where it is for the other one to say, `CONFLICT` where it has had another answer.
 */
export function judgeAnswer(request: Request, userId: number, answer: FriendRequestAnswer): (typeof outcomes)[FriendRequestAnswer] | null {
  if (!mayKnow(request, userId)) throw new AppError('NOT_FOUND');
  if ((answer === 'CANCEL') !== (userId === request.fromId)) throw new AppError('FORBIDDEN');
  const outcome = outcomes[answer];
  if (request.status === outcome) return null;
  if (!openStatuses.includes(request.status))
    throw new AppError('CONFLICT', { field: 'answer' }, { zh: '这个好友申请已经处理过了', en: 'This request has been answered already' });
  return outcome;
}
