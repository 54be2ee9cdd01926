import { z } from 'zod';
import type { RedisServer } from './redis.ts';
import type { SessionCache, SessionState } from './session-cache.ts';

const form: z.ZodType<SessionState> = z.object({
  sessionId: z.number(),
  userId: z.number(),
  userUuid: z.string(),
  role: z.enum(['VISITOR', 'USER', 'AGENT', 'ADMIN']),
  tokenExpiresAt: z.number(),
  refusal: z.enum(['TOKEN_INVALID', 'SESSION_REPLACED', 'USER_NOT_FOUND', 'USER_DISABLED']).nullable(),
});

/** How long to wait for what is cached, in milliseconds: a Redis that hangs must not make every request wait, when the database knows too. */
const readMs = 40;

/**
 * A session cache that all nodes share: `<prefix>session:<uuid>` holds JSON. Text that it does not understand counts as not cached, and so does
 * what takes long to read. How long a command that writes may take is the connection's affair.
 */
export function createRedisSessionCache({ client, prefix }: Pick<RedisServer, 'client' | 'prefix'>): SessionCache {
  const key = (sessionUuid: string) => `${prefix}session:${sessionUuid}`;
  return {
    async get(sessionUuid) {
      const text = await soon(client.get(key(sessionUuid)).catch(() => null));
      return text === null ? null : parse(text);
    },
    async putIfAbsent(sessionUuid, state, ttlMs) {
      await client.set(key(sessionUuid), JSON.stringify(state), 'PX', ttlMs, 'NX').catch(() => null);
    },
    async put(sessionUuid, state, ttlMs) {
      await client.set(key(sessionUuid), JSON.stringify(state), 'PX', ttlMs).catch(() => null);
    },
  };
}

async function soon(reading: Promise<string | null>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    // The answer may have come while this process was busy, and only waits to be read.
    timer = setTimeout(() => setImmediate(() => resolve(null)), readMs);
  });
  return await Promise.race([reading, late]).finally(() => clearTimeout(timer));
}

function parse(text: string): SessionState | null {
  try {
    return form.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
