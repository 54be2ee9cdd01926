import fc from 'fast-check';
import type { Action, Persona, Verdict, Who } from './model.ts';

/** Who is there: each lets strangers write in another way, one is a friend of whoever asks, the last one is a visitor. */
export const personas: readonly Persona[] = [
  { name: 'Ann', isVisitor: false, acceptsAtOnce: false, chatset: { user: { sendCount: 2, needFollow: false }, visitor: { sendCount: 1, needFollow: false } } },
  { name: 'Bob', isVisitor: false, acceptsAtOnce: false, chatset: null },
  { name: 'Cid', isVisitor: false, acceptsAtOnce: false, chatset: { user: { sendCount: 1, needFollow: true }, visitor: { sendCount: 2, needFollow: true } } },
  { name: 'Dan', isVisitor: false, acceptsAtOnce: true, chatset: { user: { sendCount: 1, needFollow: false }, visitor: { sendCount: 0, needFollow: false } } },
  { name: 'the visitor', isVisitor: true, acceptsAtOnce: false, chatset: null },
];

const [ann, bob, cid, dan, visitor] = [0, 1, 2, 3, 4] as const;

const friends = [
  [ann, bob],
  [ann, cid],
  [bob, cid],
].flatMap(([from = ann, to = bob]): Action[] => [
  { does: 'ask', who: from, other: to },
  { does: 'answer', who: to, from, to, answer: 'ACCEPT' },
]);

/** What has happened before the random part, so that a short one comes to something. */
export const beginnings = {
  nothing: [],
  friends: [...friends, { does: 'ask', who: ann, other: dan }],
  group: [
    ...friends,
    { does: 'create', who: ann, people: [bob, cid], isNamed: true },
    { does: 'join', who: visitor, group: 0 },
    { does: 'role', who: ann, group: 0, other: bob, role: 'ADMIN' },
    { does: 'writeIn', who: visitor, talk: 0 },
  ],
  approval: [
    ...friends,
    { does: 'ask', who: cid, other: dan },
    { does: 'create', who: ann, people: [bob, cid], isNamed: false },
    { does: 'role', who: ann, group: 0, other: bob, role: 'ADMIN' },
    { does: 'policy', who: ann, group: 0, policy: 'APPROVAL' },
    { does: 'join', who: visitor, group: 0 },
    { does: 'invite', who: cid, group: 0, people: [dan] },
  ],
} satisfies Readonly<Record<string, readonly Action[]>>;

/** A sequence: how it begins, and what comes then. */
export interface Sequence {
  readonly begins: keyof typeof beginnings;
  readonly actions: readonly Action[];
}

const who: fc.Arbitrary<Who> = fc.nat({ max: personas.length - 1 });
const user: fc.Arbitrary<Who> = fc.nat({ max: personas.length - 2 });
const group = fc.nat({ max: 4 });
const talk = fc.nat({ max: 9 });
const people = fc.uniqueArray(who, { minLength: 1, maxLength: 3 });
/** Mostly the first: who is refused whatever they do would do little. */
const mostly = <T>(one: fc.Arbitrary<T>, other: fc.Arbitrary<T>) => fc.oneof({ weight: 6, arbitrary: one }, { weight: 1, arbitrary: other });
const mostlyUser = mostly(user, who);
/** Whoever leads the group with which some sequences begin, or anybody. */
const leader = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(ann, bob) }, { weight: 2, arbitrary: who });

const answer: fc.Arbitrary<Action> = fc
  .record({ from: user, to: user, answer: fc.constantFrom('ACCEPT', 'REFUSE', 'IGNORE', 'CANCEL'), by: fc.option(who, { freq: 8 }) })
  .map(({ from, to, answer, by }) => ({ does: 'answer', who: by ?? (answer === 'CANCEL' ? from : to), from, to, answer }));

const between = (does: 'ask' | 'unfriend' | 'block' | 'unblock' | 'follow' | 'unfollow' | 'write') =>
  fc.record({ does: fc.constant(does), who: mostlyUser, other: mostlyUser });

