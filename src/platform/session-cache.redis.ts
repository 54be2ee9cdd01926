import DataLoader from 'dataloader';
import { z } from 'zod';
import { createRecent } from '../kernel/recent.ts';
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

/** Sessions in one command. */
const readAtOnce = 500;

/** How long to wait for what is cached, in milliseconds: a Redis that hangs must not make every request wait, when the database knows too. */
const readMs = 40;

/**
 * A session cache that all nodes share: `<prefix>session:<uuid>` holds JSON. Text that it does not understand counts as not cached, and so does
 * what takes long to read. What is asked in one turn of the event loop is one command. How long one that writes may take is the connection's affair.
 */
export function createRedisSessionCache({ client, prefix, slotOf }: Pick<RedisServer, 'client' | 'prefix' | 'slotOf'>): SessionCache {
  const keyOf = (sessionUuid: string) => `${prefix}session:${sessionUuid}`;

  const readAll = async (keys: readonly string[]): Promise<ReadonlyMap<string, string | null>> => {
    const found = new Map<string, string | null>();
    // In a cluster the keys of one command must share their slot.
    const slots = Map.groupBy(new Set(keys), slotOf);
    const reads = [...slots.values()].map(async (some) => {
      const texts = await client.mget(...some);
      for (const [index, key] of some.entries()) found.set(key, texts[index] ?? null);
    });
    await soon(Promise.allSettled(reads));
    return found;
  };

  const states = new DataLoader<string, SessionState | null>(
    async (keys) => {
      const found = await readAll(keys);
      return keys.map((key) => {
        const text = found.get(key) ?? null;
        return text === null ? null : parse(text);
      });
    },
    { cache: false, maxBatchSize: readAtOnce, batchScheduleFn: (callback) => setImmediate(callback) },
  );

  return {
    get: (sessionUuid) => states.load(keyOf(sessionUuid)),
    async putIfAbsent(sessionUuid, state, ttlMs) {
      await client.set(keyOf(sessionUuid), JSON.stringify(state), 'PX', ttlMs, 'NX').catch(() => null);
    },
    async put(sessionUuid, state, ttlMs) {
      await client.set(keyOf(sessionUuid), JSON.stringify(state), 'PX', ttlMs).catch(() => null);
    },
  };
}

async function soon(reading: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    // The answer may have come while this process was busy, and only waits to be read.
    timer = setTimeout(() => setImmediate(resolve), readMs);
  });
  await Promise.race([reading, late]).finally(() => clearTimeout(timer));
}

/** What was understood before: whoever connects is asked for three times within a moment. */
const understood = createRecent<SessionState>({ entries: 10_000, together: 4_194_304, longest: 1024 });

function parse(text: string): SessionState | null {
  const known = understood.get(text);
  if (known) return known;
  try {
    const state = form.safeParse(JSON.parse(text)).data ?? null;
    if (state) understood.put(text, state, text.length);
    return state;
  } catch {
    return null;
  }
}
