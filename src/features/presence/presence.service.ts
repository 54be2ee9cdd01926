import { randomBytes } from 'node:crypto';
import type { Config } from '../../config.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Bus } from '../../platform/bus.ts';
import type { Database } from '../../platform/database.ts';
import { keptMs, type PresenceStore } from '../../platform/presence-store.ts';
import { createLastSeen } from './last-seen.service.ts';

/** Who is online. Nothing here is written into a log: presence is known while it is so, and not afterwards. */
export interface PresenceService extends Pick<PresenceStore, 'changes'> {
  /** A socket of the viewer is open. Resolves when everybody can see it; never throws: where the store is away, it is told when it is back. */
  connected(viewer: Viewer, connectionId: string): Promise<void>;
  /** It is closed. Likewise. */
  disconnected(viewer: Viewer, connectionId: string): Promise<void>;
  /** Which of these users are online at this moment; null while nobody knows. Says nothing about who may see it. */
  states(userIds: readonly number[]): Promise<ReadonlyMap<number, boolean> | null>;
  /** Ends the renewing and takes out the people who are left. */
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

/** People of a node that is over who are taken out together. */
const sweptTogether = 500;

/** Makes the service, which renews the lease of this node from the first connection on. */
export function createPresenceService({ config, database, bus, store, onFault }: PresenceServiceParts): PresenceService {
  /** The open connections of this node, by user. Mostly one, so a Set for each user would be larger than what is in it. */
  const here = new Map<number, readonly string[]>();
  const lastSeen = createLastSeen(database, onFault);
  const pulseMs = Math.min(config.renewMs, beatMs(config)) / 2;
  // A node that died is found with the pulse of another one, and counts no longer than was said.
  const leaseMs = config.leaseMs - pulseMs;
  /** Under which everybody of `here` stands in the store; null while that is not so: the next pulse writes all of them under a new one. */
  let name: string | null = null;
  /** Names of before, under which something may stand there still, or come late. */
  let former: string[] = [];
  let namedAt = 0;
  /** Users who came or went, and of whom the list of changes does not know yet. */
  const untold = new Set<number>();
  let telling: Promise<void> | null = null;
  /** Who came in this turn of the event loop and is to be written, and what they wait for. */
  let coming: ({ readonly userIds: Set<number> } & Pick<PromiseWithResolvers<ReadonlySet<number> | null>, 'promise' | 'resolve'>) | null = null;
  let pulsing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  /** Whatever was written under the name may be lost, half done, or late. */
  function giveUpName(): void {
    if (name !== null) former.push(name);
    name = null;
  }

  /** The state of a user is another one, and the store knows it. */
  function announce(userId: number): void {
    bus.publish(`presence:${userId}`, { kind: 'PRESENCE', userId });
    lastSeen.add(userId);
  }

  /**
   * A user came to this node or left it. `isAlone`: is on no other node, as far as is known. Where that is not so any more, nobody is signalled;
   * so the list is told in any case.
   */
  function changed(userId: number, isAlone: boolean): void {
    if (isAlone) announce(userId);
    untold.add(userId);
    telling ??= new Promise((resolve) => setImmediate(resolve)).then(tell);
  }

  /** For those who watch and did not hear the signal. */
  async function tell(): Promise<void> {
    try {
      while (untold.size > 0) {
        const userIds = [...untold];
        untold.clear();
        await store.tell(userIds);
        // Judged now, and written in this turn: whoever comes back is put on the list after it.
        const gone = userIds.filter((userId) => !here.has(userId));
        if (name !== null && gone.length > 0) await store.unlist(name, gone);
      }
    } catch {
      giveUpName();
    } finally {
      telling = null;
    }
  }

  /** Has somebody written who came, with all others of this turn of the event loop: who was on no other node; null where nobody is written now. */
  function comeIn(userId: number): Promise<ReadonlySet<number> | null> {
    if (coming === null) {
      coming = { userIds: new Set(), ...Promise.withResolvers<ReadonlySet<number> | null>() };
      setImmediate(enterAll);
    }
    coming.userIds.add(userId);
    return coming.promise;
  }

  function enterAll(): void {
    if (coming === null) return;
    const { userIds, resolve } = coming;
    coming = null;
    // Where there is no name, the next pulse writes all.
    if (name === null) {
      resolve(null);
      return;
    }
    // Whoever has gone again by now was taken out already: that must not come after it.
    const present = [...userIds].filter((userId) => here.has(userId));
    store.enter(name, former, present).then(resolve, () => {
      giveUpName();
      resolve(null);
    });
  }

  function forget(userId: number, connectionId: string): void {
    const others = here.get(userId)?.filter((each) => each !== connectionId) ?? [];
    if (others.length > 0) here.set(userId, others);
    else here.delete(userId);
  }

  /** Writes everybody who is here under a new name. */
  async function takeName(): Promise<void> {
    const taken = randomBytes(9).toString('base64url');
    await store.open(taken, leaseMs);
    // In the turn in which all are written: whoever comes or goes from now on does it after that.
    name = taken;
    namedAt = performance.now();
    await store.enter(taken, former, [...here.keys()]);
    await store.tell(null);
  }

  /** Takes out whom a node has left behind that died, or whom this one has left under a former name. */
  async function sweep(node: string): Promise<void> {
    const isFormer = former.includes(node);
    const people = (await store.peopleOf(node)).filter((userId) => !isFormer || !here.has(userId));
    for (let start = 0; start < people.length; start += sweptTogether) {
      const some = people.slice(start, start + sweptTogether);
      const alone = await store.leave([node], some);
      // Also of those whom somebody before has taken out, who may have died before this.
      await store.tell(some);
      for (const userId of alone) if (!here.has(userId)) announce(userId);
    }
    // A list that is lost with the node says as little as an empty one.
    if (people.length === 0 && !isFormer) await store.tell(null);
    await store.close(node);
    former = former.filter((each) => each !== node);
  }

  async function pulse(): Promise<void> {
    try {
      const over = new Set<string>();
      if (name !== null) {
        const renewal = await store.renew(name, leaseMs);
        if (!renewal.held || performance.now() - namedAt > keptMs / 2) giveUpName();
        for (const node of renewal.over) over.add(node);
      }
      // A name is closed a pulse after it was given up: whoever reads users and nodes one after the other must find one of two that count.
      if (name === null) await takeName();
      else for (const node of former) over.add(node);
      for (const node of over) await sweep(node);
    } catch {
      // The store is away. The first pulse that finds it again writes everybody anew, under a name that nothing of before can come late under.
      giveUpName();
    }
  }

  function pulseOnce(): Promise<void> {
    pulsing ??= pulse().finally(() => {
      pulsing = null;
    });
    return pulsing;
  }

  const stopListening = bus.onRestored(() => {
    giveUpName();
    // Not with a pulse that is on its way already: it began before.
    if (timer) void Promise.resolve(pulsing).then(pulseOnce);
  });

  return {
    async connected({ userId }, connectionId) {
      // Twice in the time in which those who watch look once: a store that lost everything is full again before anybody's grace is over.
      timer ??= setInterval(pulseOnce, pulseMs).unref();
      const isFirst = !here.has(userId);
      here.set(userId, [...(here.get(userId) ?? []), connectionId]);
      if (name === null) await pulseOnce();
      // Also for a second one: the first may be on the way still.
      const alone = await comeIn(userId);
      if (isFirst && alone !== null) changed(userId, alone.has(userId));
    },
    async disconnected({ userId }, connectionId) {
      forget(userId, connectionId);
      if (name === null || here.has(userId)) return;
      try {
        const alone = await store.leave([name, ...former], [userId]);
        changed(userId, alone.has(userId));
      } catch {
        giveUpName();
      }
    },
    async states(userIds) {
      const stored = await store.online(userIds);
      // A connection of this node is a fact, also while a store that lost everything is being filled.
      return stored && new Map([...stored].map(([userId, online]) => [userId, online || here.has(userId)]));
    },
    changes: store.changes,
    async stop() {
      clearInterval(timer);
      stopListening();
      await pulsing;
      here.clear();
      giveUpName();
      try {
        for (const node of former) await sweep(node);
      } catch {
        // Its lease runs out.
      }
      await telling;
      await lastSeen.stop();
    },
  };
}

/** How often those who watch look by themselves, for signals that were lost; half of the grace, at most 2.5 s. */
export function beatMs({ graceMs }: Config['presence']): number {
  return Math.min(Math.max(graceMs, 100) / 2, 2500);
}
