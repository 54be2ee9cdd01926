import { randomUUID } from 'node:crypto';
import type { Lease, PresenceStore } from './presence-store.ts';

/** The lease of one connection, and when it ends, on the monotonic clock. */
interface Held {
  readonly connectionId: string;
  end: number;
}

/** Leases inside one process. */
export function createMemoryPresenceStore(): PresenceStore {
  /** By user. Mostly one, so a Map for each user would be larger than what is in it. */
  const users = new Map<number, readonly Held[]>();
  const incarnation = randomUUID();

  function alive(userId: number): readonly Held[] {
    const held = users.get(userId) ?? [];
    const now = performance.now();
    return held.every(({ end }) => end > now)
      ? held
      : keep(
          userId,
          held.filter(({ end }) => end > now),
        );
  }

  function keep(userId: number, held: readonly Held[]): readonly Held[] {
    if (held.length > 0) users.set(userId, held);
    else users.delete(userId);
    return held;
  }

  function put({ userId, connectionId }: Lease, leaseMs: number): boolean {
    const held = alive(userId);
    const end = performance.now() + leaseMs;
    const known = held.find((each) => each.connectionId === connectionId);
    if (known) known.end = end;
    else keep(userId, [...held, { connectionId, end }]);
    return held.length === 0;
  }

  return {
    connect: async (lease, leaseMs) => ({ first: put(lease, leaseMs) }),
    async renew(leases, leaseMs) {
      for (const lease of leases) put(lease, leaseMs);
    },
    async disconnect({ userId, connectionId }) {
      const left = keep(
        userId,
        alive(userId).filter((each) => each.connectionId !== connectionId),
      );
      return { last: left.length === 0 };
    },
    online: async (userIds) => new Map(userIds.map((userId) => [userId, alive(userId).length > 0])),
    incarnation: async () => incarnation,
  };
}
