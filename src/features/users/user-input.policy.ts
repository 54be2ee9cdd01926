import { badInput } from '../../kernel/errors.ts';
import type { Gender } from './user.entity.ts';
import type { ChatRule, StoredChatset } from './user.policy.ts';

/** The most characters of what a profile says beside the name. */
export const profileLimits = { bio: 500, location: 100 } as const;

/** Changes of a profile: null clears, absent leaves. */
export interface ProfileInput {
  readonly nickname?: string | null | undefined;
  readonly gender?: Gender | null | undefined;
  /** YYYY-MM-DD, a real day. */
  readonly birthday?: string | null | undefined;
  readonly bio?: string | null | undefined;
  readonly location?: string | null | undefined;
  /** An https URL. */
  readonly website?: string | null | undefined;
}

/** Changes of one rule of a chatset: null goes back to the default, absent leaves. */
export interface ChatRuleInput {
  /** 0, 1 or 2. */
  readonly sendCount?: number | null | undefined;
  readonly needFollow?: boolean | null | undefined;
}

/** Changes of a chatset: null goes back to the defaults, absent leaves. */
export interface ChatsetInput {
  readonly visitor?: ChatRuleInput | null | undefined;
  readonly user?: ChatRuleInput | null | undefined;
}

/** What is stored of a chatset after a change. `BAD_USER_INPUT`, with the path of the field, for a sendCount other than 0, 1 or 2. */
export function mergeChatset(stored: StoredChatset, input: ChatsetInput): StoredChatset {
  const visitor = mergeRule('visitor', stored.visitor, input.visitor);
  const user = mergeRule('user', stored.user, input.user);
  return { ...(visitor && { visitor }), ...(user && { user }) };
}

function mergeRule(field: string, stored: Partial<ChatRule> | undefined, input: ChatRuleInput | null | undefined): Partial<ChatRule> | undefined {
  if (input === undefined) return stored;
  if (input === null) return undefined;
  const sendCount = input.sendCount === undefined ? stored?.sendCount : requireSendCount(`${field}.sendCount`, input.sendCount);
  const needFollow = input.needFollow === undefined ? stored?.needFollow : (input.needFollow ?? undefined);
  if (sendCount === undefined && needFollow === undefined) return undefined;
  return { ...(sendCount !== undefined && { sendCount }), ...(needFollow !== undefined && { needFollow }) };
}

function requireSendCount(field: string, value: number | null): 0 | 1 | 2 | undefined {
  if (value === null) return undefined;
  if (value === 0 || value === 1 || value === 2) return value;
  throw badInput(field, { zh: '只能是 0（不允许）、1（一条）或 2（不限）', en: 'Must be 0 (nobody), 1 (one message) or 2 (without limit)' });
}
