import { AppError } from '../../kernel/errors.ts';
import type { SessionViewer, Viewer } from '../../kernel/viewer.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Key, RateLimiter } from '../../platform/rate-limit.ts';
import type { Services } from '../../services.ts';
import { credentialsOf } from '../http/credentials.ts';
import type { SessionWatch } from './session-watch.ts';
import type { Guest, Visit } from './visit.ts';

/** Who is told of connections. */
export interface ConnectionListener {
  connected(viewer: Viewer, connectionId: string): Promise<void>;
  disconnected(viewer: Viewer, connectionId: string): Promise<void>;
}

/** What letting in stands on. */
export interface GuestsOptions {
  readonly sessions: Pick<Services['sessions'], 'requireViewer' | 'holderOf'>;
  readonly watch: SessionWatch;
  readonly presence: ConnectionListener;
  readonly limiter: RateLimiter;
  readonly metrics: Pick<Metrics, 'add'>;
  /** How many sockets somebody may have open on a node. */
  readonly limits: { readonly mostOfUser: number; readonly mostOfVisitor: number };
  /** Whether the door is open. */
  readonly isOpen: () => boolean;
}

/** Who is let in, and who leaves. */
export interface Guests {
  /**
   * Lets somebody in: the session check, whether it is too often or too many, then the watch, then presence. Throws the code of a refusal; null where
   * there is nobody any more.
   */
  admit(visit: Visit, params: Readonly<Record<string, unknown>>): Promise<Guest | null>;
  leave(viewer: SessionViewer, visit: Visit): Promise<void>;
}

/** Makes it for one door. */
export function createGuests({ sessions, watch, presence, limiter, metrics, limits, isOpen }: GuestsOptions): Guests {
  const leave: Guests['leave'] = async (viewer, visit) => {
    watch.unwatch(viewer, visit);
    await presence.disconnected(viewer, visit.connection.id);
  };

  /**
   * The session check. Whoever has a session is counted by who it is, and not for the address: thousands may come back at once behind one. What is too
   * often for one person stays counted for the address as well, or it would be counted nowhere.
   */
  const requireViewer = async (token: string, address: string): Promise<SessionViewer> => {
    const count = async (who: Key) => {
      await limiter.take('socketOfUser', who);
      await limiter.giveBack('socketOfAddress', [address]);
    };
    let viewer: SessionViewer;
    try {
      // A socket shows its token when it connects, and not again.
      viewer = await sessions.requireViewer(token, 'ONCE');
    } catch (error) {
      // So is whoever comes for the last time with a token that has ended, apart: who has found an old one keeps nobody out.
      if (error instanceof AppError && error.code === 'TOKEN_EXPIRED') await count(['expired', sessions.holderOf(token)]);
      throw error;
    }
    await count(viewer.userId);
    return viewer;
  };

  return {
    leave,
    async admit(visit, params) {
      const { connection } = visit;
      // It waited for its turn, and went.
      if (!connection.isOpen()) return null;
      const { token, locale, cursor } = credentialsOf(params, visit.acceptLanguage);
      if (token === null) throw new AppError('TOKEN_MISSING');
      const viewer = await requireViewer(token, visit.address);
      if (!watch.hasRoom(viewer.userId, viewer.role === 'VISITOR' ? limits.mostOfVisitor : limits.mostOfUser)) {
        metrics.add('refusals', { bucket: 'openSockets' });
        throw new AppError('RATE_LIMITED');
      }
      const check = await watch.watch(viewer, visit);
      if (!check.ok) throw new AppError(check.code);
      try {
        await presence.connected(viewer, connection.id);
      } catch (error) {
        watch.unwatch(viewer, visit);
        throw error;
      }
      if (connection.isOpen() && isOpen()) return { viewer: check.viewer, locale, cursor };
      // It ended while presence was told, so its end told nobody.
      await leave(viewer, visit);
      return null;
    },
  };
}
