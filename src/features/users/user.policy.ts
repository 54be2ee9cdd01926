import type { ChatsetDefault } from '../../config.ts';
import { isObject, storedJson } from '../../kernel/stored-json.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { UserRow } from './user.entity.ts';

/** Who may start to write to somebody, for one kind of sender. */
export interface ChatRule {
  /** 0 nobody, 1 one message, 2 without limit. */
  readonly sendCount: 0 | 1 | 2;
  readonly needFollow: boolean;
}

/** Who may start to write to somebody: visitors, and registered users. */
export interface Chatset {
  readonly visitor: ChatRule;
  readonly user: ChatRule;
}

/** What the owner of a chatset has set of it; all else stands at its default. */
export interface StoredChatset {
  readonly visitor?: Partial<ChatRule>;
  readonly user?: Partial<ChatRule>;
}

const agentDefault: Chatset = { visitor: { sendCount: 2, needFollow: false }, user: { sendCount: 2, needFollow: false } };

/** What is stored of a chatset; empty where its owner never set anything. */
export function storedChatset({ chatset }: Pick<UserRow, 'chatset'>): StoredChatset {
  const parsed = chatset === null ? null : storedJson(chatset);
  const { visitor, user }: Record<string, unknown> = isObject(parsed) ? parsed : {};
  return { ...(isObject(visitor) && { visitor: storedRule(visitor) }), ...(isObject(user) && { user: storedRule(user) }) };
}

/** What this version does not know of a rule stands at its default. */
function storedRule({ sendCount, needFollow }: Record<string, unknown>): Partial<ChatRule> {
  return { ...((sendCount === 0 || sendCount === 1 || sendCount === 2) && { sendCount }), ...(typeof needFollow === 'boolean' && { needFollow }) };
}

/** The chatset that holds: what its owner set, over the default of the owner's present role (`defaults`, except for an AGENT). */
export function chatsetOf(user: Pick<UserRow, 'chatset' | 'role'>, defaults: ChatsetDefault): Chatset {
  const base = user.role === 'AGENT' ? agentDefault : defaults;
  const stored = storedChatset(user);
  return { visitor: { ...base.visitor, ...stored.visitor }, user: { ...base.user, ...stored.user } };
}

/** Of these users, those whose birthday the viewer may see: the viewer and the viewer's friends. */
export async function birthdayVisible(tx: Tx, viewer: Viewer | null, userIds: readonly number[]): Promise<ReadonlySet<number>> {
  if (viewer === null) return new Set();
  const others = userIds.filter((id) => id !== viewer.userId);
  return new Set([viewer.userId, ...(await friendsAmong(tx, viewer.userId, others))]);
}

const friendsOf = createStatement((tx, slot: Slots<{ userId: number; otherIds: readonly number[] }>) =>
  tx.db.selectFrom('Relation').select('otherId').where('userId', '=', slot('userId')).where('otherId', 'in', slot('otherIds')).where('isFriend', '=', 1),
);

/** Those of these people who are friends of somebody. */
export async function friendsAmong(tx: Tx, userId: number, otherIds: readonly number[]): Promise<ReadonlySet<number>> {
  return new Set((await friendsOf(tx, { userId, otherIds })).map(({ otherId }) => otherId));
}
