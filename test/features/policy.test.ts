import { describe, expect, it } from 'vitest';
import { judgeMessaging, type MessagingFacts, type Permission } from '../../src/features/contacts/contact.policy.ts';
import type { ErrorCode } from '../../src/kernel/errors.ts';

const rule = (sendCount: 0 | 1 | 2, needFollow: boolean) => ({ sendCount, needFollow });
const closed = { visitor: rule(0, true), user: rule(0, true) };
const recipient = (chatset: object | null = null, role: 'USER' | 'AGENT' = 'USER') =>
  ({ enabled: 1, role, chatset: chatset === null ? null : JSON.stringify(chatset) }) as const;

const stranger: MessagingFacts = {
  isSelf: false,
  senderRole: 'USER',
  recipient: recipient(),
  recipientBlocksSender: false,
  senderBlocksRecipient: false,
  areFriends: false,
  senderFollows: false,
  recipientHasWritten: false,
  senderHasSent: false,
};
const no = (reason: ErrorCode): Permission => ({ allowed: false, reason });
const yes = (remaining: number | null = null): Permission => ({ allowed: true, remaining });
const judge = (facts: Partial<MessagingFacts>) => judgeMessaging({ ...stranger, ...facts }, closed);

describe('who may write to whom (U4)', () => {
  const open = recipient({ visitor: rule(2, false), user: rule(2, false) });
  const one = recipient({ visitor: rule(1, false), user: rule(1, false) });
  const followersOnly = recipient({ visitor: rule(2, true), user: rule(2, true) });
  const oneFollower = recipient({ visitor: rule(1, true), user: rule(1, true) });
  const usersOnly = recipient({ visitor: rule(0, false), user: rule(2, false) });
  const visitorsOnly = recipient({ visitor: rule(2, false), user: rule(0, false) });
  const table: [string, Partial<MessagingFacts>, Permission][] = [
    ['nobody writes to themselves, open or not', { isSelf: true, recipient: open }, no('BAD_USER_INPUT')],
    ['1: the recipient does not exist', { recipient: null }, no('RECIPIENT_UNAVAILABLE')],
    ['1: the recipient is disabled', { recipient: { ...open, enabled: 0 } }, no('RECIPIENT_UNAVAILABLE')],
    ['2: the recipient has blocked the sender', { recipient: open, recipientBlocksSender: true }, no('BLOCKED')],
    ['2: the sender has blocked the recipient', { recipient: open, senderBlocksRecipient: true }, no('BLOCKED_BY_YOU')],
    ['2: both: the recipient comes first', { recipientBlocksSender: true, senderBlocksRecipient: true }, no('BLOCKED')],
    ['3: friends write without limit, whatever the chatset', { areFriends: true, senderHasSent: true }, yes()],
    ['3: to whom the recipient has written may answer without limit', { recipientHasWritten: true, senderHasSent: true }, yes()],
    ['4: a visitor is judged by the rule for visitors', { recipient: visitorsOnly, senderRole: 'VISITOR' }, yes()],
    ['4: a user is judged by the rule for users', { recipient: usersOnly }, yes()],
    ['4: an agent is judged by the rule for users', { recipient: visitorsOnly, senderRole: 'AGENT' }, no('FRIENDSHIP_REQUIRED')],
    ['5: nobody, and the sender is a visitor', { recipient: usersOnly, senderRole: 'VISITOR' }, no('LOGIN_REQUIRED')],
    ['5: nobody, and the sender is a user', { recipient: visitorsOnly }, no('FRIENDSHIP_REQUIRED')],
    ['6: followers only', { recipient: followersOnly }, no('FOLLOW_REQUIRED')],
    ['6: a follower', { recipient: followersOnly, senderFollows: true }, yes()],
    ['7: one message, none was sent', { recipient: one }, yes(1)],
    ['7: one message, it was sent', { recipient: one, senderHasSent: true }, no('MESSAGE_LIMIT_REACHED')],
    ['7: one message from a follower', { recipient: oneFollower, senderFollows: true }, yes(1)],
    ['8: without limit', { recipient: open, senderHasSent: true }, yes()],
    ['U3: never set: the default of the server', {}, no('FRIENDSHIP_REQUIRED')],
    ['U3: never set: the default of the server, for a visitor', { senderRole: 'VISITOR' }, no('LOGIN_REQUIRED')],
    ['U3: never set by an agent: visitors may write', { senderRole: 'VISITOR', recipient: recipient(null, 'AGENT') }, yes()],
    ['U3: what an agent has set holds', { senderRole: 'VISITOR', recipient: recipient(closed, 'AGENT') }, no('LOGIN_REQUIRED')],
  ];
  it.each(table)('%s', (_title, facts, expected) => {
    expect(judge(facts)).toEqual(expected);
  });

  // From the last rule up: each fact that is added must win over everything that was true before.
  const ladder: [Partial<MessagingFacts>, Permission][] = [
    [{ recipient: one }, yes(1)],
    [{ senderHasSent: true }, no('MESSAGE_LIMIT_REACHED')],
    [{ recipient: oneFollower }, no('FOLLOW_REQUIRED')],
    [{ recipient: recipient({ visitor: rule(0, true), user: rule(0, true) }) }, no('FRIENDSHIP_REQUIRED')],
    [{ senderRole: 'VISITOR' }, no('LOGIN_REQUIRED')],
    [{ recipientHasWritten: true }, yes()],
    [{ senderBlocksRecipient: true }, no('BLOCKED_BY_YOU')],
    [{ areFriends: true }, no('BLOCKED_BY_YOU')],
    [{ recipientBlocksSender: true }, no('BLOCKED')],
    [{ recipient: { ...open, enabled: 0 } }, no('RECIPIENT_UNAVAILABLE')],
    [{ isSelf: true }, no('BAD_USER_INPUT')],
  ];
  it('lets the first rule that matches decide', () => {
    let facts: Partial<MessagingFacts> = {};
    for (const [added, expected] of ladder) {
      facts = { ...facts, ...added };
      expect(judge(facts)).toEqual(expected);
    }
  });
});
