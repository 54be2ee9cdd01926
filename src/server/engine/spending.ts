import type { Bucket } from '../../kernel/rates.ts';
import type { Asker, Viewer } from '../../kernel/viewer.ts';
import type { Charge, RateLimiter } from '../../platform/rate-limit.ts';

/** Out of which bucket everybody pays for what they have run: each operation, and each event that is run for them. */
export const costBuckets = {
  anonymous: 'costOfAddress',
  USER: 'cost',
  VISITOR: 'costOfVisitor',
  AGENT: 'costOfAgent',
  ADMIN: 'costOfAgent',
  server: 'costOfKey',
} as const satisfies Readonly<Record<Viewer['role'] | 'anonymous' | 'server', Bucket>>;

/** What an operation costs at least: it was parsed, checked and answered. */
const leastCost = 10;

/**
 * How much of a bucket events may take. The rest stays for what somebody asks for: else whoever writes to them could keep them from it. It is enough for
 * the dearest operation that one may ask for.
 */
const eventsPart = 2 / 3;

/** What somebody has been let in to run. */
export interface Bill {
  /** Says, once, what the run has come to: the rest is given back. Null where that is not known. */
  settle(resolved: number | null): void;
}

/**
 * Of a document that does nothing but make a session. Each way in has limits of its own, which keep nobody out for what a neighbour does: out of a bucket
 * of the address one would take what the others need to come in.
 */
export const noBill: Bill = { settle() {} };

/** Takes what runs cost, before they begin. */
export interface Spending {
  /** For an operation; what a server key does counts for the key, whoever it acts as. Throws `RATE_LIMITED`; gives no promise where this process knows enough. */
  begin(asker: Asker, address: () => string, cost: number): Bill | Promise<Bill>;
  /** For the run of one event that somebody reads. Where there is too little: in how many milliseconds to come again. */
  beginEvent(viewer: Viewer, cost: number): Charge | number;
}

/** Makes it. */
export function createSpending(limiter: RateLimiter): Spending {
  return {
    begin({ viewer, server }, address, cost) {
      const charged = Math.max(leastCost, cost);
      const billOf = (taken: Charge): Bill => ({ settle: (resolved) => taken.settle(resolved === null ? charged : Math.max(leastCost, resolved)) });
      const pay = () => {
        if (server !== null) return limiter.charge(costBuckets.server, server.keyId, charged);
        return viewer === null ? limiter.charge(costBuckets.anonymous, [address()], charged) : limiter.charge(bucketOf(viewer), viewer.userId, charged);
      };
      const charge = pay();
      return charge instanceof Promise ? charge.then(billOf) : billOf(charge);
    },
    beginEvent: (viewer, cost) => limiter.chargeNow(bucketOf(viewer), viewer.userId, cost, eventsPart),
  };
}

function bucketOf({ role }: Viewer): Bucket {
  // A newer version may have stored a role that this one does not know.
  return Object.hasOwn(costBuckets, role) ? costBuckets[role] : costBuckets.VISITOR;
}
