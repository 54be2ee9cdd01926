import type { SessionCache, SessionState } from './session-cache.ts';

const most = 50_000;

/** A session cache inside one process, of at most 50,000 sessions: the one that was kept first gives way. */
export function createMemorySessionCache(): SessionCache {
  const kept = new Map<string, { readonly state: SessionState; readonly until: number }>();
  const fresh = (sessionUuid: string) => {
    const item = kept.get(sessionUuid);
    if (item && item.until > performance.now()) return item.state;
    kept.delete(sessionUuid);
    return null;
  };
  const put = (sessionUuid: string, state: SessionState, ttlMs: number) => {
    kept.delete(sessionUuid);
    // A Map goes through its keys in the order in which they came: what is at the front is the oldest.
    for (const [oldest, { until }] of kept) {
      if (until > performance.now() && kept.size < most) break;
      kept.delete(oldest);
    }
    kept.set(sessionUuid, { state, until: performance.now() + ttlMs });
  };
  return {
    get: async (sessionUuid) => fresh(sessionUuid),
    async putIfAbsent(sessionUuid, state, ttlMs) {
      if (fresh(sessionUuid) === null) put(sessionUuid, state, ttlMs);
    },
    put: async (sessionUuid, state, ttlMs) => put(sessionUuid, state, ttlMs),
  };
}
