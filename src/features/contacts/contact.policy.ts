import type { ChatsetDefault } from '../../config.ts';
import type { ErrorCode } from '../../kernel/errors.ts';
import type { Bucket } from '../../kernel/rates.ts';
import type { Role } from '../../kernel/viewer.ts';
import type { UserRow } from '../users/user.entity.ts';
import { chatsetOf } from '../users/user.policy.ts';

/** Which of two people has blocked the other. */
export interface BlockFacts {
  readonly recipientBlocksSender: boolean;
  readonly senderBlocksRecipient: boolean;
}

/**
 * Why nothing of the sender may come before the recipient, or null where neither blocks the other. Whatever one person can bring before another,
 * or learn of another, asks this first.
 */
export function judgeBlocks({ recipientBlocksSender, senderBlocksRecipient }: BlockFacts): 'BLOCKED' | 'BLOCKED_BY_YOU' | null {
  if (recipientBlocksSender) return 'BLOCKED';
  return senderBlocksRecipient ? 'BLOCKED_BY_YOU' : null;
}

/** Why one person may not put another into a group, or null where that is allowed: only friends, neither of whom blocks the other. */
export function judgeInvitation(facts: BlockFacts & { readonly areFriends: boolean }): ErrorCode | null {
  return judgeBlocks(facts) ?? (facts.areFriends ? null : 'FRIENDSHIP_REQUIRED');
}

/** What decides whether one person may write to another. */
export interface MessagingFacts extends BlockFacts {
  /** Sender and recipient are the same person. */
  readonly isSelf: boolean;
  readonly senderRole: Role;
  /** The recipient's row, disabled or not; null where there is no such user. */
  readonly recipient: Pick<UserRow, 'enabled' | 'role' | 'chatset'> | null;
  readonly areFriends: boolean;
  readonly senderFollows: boolean;
  /**
   * The recipient has sent the sender a message since the two were last unfriended; a recalled one counts, a notice does not. It counts as if one were
   * sent where a server of the operator's has let the two write to each other since.
   */
  readonly recipientHasWritten: boolean;
  /** The sender has sent the recipient a message, counted likewise. */
  readonly senderHasSent: boolean;
}

/** Whether a message may be sent: how many more (null: without limit), or why not. */
export type Permission = { readonly allowed: true; readonly remaining: number | null } | { readonly allowed: false; readonly reason: ErrorCode };

/** May the sender write to the recipient? The first rule that matches decides. `defaults` is the chatset of users who never set one. */
export function judgeMessaging(facts: MessagingFacts, defaults: ChatsetDefault): Permission {
  const { recipient } = facts;
  if (facts.isSelf) return refused('BAD_USER_INPUT');
  if (recipient === null || recipient.enabled === 0) return refused('RECIPIENT_UNAVAILABLE');
  const blocked = judgeBlocks(facts);
  if (blocked !== null) return refused(blocked);
  if (facts.areFriends || facts.recipientHasWritten) return { allowed: true, remaining: null };
  const visitor = facts.senderRole === 'VISITOR';
  const chatset = chatsetOf(recipient, defaults);
  const rule = visitor ? chatset.visitor : chatset.user;
  if (rule.sendCount === 0) return refused(visitor ? 'LOGIN_REQUIRED' : 'FRIENDSHIP_REQUIRED');
  if (rule.needFollow && !facts.senderFollows) return refused('FOLLOW_REQUIRED');
  if (rule.sendCount === 2) return { allowed: true, remaining: null };
  return facts.senderHasSent ? refused('MESSAGE_LIMIT_REACHED') : { allowed: true, remaining: 1 };
}

/**
 * Out of which buckets a message takes because it goes to a stranger: the one for the first words of a conversation, the one for what a person sends to
 * somebody who is no friend and has never answered, both or none. `begins`: there is no conversation of the two yet.
 */
export function strangerBuckets({ senderRole, recipient, areFriends, recipientHasWritten }: MessagingFacts, begins: boolean): readonly Bucket[] {
  if (areFriends || recipientHasWritten || recipient?.role === 'AGENT') return [];
  const ofAgent = senderRole === 'AGENT' || senderRole === 'ADMIN';
  const first: Bucket = ofAgent ? 'firstWordsOfAgent' : senderRole === 'VISITOR' ? 'firstWordsOfVisitor' : 'firstWords';
  return [...(begins ? [first] : []), ...(ofAgent ? [] : ['unansweredSend' as const])];
}

function refused(reason: ErrorCode): Permission {
  return { allowed: false, reason };
}
