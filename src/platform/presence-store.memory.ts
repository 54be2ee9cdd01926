import type { PresenceStore } from './presence-store.ts';

/** How many tellings are remembered: whoever asks for more is told that anybody may have changed. */
const remembered = 1000;

/** How long whoever was told of a node that is over has for taking its people out, in milliseconds. */
const claimMs = 5000;

interface NodeLease {
  /** On the monotonic clock, as everything here. */
  end: number;
  claimedUntil: number;
}

/** Who is connected, inside one process. */
export function createMemoryPresenceStore(): PresenceStore {
  const nodes = new Map<string, NodeLease>();
  /** The nodes of each user. Mostly one, so a Set for each user would be larger than what is in it. */
  const users = new Map<number, readonly string[]>();
  const told: (readonly number[] | null)[] = [];
  /** How many tellings there were before those that are remembered. */
  let forgotten = 0;

  const isAlive = (node: string) => (nodes.get(node)?.end ?? 0) > performance.now();

  /** Takes a user out of some nodes and, perhaps, into one; gives whether there is no other that counts. */
  function move(userId: number, from: readonly string[], to: readonly string[]): boolean {
    const others = (users.get(userId) ?? []).filter((node) => !from.includes(node) && !to.includes(node));
    const now = [...others, ...to];
    if (now.length > 0) users.set(userId, now);
    else users.delete(userId);
    return !others.some(isAlive);
  }

  return {
    async open(node, leaseMs) {
      nodes.set(node, { end: performance.now() + leaseMs, claimedUntil: 0 });
    },
    async renew(node, leaseMs) {
      const now = performance.now();
      const lease = nodes.get(node);
      const held = lease !== undefined && lease.end > now;
      if (held) lease.end = now + leaseMs;
      const over = [...nodes].filter(([name, each]) => name !== node && each.end <= now && each.claimedUntil <= now);
      for (const [, each] of over) each.claimedUntil = now + claimMs;
      return { held, over: over.map(([name]) => name) };
    },
    enter: async (node, former, userIds) => new Set(userIds.filter((userId) => move(userId, former, [node]))),
    leave: async (from, userIds) => new Set(userIds.filter((userId) => move(userId, from, []))),
    async tell(userIds) {
      told.push(userIds);
      if (told.length <= remembered) return;
      told.shift();
      forgotten += 1;
    },
    // Whoever left is not on it.
    async unlist() {},
    peopleOf: async (node) => [...users].filter(([, on]) => on.includes(node)).map(([userId]) => userId),
    async close(node) {
      nodes.delete(node);
    },
    async changes(after) {
      const place = String(forgotten + told.length);
      const since = after === null ? null : Number(after) - forgotten;
      const found = since === null || since < 0 ? [null] : told.slice(since);
      return { place, userIds: found.some((each) => each === null) ? null : [...new Set(found.flatMap((each) => each ?? []))] };
    },
    online: async (userIds) => new Map(userIds.map((userId) => [userId, (users.get(userId) ?? []).some(isAlive)])),
  };
}
