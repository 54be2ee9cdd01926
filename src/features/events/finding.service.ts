import type { Head, Membership, Pass } from './replay.service.ts';

/** What a snapshot has found of somebody: of everything that they receive, what has happened above an epoch. */
export interface Finding {
  readonly memberships: readonly Membership[];
  readonly heads: readonly Head[];
  readonly aboveEpoch: number;
  /** The newest closed epoch of the snapshot. */
  readonly closed: number;
}

/**
 * Whether a node that begins to serve somebody by a finding will give all that was committed after it. What a comparison finds is above `compared`: so
 * that must not be beyond the snapshot. And what the node has given already of a log must be in the snapshot: nobody was there to whom it was given.
 */
export function provesAll({ memberships, heads, aboveEpoch, closed }: Finding, compared: number, passes: ReadonlyMap<number, Pass>): boolean {
  if (compared > closed) return false;
  const revs = new Map(heads.map(({ logId, lastRev }) => [logId, lastRev]));
  const isBeyond = (logId: number) => {
    const pass = passes.get(logId);
    if (!pass || pass.last === null) return false;
    const rev = revs.get(logId);
    return rev === undefined ? pass.epoch > aboveEpoch : pass.last > rev;
  };
  return !memberships.some(({ logId, active }) => active && isBeyond(logId));
}

/**
 * What a node begins to serve with a finding: the groups of which it has to hear, and of logs that it gave to nobody, how far the snapshot goes. Where
 * somebody wide is here, a DIRECT conversation may be theirs without being served: of that nothing is taken for given.
 */
export function newHere({ memberships, heads }: Finding, isServed: (logId: number) => boolean, passes: ReadonlyMap<number, Pass>, isBesideWide: boolean) {
  const begun = memberships.filter(({ logId, active, isOver }) => active && isOver !== true && !isServed(logId));
  const logs = new Set(begun.filter(({ kind }) => kind !== 'DIRECT' || !isBesideWide).map(({ logId }) => logId));
  return {
    groups: begun.flatMap(({ logId, kind }) => (kind === 'GROUP' ? [logId] : [])),
    passes: heads.flatMap(({ logId, lastRev, lastEpoch }): [number, Pass][] =>
      logs.has(logId) && !passes.has(logId)
        ? [[logId, { last: lastRev, target: lastRev, again: false, busy: false, epoch: lastEpoch, people: null, told: [] }]]
        : [],
    ),
  };
}
