import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestRelease } from '@tus/server';
import { awayBecause } from './file-store.ts';
import { type RedisServer, usefulOnly } from './redis.ts';
import { createMemoryUploadLocks } from './upload-locks.memory.ts';
import { UploadBusy, type UploadLocks, usualPatienceMs } from './upload-locks.ts';

/** In milliseconds. */
export interface LeaseTimes {
  /** How long a lock lasts that is not renewed. */
  readonly leaseMs: number;
  /** How often it is renewed, and its holder finds out that it is asked to let go. */
  readonly beatMs: number;
  /** For how long one waits for the holder. */
  readonly patienceMs: number;
}

const usual: LeaseTimes = { leaseMs: 10_000, beatMs: 1_000, patienceMs: usualPatienceMs };

/** Takes a lock, or asks its holder to let go. */
const takeScript = `${usefulOnly}
if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  redis.call('del', KEYS[2])
  return 1
end
redis.call('set', KEYS[2], 1, 'PX', ARGV[2])
return 0
`;

/** Renews a lock: 0 where it is not ours any more, 2 where somebody waits for it. */
const renewScript = `${usefulOnly}
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('pexpire', KEYS[1], ARGV[2])
return 1 + redis.call('exists', KEYS[2])
`;

/** Gives a lock back. */
const leaveScript = `${usefulOnly}
if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end
return 1
`;

/**
 * Locks that all nodes share: `<prefix>upload:{<id>}` holds who has one, for as long as that one renews it, so that a node that dies lets go. Whoever
 * cannot renew in time lets go before others may take it: nothing of the past counts, also where Redis has lost everything. Requests of the same node
 * settle it among themselves first.
 */
export function createRedisUploadLocks({ client, prefix }: Pick<RedisServer, 'client' | 'prefix'>, times: Partial<LeaseTimes> = {}): UploadLocks {
  const { leaseMs, beatMs, patienceMs } = { ...usual, ...times };
  const own = createMemoryUploadLocks(patienceMs);
  const leases = new Map<string, Lease>();

  const run = (script: string, id: string, ...values: (string | number)[]) =>
    client.eval(script, 2, `${prefix}upload:{${id}}`, `${prefix}upload:{${id}}:asked`, ...values);

  return {
    holds: (id) => leases.get(id)?.isGood() ?? false,
    newLock(id) {
      const ownLock = own.newLock(id);
      const name = randomUUID();
      let lease: Lease | null = null;

      const take = async (signal: AbortSignal, letGo: RequestRelease) => {
        for (const until = performance.now() + patienceMs; ; ) {
          const began = performance.now();
          const taken = await run(takeScript, id, name, leaseMs).catch((error: unknown) => Promise.reject(awayBecause(error)));
          if (taken === 1) return new Lease({ goodUntil: began + leaseMs, leaseMs, beatMs, letGo, renew: () => run(renewScript, id, name, leaseMs) });
          if (signal.aborted || performance.now() > until) throw new UploadBusy();
          await sleep(beatMs / 4);
        }
      };

      return {
        async lock(signal, letGo) {
          await ownLock.lock(signal, letGo);
          try {
            lease = await take(signal, letGo);
            leases.set(id, lease);
          } catch (error) {
            await ownLock.unlock();
            throw error;
          }
        },
        async unlock() {
          if (lease === null) return;
          lease.stop();
          leases.delete(id);
          lease = null;
          // Where Redis is away the lease ends by itself.
          await run(leaveScript, id, name).catch(() => {});
          await ownLock.unlock();
        },
      };
    },
  };
}

interface LeaseOptions extends Pick<LeaseTimes, 'leaseMs' | 'beatMs'> {
  /** By `performance.now()`. */
  readonly goodUntil: number;
  readonly letGo: RequestRelease;
  readonly renew: () => Promise<unknown>;
}

/** A lock while this node has it. */
class Lease {
  private readonly options: LeaseOptions;
  private readonly timer: NodeJS.Timeout;
  private goodUntil: number;
  private isRenewing = false;

  constructor(options: LeaseOptions) {
    this.options = options;
    this.goodUntil = options.goodUntil;
    this.timer = setInterval(() => void this.beat(), options.beatMs).unref();
  }

  /** What was begun by then has half of the lease to end. */
  isGood(): boolean {
    return performance.now() < this.goodUntil - this.options.leaseMs / 2;
  }

  stop(): void {
    clearInterval(this.timer);
    this.goodUntil = Number.NEGATIVE_INFINITY;
  }

  private async beat(): Promise<void> {
    if (!this.isGood()) this.end();
    if (this.isRenewing) return;
    this.isRenewing = true;
    const { letGo, leaseMs, renew } = this.options;
    const began = performance.now();
    const answer = await renew().catch(() => null);
    this.isRenewing = false;
    if (answer === 0) this.end();
    if (answer !== 1 && answer !== 2) return;
    if (this.goodUntil > Number.NEGATIVE_INFINITY) this.goodUntil = began + leaseMs;
    if (answer === 2) void letGo();
  }

  private end(): void {
    this.stop();
    void this.options.letGo();
  }
}
