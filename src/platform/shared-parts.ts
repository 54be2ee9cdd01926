import type { Config } from '../config.ts';
import { createMemoryBus } from './bus.memory.ts';
import { createRedisBus } from './bus.redis.ts';
import type { Bus } from './bus.ts';
import { createMemoryKeyShelf } from './key-shelf.memory.ts';
import { createRedisKeyShelf } from './key-shelf.redis.ts';
import type { KeyShelf } from './key-shelf.ts';
import type { Keys } from './keys.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { createMemoryPresenceStore } from './presence-store.memory.ts';
import { createRedisPresenceStore } from './presence-store.redis.ts';
import type { PresenceStore } from './presence-store.ts';
import { createMemoryRateLimiter } from './rate-limit.memory.ts';
import { createRedisRateLimiter } from './rate-limit.redis.ts';
import type { RateLimiter } from './rate-limit.ts';
import { watchedRateLimiter } from './rate-limit.watched.ts';
import { createRedis } from './redis.ts';
import { createMemorySessionCache } from './session-cache.memory.ts';
import { createRedisSessionCache } from './session-cache.redis.ts';
import type { SessionCache } from './session-cache.ts';
import { createMemoryUploadLocks } from './upload-locks.memory.ts';
import { createRedisUploadLocks } from './upload-locks.redis.ts';
import type { UploadLocks } from './upload-locks.ts';
import { createMemoryUsedProofs } from './used-proofs.memory.ts';
import { createRedisUsedProofs } from './used-proofs.redis.ts';
import type { UsedProofs } from './used-proofs.ts';

/** What nodes share. */
export interface SharedParts {
  readonly bus: Bus;
  readonly sessionCache: SessionCache;
  readonly presenceStore: PresenceStore;
  readonly usedProofs: UsedProofs;
  readonly uploadLocks: UploadLocks;
  readonly keyShelf: KeyShelf;
  /** Null: nothing is counted. */
  readonly limiter: RateLimiter | null;
}

/** Opens it, on Redis where that is configured and in this process otherwise. What is to be closed again goes into `opened`. */
export async function openSharedParts(config: Config, keys: Keys, logger: Logger, metrics: Metrics, opened: (() => unknown)[]): Promise<SharedParts> {
  const { url, prefix, timeoutMs } = config.redis;
  const { rates } = config;
  const secret = keys.current('rate');
  const watched = (limiter: RateLimiter | null) => limiter && watchedRateLimiter(limiter, metrics);
  if (url === undefined) {
    const bus = createMemoryBus();
    opened.push(() => bus.close());
    return {
      bus,
      sessionCache: createMemorySessionCache(),
      presenceStore: createMemoryPresenceStore(),
      limiter: watched(rates && createMemoryRateLimiter(rates, secret)),
      usedProofs: createMemoryUsedProofs(),
      uploadLocks: createMemoryUploadLocks(),
      keyShelf: createMemoryKeyShelf(),
    };
  }
  const redis = await createRedis({ url, prefix, timeoutMs }, logger, metrics);
  opened.push(() => redis.close());
  const bus = createRedisBus(redis, logger);
  opened.push(() => bus.close());
  return {
    bus,
    sessionCache: createRedisSessionCache(redis),
    presenceStore: createRedisPresenceStore(redis),
    limiter: watched(rates && createRedisRateLimiter(redis, rates, secret)),
    usedProofs: createRedisUsedProofs(redis),
    uploadLocks: createRedisUploadLocks(redis),
    keyShelf: createRedisKeyShelf(redis),
  };
}
