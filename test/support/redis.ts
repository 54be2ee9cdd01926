import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { createRedis, type RedisServer } from '../../src/platform/redis.ts';
import { closeLater } from './lifetime.ts';

/** Where nothing listens: a connection is refused at once. */
export const awayUrl = 'redis://127.0.0.1:1';

/** Redis, closed after the test. What is asked of it has longer than any machine needs: one that is slow is not one that is away. */
export async function openRedis({ url = inject('redisUrl') ?? '', prefix = `test-${randomUUID()}:`, timeoutMs = 20_000 } = {}): Promise<RedisServer> {
  const redis = await createRedis({ url, prefix, timeoutMs });
  closeLater(() => redis.close());
  return redis;
}