/** Actions of every kind; those of which much must come together more often. */
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: between('ask') },
  { weight: 9, arbitrary: answer },
  { weight: 2, arbitrary: between('unfriend') },
  { weight: 2, arbitrary: between('block') },
  { weight: 2, arbitrary: between('unblock') },
  { weight: 2, arbitrary: between('follow') },
  { weight: 1, arbitrary: between('unfollow') },
  { weight: 5, arbitrary: fc.record({ does: fc.constant('write'), who, other: who }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('remark'), who: user, other: mostlyUser, clears: fc.boolean() }) },
  { weight: 10, arbitrary: fc.record({ does: fc.constant('writeIn'), who, talk }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('recall'), who: leader, talk, back: fc.nat({ max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('read'), who, talk, seq: fc.nat({ max: 12 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('create'), who: mostlyUser, people: fc.uniqueArray(mostlyUser, { maxLength: 2 }), isNamed: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.record({ does: fc.constant('invite'), who: mostlyUser, group, people }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('join'), who, group }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('answerJoin'), who: leader, group, join: fc.nat({ max: 5 }), accepts: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('withdraw'), who, group, join: fc.nat({ max: 5 }) }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constant('role'), who: leader, group, other: who, role: fc.constantFrom('ADMIN', 'OWNER', 'MEMBER') }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('mute'), who: leader, group, other: who, ends: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('remove'), who: leader, group, other: who }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('leave'), who, talk }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('dissolve'), who: mostlyUser, talk }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('policy'), who: leader, group, policy: fc.constantFrom('APPROVAL', 'USERS_ONLY', 'OPEN') }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('history'), who: leader, group, shows: fc.boolean() }) },
);

/** Random sequences. */
export function sequences(length: number): fc.Arbitrary<Sequence> {
  const begins = fc.constantFrom<keyof typeof beginnings>('nothing', 'friends', 'group', 'approval', 'group', 'approval');
  return fc.record({ begins, actions: fc.array(action, { minLength: 1, maxLength: length, size: 'max' }) });
}

/** What random sequences seldom come to. */
export const rare: readonly Sequence[] = [
  {
    // A request of one's own that was granted, after leaving: it does not exist any more.
    begins: 'group',
    actions: [
      { does: 'join', who: 3, group: 0 },
      { does: 'leave', who: 3, talk: 1 },
      { does: 'answerJoin', who: 3, group: 0, join: 1, accepts: true },
    ],
  },
  {
    // Two requests that cross, of which one is for nobody to see.
    begins: 'nothing',
    actions: [
      { does: 'block', who: 0, other: 1 },
      { does: 'ask', who: 1, other: 0 },
      { does: 'ask', who: 0, other: 1 },
      { does: 'answer', who: 1, from: 0, to: 1, answer: 'IGNORE' },
      { does: 'unblock', who: 0, other: 1 },
      { does: 'answer', who: 1, from: 0, to: 1, answer: 'ACCEPT' },
      { does: 'answer', who: 0, from: 1, to: 0, answer: 'ACCEPT' },
    ],
  },
  {
    // A visitor who waits while visitors are shut out goes on waiting, and can be let in.
    begins: 'approval',
    actions: [
      { does: 'policy', who: 0, group: 0, policy: 'USERS_ONLY' },
      { does: 'join', who: 4, group: 0 },
      { does: 'answerJoin', who: 1, group: 0, join: 0, accepts: true },
    ],
  },
  {
    // What random sequences of this length do not always come to: what waits is taken back, and what ends things.
    begins: 'approval',
    actions: [
      { does: 'withdraw', who: 4, group: 0, join: 0 },
      { does: 'withdraw', who: 3, group: 0, join: 1 },
      { does: 'history', who: 0, group: 0, shows: true },
      { does: 'mute', who: 0, group: 0, other: 2, ends: false },
      { does: 'writeIn', who: 2, talk: 0 },
      { does: 'recall', who: 2, talk: 0, back: 0 },
      { does: 'unfriend', who: 0, other: 2 },
      { does: 'remove', who: 0, group: 0, other: 2 },
      { does: 'join', who: 2, group: 0 },
      { does: 'dissolve', who: 0, talk: 2 },
    ],
  },
];

/** An action in words, with what the model says of it. */
export function describeAction({ does, who: actor, ...rest }: Action, { code, ...things }: Verdict): string {
  const nameOf = (value: unknown) => (typeof value === 'number' ? (personas[value]?.name ?? '?') : String(value));
  const isPerson = (key: string) => ['other', 'from', 'to', 'people'].includes(key);
  const words = Object.entries(rest).map(([key, value]) => `${key} ${isPerson(key) ? [value].flat().map(nameOf).join(' and ') : value}`);
  const about = Object.entries(things).map(([key, value]) => `${key} #${value}`);
  return `${nameOf(actor)}: ${[does, ...words].join(', ')}${about.length > 0 ? ` (${about.join(', ')})` : ''} → ${code ?? 'done'}`;
}
