import type { SessionCheck } from '../../features/auth/session.policy.ts';
import type { ErrorCode } from '../../kernel/errors.ts';
import type { SessionViewer } from '../../kernel/viewer.ts';
import type { Bus, Unsubscribe } from '../../platform/bus.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Services } from '../../services.ts';

/** An open socket, and how it ends for a reason of the session check. */
export interface WatchedSocket {
  endSession(code: ErrorCode): void;
  /** Asks whether somebody is there: see `Connection.ping`. */
  ping(): void;
  isOpen(): boolean;
}

/** Ends open sockets whose session is over, wherever and however it ended. */
export interface SessionWatch {
  /**
   * Watches a socket until `unwatch` is called. Resolves when signals about the user are heard and the session was found good after that, so
   * that no end between the check of the token and now is missed. Does not watch where the check fails.
   */
  watch(viewer: SessionViewer, socket: WatchedSocket): Promise<SessionCheck>;
  unwatch(viewer: SessionViewer, socket: WatchedSocket): void;
  /**
   * Whether a user has fewer than `most` sockets here. Where it does not look so, all of them are pinged, so that dead ones that nobody has noticed yet
   * make room: those that were silent end at once, and the others are silent when somebody asks again in a few seconds.
   */
  hasRoom(userId: number, most: number): boolean;
  start(): void;
  stop(): void;
}

interface Watched {
  viewer: SessionViewer;
  readonly socket: WatchedSocket;
  /** When the present token of the session ends; infinite while its session is being checked for that. */
  tokenExpiresAt: number;
}

interface UserChannel {
  /** Mostly one. */
  sockets: readonly Watched[];
  readonly subscribed: Promise<Unsubscribe>;
}

/** The shortest time between two looks for tokens that have ended: where many end one after the other, one look finds several. */
const lookMs = 100;

/** The longest delay of a timer in Node. */
const longestTimer = 2 ** 31 - 1;

/** How long to wait after a check that could not be made. */
const againMs = 500;

/**
 * Three ways, because each can fail: the user's channel on the bus tells at once; the ends of the sessions' tokens are looked for; and every
 * `checkMs` all sessions are checked in one batch, which finds what was said while the bus was away.
 */
export function createSessionWatch(sessions: Services['sessions'], bus: Bus, logger: Logger, checkMs: number): SessionWatch {
  const users = new Map<number, UserChannel>();
  let timer: NodeJS.Timeout | undefined;
  let lookout: NodeJS.Timeout | undefined;
  /** No token ends before that. */
  let soonest = Number.POSITIVE_INFINITY;
  let looked = 0;
  let stopListening: Unsubscribe = () => {};

  const watchedOf = ({ userId, sessionUuid }: SessionViewer) => users.get(userId)?.sockets.filter(({ viewer }) => viewer.sessionUuid === sessionUuid) ?? [];

  const apply = (watched: Watched, check: SessionCheck) => {
    if (!users.get(watched.viewer.userId)?.sockets.includes(watched)) return;
    watched.tokenExpiresAt = check.ok ? check.tokenExpiresAt : Number.POSITIVE_INFINITY;
    if (!check.ok) watched.socket.endSession(check.code);
    else if (check.tokenExpiresAt < soonest) lookAt(check.tokenExpiresAt);
  };

  /** One timer for all: a timer of its own would cost each socket more than all else that is kept here of it. */
  const lookAt = (time: number) => {
    soonest = time;
    clearTimeout(lookout);
    if (time === Number.POSITIVE_INFINITY) return;
    const delay = Math.max(time + 5, looked + lookMs) - Date.now();
    lookout = setTimeout(look, Math.min(Math.max(delay, 20), longestTimer)).unref();
  };

  /** Checks one session for all its sockets here, and again where it cannot be checked now. */
  const recheck = (viewer: SessionViewer): void => {
    sessions.checkSession(viewer.sessionUuid).then(
      (check) => {
        for (const watched of watchedOf(viewer)) apply(watched, check);
      },
      () => {
        if (watchedOf(viewer).length > 0) setTimeout(() => recheck(viewer), againMs).unref();
      },
    );
  };

  const recheckUser = (userId: number) => {
    const bySession = new Map(users.get(userId)?.sockets.map(({ viewer }) => [viewer.sessionUuid, viewer]));
    for (const viewer of bySession.values()) recheck(viewer);
  };

  const all = () => [...users.values()].flatMap(({ sockets }) => sockets);

  /** Checks the sessions whose tokens have ended. */
  const look = () => {
    const now = Date.now();
    looked = now;
    let next = Number.POSITIVE_INFINITY;
    const ended = new Map<string, SessionViewer>();
    for (const { sockets } of users.values()) {
      for (const watched of sockets) {
        if (watched.tokenExpiresAt <= now) {
          watched.tokenExpiresAt = Number.POSITIVE_INFINITY;
          ended.set(watched.viewer.sessionUuid, watched.viewer);
        } else next = Math.min(next, watched.tokenExpiresAt);
      }
    }
    lookAt(next);
    for (const viewer of ended.values()) recheck(viewer);
  };

  const leave = (userId: number, channel: UserChannel, socket: WatchedSocket) => {
    channel.sockets = channel.sockets.filter((watched) => watched.socket !== socket);
    if (channel.sockets.length > 0 || users.get(userId) !== channel) return;
    users.delete(userId);
    channel.subscribed.then((unsubscribe) => unsubscribe()).catch(() => {});
  };

  const checkAll = async () => {
    const watched = all();
    if (watched.length === 0) return;
    const checks = await sessions.checkSessions([...new Set(watched.map(({ viewer }) => viewer.sessionUuid))]);
    for (const each of watched) {
      const check = checks.get(each.viewer.sessionUuid);
      if (check) apply(each, check);
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

  const channelOf = (userId: number): UserChannel => {
    const known = users.get(userId);
    if (known) return known;
    const subscribed = bus.subscribe(`user:${userId}`, (message) => {
      if (message.kind === 'SESSION') recheckUser(userId);
    });
    const channel = { sockets: [], subscribed };
    users.set(userId, channel);
    return channel;
  };

  return {
    async watch(viewer, socket) {
      const channel = channelOf(viewer.userId);
      const watched: Watched = { viewer, socket, tokenExpiresAt: Number.POSITIVE_INFINITY };
      channel.sockets = [...channel.sockets, watched];
      try {
        await channel.subscribed;
        const check = await sessions.checkSession(viewer.sessionUuid);
        if (check.ok) {
          watched.viewer = check.viewer;
          apply(watched, check);
        } else leave(viewer.userId, channel, socket);
        return check;
      } catch (error) {
        leave(viewer.userId, channel, socket);
        throw error;
      }
    },
    unwatch({ userId }, socket) {
      const channel = users.get(userId);
      if (channel) leave(userId, channel, socket);
    },
    hasRoom(userId, most) {
      const sockets = users.get(userId)?.sockets ?? [];
      if (sockets.length < most) return true;
      for (const { socket } of sockets) socket.ping();
      return sockets.filter(({ socket }) => socket.isOpen()).length < most;
    },
    start() {
      if (timer) return;
      turn();
      stopListening = bus.onRestored(() => void tryAll());
    },
    stop() {
      stopListening();
      clearTimeout(timer);
      clearTimeout(lookout);
      timer = undefined;
    },
  };
}
