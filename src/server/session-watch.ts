import type { SessionCheck } from '../features/auth/session.policy.ts';
import type { ErrorCode } from '../kernel/errors.ts';
import type { Viewer } from '../kernel/viewer.ts';
import type { Bus, Unsubscribe } from '../platform/bus.ts';
import type { Logger } from '../platform/logger.ts';
import type { Services } from '../services.ts';

/** Ends an open socket for a reason of the session check. */
type EndSocket = (code: ErrorCode) => void;

/** Ends open sockets whose session is over, wherever and however it ended. */
export interface SessionWatch {
  /**
   * Watches a socket until the returned function is called. Resolves when signals about the user are heard and the session was found good
   * after that, so that no end between the check of the token and now is missed; throws the code of the check otherwise.
   */
  watch(viewer: Viewer, end: EndSocket): Promise<SessionCheck & { readonly unwatch: Unsubscribe }>;
  start(): void;
  stop(): void;
}

interface Watched {
  readonly viewer: Viewer;
  readonly end: EndSocket;
  timer: NodeJS.Timeout | undefined;
}

interface UserChannel {
  readonly sockets: Set<Watched>;
  readonly subscribed: Promise<Unsubscribe>;
}

/** The longest delay of a timer in Node. */
const longestTimer = 2 ** 31 - 1;

/** How long to wait after a check that could not be made. */
const againMs = 500;

/**
 * Three ways, because each can fail: the user's channel on the bus tells at once; the end of the session's token has a timer for each socket;
 * and every `checkMs` all sessions are checked in one batch, which finds what was said while the bus was away.
 */
export function createSessionWatch(sessions: Services['sessions'], bus: Bus, logger: Logger, checkMs: number): SessionWatch {
  const users = new Map<number, UserChannel>();
  let timer: NodeJS.Timeout | undefined;
  let stopListening: Unsubscribe = () => {};

  const watchedOf = (sessionUuid: string, userId: number) => [...(users.get(userId)?.sockets ?? [])].filter(({ viewer }) => viewer.sessionUuid === sessionUuid);

  const apply = (watched: Watched, check: SessionCheck) => {
    clearTimeout(watched.timer);
    if (!users.get(watched.viewer.userId)?.sockets.has(watched)) return;
    if (!check.ok) watched.end(check.code);
    else watched.timer = setTimeout(() => recheck(watched.viewer), Math.min(Math.max(check.tokenExpiresAt - Date.now() + 5, 20), longestTimer)).unref();
  };

  /** Checks one session for all its sockets here, and again where it cannot be checked now. */
  const recheck = (viewer: Viewer): void => {
    sessions.checkSession(viewer.sessionUuid).then(
      (check) => {
        for (const watched of watchedOf(viewer.sessionUuid, viewer.userId)) apply(watched, check);
      },
      () => {
        if (watchedOf(viewer.sessionUuid, viewer.userId).length > 0) setTimeout(() => recheck(viewer), againMs).unref();
      },
    );
  };

  const recheckUser = (userId: number) => {
    const bySession = new Map([...(users.get(userId)?.sockets ?? [])].map(({ viewer }) => [viewer.sessionUuid, viewer]));
    for (const viewer of bySession.values()) recheck(viewer);
  };

  const leave = (watched: Watched, channel: UserChannel) => {
    clearTimeout(watched.timer);
    channel.sockets.delete(watched);
    if (channel.sockets.size > 0) return;
    if (users.get(watched.viewer.userId) === channel) users.delete(watched.viewer.userId);
    channel.subscribed.then((unsubscribe) => unsubscribe()).catch(() => {});
  };

  const checkAll = async () => {
    const all = [...users.values()].flatMap(({ sockets }) => [...sockets]);
    if (all.length === 0) return;
    const checks = await sessions.checkSessions([...new Set(all.map(({ viewer }) => viewer.sessionUuid))]);
    for (const watched of all) {
      const check = checks.get(watched.viewer.sessionUuid);
      if (check) apply(watched, check);
    }
  };

  const tryAll = () => checkAll().catch((error: unknown) => logger.warn({ err: error }, 'the sessions of open sockets could not be checked; trying again'));

  const turn = () => {
    timer = setTimeout(() => {
      tryAll().finally(() => {
        if (timer) turn();
      });
    }, checkMs);
  };

  return {
    async watch(viewer, end) {
      let channel = users.get(viewer.userId);
      if (!channel) {
        const subscribed = bus.subscribe(`user:${viewer.userId}`, (message) => {
          if (message.kind === 'SESSION') recheckUser(viewer.userId);
        });
        channel = { sockets: new Set(), subscribed };
        users.set(viewer.userId, channel);
      }
      const watched: Watched = { viewer, end, timer: undefined };
      const mine = channel;
      mine.sockets.add(watched);
      const unwatch = () => leave(watched, mine);
      try {
        await mine.subscribed;
        const check = await sessions.checkSession(viewer.sessionUuid);
        if (check.ok) apply(watched, check);
        else unwatch();
        return { ...check, unwatch };
      } catch (error) {
        unwatch();
        throw error;
      }
    },
    start() {
      if (timer) return;
      turn();
      stopListening = bus.onRestored(() => void tryAll());
    },
    stop() {
      stopListening();
      clearTimeout(timer);
      timer = undefined;
      for (const { sockets } of users.values()) for (const { timer: ending } of sockets) clearTimeout(ending);
    },
  };
}
