import { type Account, attackOf } from './attacks.ts';

// The attacker, in a process of its own that `startAttacker` spawns: it begins with the order that comes, and tells what became of its tries when it is
// told to end.

/** What to do. */
export interface Order {
  readonly port: number;
  readonly from: string;
  readonly kind: string;
  readonly connections: number;
  readonly accounts: readonly Account[];
}

/** What became of the tries of an attack, by outcome. */
export type Outcomes = Readonly<Record<string, number>>;

let isOver = false;
const outcomes = new Map<string, number>();

process.on('message', (order: Order | 'end') => {
  if (order === 'end') {
    isOver = true;
    // What is under way ends first, and is not told any more.
    setTimeout(() => process.send?.(Object.fromEntries(outcomes), () => process.exit()), 100);
    return;
  }
  const { port, from, kind, connections, accounts } = order;
  const aim = {
    port,
    from,
    isOver: () => isOver,
    tell: (outcome: string) => void (isOver || outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)),
  };
  for (let index = 0; index < connections; index += 1) {
    const account = accounts[index % accounts.length];
    if (account) attackOf(kind, index)(aim, account, index);
  }
});
process.on('disconnect', () => process.exit());
