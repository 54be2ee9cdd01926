/** One half of a chatset, as the API has it. */
export interface ChatRule {
  /** How many messages a stranger may send: 0 none, 1 one, 2 any number. */
  readonly sendCount: number;
  /** Whether they have to follow first. */
  readonly needFollow: boolean;
}

/** Who may begin to write, strictest first, as rules of the API: where nobody may, following changes nothing. */
export const rules = {
  nobody: { sendCount: 0, needFollow: true },
  followersOne: { sendCount: 1, needFollow: true },
  followers: { sendCount: 2, needFollow: true },
  one: { sendCount: 1, needFollow: false },
  everybody: { sendCount: 2, needFollow: false },
} as const satisfies Readonly<Record<string, ChatRule>>;

export type RuleName = keyof typeof rules;

export const ruleNames: readonly RuleName[] = ['nobody', 'followersOne', 'followers', 'one', 'everybody'];

/** What a rule is called here. */
export function ruleOf({ sendCount, needFollow }: ChatRule): RuleName {
  if (sendCount === 0) return 'nobody';
  if (sendCount === 1) return needFollow ? 'followersOne' : 'one';
  return needFollow ? 'followers' : 'everybody';
}
