import { randomUUID } from 'node:crypto';
import type { Lease, PresenceStore } from './presence-store.ts';

/** Leases inside one process. */
export function createMemoryPresenceStore(): PresenceStore {
  /** By user: when each connection's lease ends, on the monotonic clock. */
  const users = new Map<number, Map<string, number>>();
  const incarnation = randomUUID();

  function alive(userId: number): Map<string, number> {
    const leases = users.get(userId) ?? new Map<string, number>();
    for (const [connectionId, end] of leases) if (end <= performance.now()) leases.delete(connectionId);
    if (leases.size === 0) users.delete(userId);
    return leases;
  }

  function put({ userId, connectionId }: Lease, leaseMs: number): boolean {
    const leases = alive(userId);
    const first = leases.size === 0;
    users.set(userId, leases.set(connectionId, performance.now() + leaseMs));
    return first;
  }

  return {
    connect: async (lease, leaseMs) => ({ first: put(lease, leaseMs) }),
    async renew(leases, leaseMs) {
      for (const lease of leases) put(lease, leaseMs);
    },
    async disconnect({ userId, connectionId }) {
      users.get(userId)?.delete(connectionId);
      return { last: alive(userId).size === 0 };
    },
    online: async (userIds) => new Map(userIds.map((userId) => [userId, alive(userId).size > 0])),
    incarnation: async () => incarnation,
  };
}
