import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { isOneOf } from '../../platform/bulk.ts';
import type { Bus } from '../../platform/bus.ts';
import type { Database } from '../../platform/database.ts';
import type { Lease, PresenceStore } from '../../platform/presence-store.ts';

/** Who is online. Nothing here is written into a log: presence is known while it is so, and not afterwards. */
export interface PresenceService {
  /** A socket of the viewer is open. Resolves when everybody can see it; never throws: where the store is away, it is told when it is back. */
  connected(viewer: Viewer, connectionId: string): Promise<void>;
  /** It is closed. Likewise. */
  disconnected(viewer: Viewer, connectionId: string): Promise<void>;
  /** Which of these users are online at this moment; null while nobody knows. Says nothing about who may see it. */
  states(userIds: readonly number[]): Promise<ReadonlyMap<number, boolean> | null>;
  /** Ends the renewing and takes out the connections that are left. */
  stop(): Promise<void>;
}

/** What presence stands on. */
export interface PresenceServiceParts {
  readonly config: Config['presence'];
  readonly database: Database;
  readonly bus: Bus;
  readonly store: PresenceStore;
  /** Told of faults that nobody waits for. Default: nobody. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

/** How long people are gathered whose `lastSeenAt` is written together, and how many at most: a thousand who come at once are a few commits. */
const writing = { afterMs: 100, together: 250 } as const;

/** Makes the service, which renews the leases of this node's connections from the first one on. */
export function createPresenceService({ config, database, bus, store, onFault }: PresenceServiceParts): PresenceService {
  /** The open connections of this node, by user. Mostly one, so a Set for each user would be larger than what is in it. */
  const here = new Map<number, readonly string[]>();
  /** Connections that are closed but that the store could not be told about. */
  const leaving = new Map<string, Lease>();
  /** Users who came or went, and of whom that is not written yet. */
  const seen = new Set<number>();
  let writer: Promise<void> | null = null;
  let incarnation: string | null = null;
  let renewedAt = performance.now();
  let beating: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const stopping = Promise.withResolvers<void>();

  const leases = (): Lease[] => [...here].flatMap(([userId, connections]) => connections.map((connectionId) => ({ userId, connectionId })));

  /** Tells those who watch, and has it written when the user was last seen. */
  function changed(userId: number): void {
    bus.publish(`presence:${userId}`, { kind: 'PRESENCE', userId });
    seen.add(userId);
    writer ??= writeSeen();
  }

  /** One transaction at a time. Nobody waits for it, so it does not take the connections of those who wait, however many come and go at once. */
  async function writeSeen(): Promise<void> {
    await Promise.race([sleep(writing.afterMs, undefined, { ref: false }), stopping.promise]);
    while (seen.size > 0) {
      const some = [...seen].slice(0, writing.together).sort((a, b) => a - b);
      for (const userId of some) seen.delete(userId);
      const which = isOneOf(
        ['id'],
        some.map((userId) => [userId]),
      );
      await database
        .transaction((tx) => tx.db.updateTable('User').set({ lastSeenAt: tx.dialect.now }).where(which).execute())
        .catch((error: unknown) => onFault?.(error));
    }
    // In the same turn as the look at what is left: nobody is added between the two.
    writer = null;
  }

  function forget({ userId, connectionId }: Lease): void {
    const others = here.get(userId)?.filter((each) => each !== connectionId) ?? [];
    if (others.length > 0) here.set(userId, others);
    else here.delete(userId);
  }

  async function takeOut(lease: Lease): Promise<void> {
    forget(lease);
    leaving.set(lease.connectionId, lease);
    try {
      const { last } = await store.disconnect(lease);
      leaving.delete(lease.connectionId);
      if (last) changed(lease.userId);
    } catch {
      // Tried again with the next beat; at worst its lease runs out.
    }
  }

  async function renew(): Promise<void> {
    // Before the waiting: a connection that fails to get in meanwhile asks for another renewal.
    renewedAt = performance.now();
    await store.renew(leases(), config.leaseMs);
  }

  async function beat(): Promise<void> {
    if (here.size === 0 && leaving.size === 0) return;
    try {
      const found = await store.incarnation();
      // A store that lost everything is filled again at once, by every node, before anybody's grace is over.
      if (found !== incarnation || performance.now() - renewedAt >= config.renewMs) await renew();
      incarnation = found;
      await Promise.all([...leaving.values()].map(takeOut));
    } catch {
      // The store is away. The first beat that finds it again renews everything.
      renewedAt = Number.NEGATIVE_INFINITY;
    }
  }

  function beatOnce(): Promise<void> {
    beating ??= beat().finally(() => {
      beating = null;
    });
    return beating;
  }

  const stopListening = bus.onRestored(() => {
    renewedAt = Number.NEGATIVE_INFINITY;
    void beatOnce();
  });

  return {
    async connected({ userId }, connectionId) {
      // Twice in the time in which those who watch look once: a store that lost everything is full again before anybody's grace is over.
      timer ??= setInterval(beatOnce, Math.min(config.renewMs, beatMs(config)) / 2).unref();
      here.set(userId, [...(here.get(userId) ?? []), connectionId]);
      try {
        const { first } = await store.connect({ userId, connectionId }, config.leaseMs);
        if (first) changed(userId);
      } catch {
        renewedAt = Number.NEGATIVE_INFINITY;
      }
    },
    disconnected: ({ userId }, connectionId) => takeOut({ userId, connectionId }),
    async states(userIds) {
      const stored = await store.online(userIds);
      // A connection of this node is a fact, also while a store that lost everything is being filled.
      return stored && new Map([...stored].map(([userId, online]) => [userId, online || here.has(userId)]));
    },
    async stop() {
      clearInterval(timer);
      stopListening();
      await beating;
      await Promise.all(leases().map(takeOut));
      stopping.resolve();
      await writer;
    },
  };
}

/** How often those who watch look by themselves, for people whose node died and for signals that were lost; half of the grace, at most 2.5 s. */
export function beatMs({ graceMs }: Config['presence']): number {
  return Math.min(Math.max(graceMs, 100) / 2, 2500);
}
