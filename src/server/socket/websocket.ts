import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep, setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { handleProtocols, makeServer, type Context as SocketContext } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { AppError } from '../../kernel/errors.ts';
import { createGate } from '../../kernel/gate.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Logger } from '../../platform/logger.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import type { Services } from '../../services.ts';
import { refusalOf } from '../engine/errors.ts';
import type { Engine, Prepared } from '../engine.ts';
import type { Addresses } from '../http/addresses.ts';
import type { Arriving } from '../http/arriving.ts';
import { credentialsOf } from '../http/credentials.ts';
import type { Origins } from '../http/origins.ts';
import { targetOf } from '../http/target.ts';
import type { Unread } from '../http/unread.ts';
import { closingOf, closings } from './closing.ts';
import { type ConnectionLimits, createConnection } from './connection.ts';
import { createTurn } from './frame-writer.ts';
import { createIntake } from './intake.ts';
import type { SessionWatch } from './session-watch.ts';
import { type Guest, Visit } from './visit.ts';

/** Who is told of connections. */
interface ConnectionListener {
  connected(viewer: Viewer, connectionId: string): Promise<void>;
  disconnected(viewer: Viewer, connectionId: string): Promise<void>;
}

/** What the door for sockets is made of. */
export interface SocketDoorOptions {
  readonly engine: Engine;
  readonly sessions: Services['sessions'];
  readonly watch: SessionWatch;
  readonly presence: ConnectionListener;
  readonly origins: Origins;
  readonly addresses: Addresses;
  readonly limiter: RateLimiter;
  readonly logger: Logger;
  readonly unread: Unread;
  readonly arriving: Arriving;
  readonly version: string;
  readonly limits: ConnectionLimits & {
    readonly frameBytes: number;
    readonly operations: number;
    readonly initMs: number;
    readonly pingMs: number;
  };
}

/** The door for sockets: graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md) on /graphql. */
export interface SocketDoor {
  /**
   * Whether a request with `Upgrade` is one for this door. Any other is answered as if the header were not there (RFC 9110, section 7.8): some
   * clients offer HTTP/2 with each first request.
   */
  readonly wants: (request: IncomingMessage) => boolean;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  start(): void;
  /** Lets nobody in any more: says 503 to proxies, so that they ask the next node, and 1001 to everybody else. */
  shut(): void;
  /**
   * Lets nobody in any more, and closes every socket with 1001 when its answers are out: not all at once but over `ms`, so that not all of them
   * come to the other nodes in the same moment; quicker where they are few. Resolves when all are gone and presence knows.
   */
  drain(ms: number): Promise<void>;
  /** Closes every socket with 1001 at once; resolves when all are gone and presence knows. */
  stop(): Promise<void>;
}

const offersWebSocket = /(?:^|,) *websocket *(?:,|$)/i;

type Params = Record<string, unknown> | undefined;

/** Sockets that are let in at the same time; the others wait. All clients of a node that died come at once, and must not fill the line at the database. */
const admissionsAtOnce = 8;

/** Time between two closings while draining, unless there are too many for it. */
const drainStepMs = 20;

type Ctx = SocketContext<Params, Visit>;

/** Makes the door. */
export function createSocketDoor(options: SocketDoorOptions): SocketDoor {
  const { engine, sessions, watch, presence, origins, addresses, limiter, logger, unread, arriving, version, limits } = options;
  const visits = new Set<Visit>();
  // graphql-ws hands the very object that `onSubscribe` gives to `execute` and `subscribe`.
  const prepared = new WeakMap<ExecutionArgs, { readonly operation: Prepared; readonly visit: Visit }>();
  /** Sockets from which no `connection_init` has come yet, in the order in which they came, and when they are given up. */
  const newcomers = new Map<Visit, number>();
  const admissions = createGate(admissionsAtOnce);
  let open = true;
  let heartbeat: NodeJS.Timeout | undefined;
  let initCheck: NodeJS.Timeout | undefined;

  const preparedOf = (args: ExecutionArgs) => {
    const found = prepared.get(args);
    if (!found) throw new Error('an operation that was not prepared');
    // It is run once, and graphql-ws keeps the object as long as a subscription.
    prepared.delete(args);
    return found;
  };

  const execute = async (args: ExecutionArgs) => {
    const { operation, visit } = preparedOf(args);
    return await visit.finished(visit.answer(() => operation.execute()));
  };

  const letGo = async (visit: Visit) => {
    visit.leaving = true;
    do {
      await Promise.allSettled(visit.running ?? []);
      // What was prepared is run, and an answer is handed over, in the turn after it was made.
      await turnOfTheLoop();
    } while (visit.running !== null);
    visit.connection.close(closings.leaving);
    await visit.connection.gone();
  };

  const leave = async (viewer: Viewer, visit: Visit) => {
    watch.unwatch(viewer, visit);
    await presence.disconnected(viewer, visit.connection.id);
  };

  /** Lets somebody in: the session check, whether it is too often, then the watch, then presence. Throws the code of a refusal. */
  const admit = async ({ connectionParams, extra: visit }: Ctx): Promise<Guest | null> => {
    const { connection } = visit;
    // It waited for its turn, and went.
    if (!connection.isOpen()) return null;
    const { token, locale, cursor } = credentialsOf(connectionParams ?? {}, visit.acceptLanguage);
    if (token === null) throw new AppError('TOKEN_MISSING');
    // A socket shows its token when it connects, and not again.
    const viewer = await sessions.requireViewer(token, 'ONCE');
    // Whoever has a session is counted by who it is: thousands may come back at once behind one address.
    await limiter.giveBack('socketOfAddress', [visit.address]);
    await limiter.take('socketOfUser', viewer.userId);
    const check = await watch.watch(viewer, visit);
    if (!check.ok) throw new AppError(check.code);
    try {
      await presence.connected(viewer, connection.id);
    } catch (error) {
      watch.unwatch(viewer, visit);
      throw error;
    }
    if (connection.isOpen() && open) return { viewer: check.viewer, locale, cursor };
    // It ended while presence was told, so its end told nobody.
    await leave(viewer, visit);
    return null;
  };

  const protocol = makeServer<Params, Visit>({
    // Done here for all together: see `start`.
    connectionInitWaitTimeout: 0,
    async onConnect(ctx) {
      const visit = ctx.extra;
      const { connection } = visit;
      newcomers.delete(visit);
      try {
        visit.guest = await admissions.run(() => admit(ctx));
        // What was sent with the token is read, and would be kept as long as the socket.
        Object.assign(ctx, { connectionParams: undefined });
        visit.keepsOperations((id) => id in ctx.subscriptions);
      } catch (error) {
        // Closed here, because graphql-ws would tell the error's own words in the reason.
        if (!(error instanceof AppError)) logger.error({ connection: connection.id, err: error }, 'a socket could not be let in');
        connection.close(error instanceof AppError ? closingOf(error.code) : closings.fault);
      }
      const { guest } = visit;
      if (!guest) {
        if (!open) connection.close(closings.leaving);
        return false;
      }
      return { userUuid: guest.viewer.uuid, role: guest.viewer.role, heartbeatSeconds: limits.pingMs / 1000, serverVersion: version };
    },
    async onSubscribe({ subscriptions, extra: visit }, id, payload) {
      const { connection, guest } = visit;
      if (!guest) throw new Error('an operation before the acknowledgement');
      const { viewer, locale, cursor } = guest;
      if (visit.leaving) {
        // No answer: stock clients send again what was open when the socket closes, and would take an error for the end of a subscription.
        await connection.gone();
        return [refusalOf(new AppError('UNAVAILABLE'), locale)];
      }
      const most = limits.operations;
      if (Object.keys(subscriptions).length > most)
        return [
          refusalOf(new AppError('BAD_QUERY', {}, { zh: `一个连接最多同时进行 ${most} 个操作`, en: `At most ${most} operations at once on a socket` }), locale),
        ];
      const preparation = engine.prepare(payload, {
        locale,
        address: () => visit.address,
        connection: { id: connection.id, cursor },
        outlet: connection.outlet(id),
        isAwaited: () => connection.isOpen() && !visit.leaving && id in subscriptions,
        authenticate: async () => {
          const check = await sessions.checkSession(viewer.sessionUuid);
          if (!check.ok) {
            // The socket's own timer or signal may be a moment late. An error for the one operation would end a subscription for good: stock
            // clients come back after 4403, and do not subscribe again after an error.
            connection.close(closingOf(check.code));
            throw new AppError(check.code);
          }
          // One object for all that is kept of the socket.
          return check.viewer.role === viewer.role ? viewer : check.viewer;
        },
      });
      const operation = await visit.finished(preparation);
      // Likewise: the text has been read.
      Object.assign(payload, { query: '' });
      if ('errors' in operation) {
        if (visit.leaving) await connection.gone();
        return [...operation.errors];
      }
      const args: ExecutionArgs = {
        schema: operation.args.schema,
        document: operation.args.document,
        // Of several operations graphql-ws picks by itself; an empty name is none.
        operationName: operation.args.operation.name?.value,
        rootValue: undefined,
        contextValue: undefined,
      };
      prepared.set(args, { operation, visit });
      return args;
    },
    execute,
    async subscribe(args) {
      const { operation, visit } = preparedOf(args);
      const begun = await operation.subscribe();
      // Here too: the next node is asked again.
      if (visit.leaving && !(Symbol.asyncIterator in begun)) await visit.connection.gone();
      return begun;
    },
    // A stream that failed comes wrapped, without its code.
    onError: (_ctx, _id, _payload, errors) =>
      errors.map((error) => (error instanceof GraphQLError && error.cause instanceof GraphQLError ? error.cause : error)).map(formatted),
  });

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
    clientTracking: false,
    autoPong: false,
    handleProtocols,
  });

  const connectionOptions = { logger, turn: createTurn(), unread, arriving, intake: createIntake(), limits };

  const onGone = async (visit: Visit) => {
    try {
      if (visit.guest) await leave(visit.guest.viewer, visit);
    } finally {
      visits.delete(visit);
      newcomers.delete(visit);
    }
  };

  const enter = (request: IncomingMessage, socket: Duplex, head: Buffer, address: string) => {
    // It went while it was counted.
    if (socket.destroyed) return;
    // A client that also speaks other protocols names them all.
    request.headers.upgrade = 'websocket';
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const visit = new Visit(createConnection(webSocket, socket, connectionOptions), { acceptLanguage: request.headers['accept-language'], address }, onGone);
      visits.add(visit);
      newcomers.set(visit, performance.now() + limits.initMs);
      visit.begin(protocol);
      if (!open) visit.connection.close(closings.leaving);
    });
  };

  return {
    wants: ({ method, headers, url = '' }) => method === 'GET' && offersWebSocket.test(headers.upgrade ?? '') && targetOf(url).path === '/graphql',
    upgrade(request, socket, head) {
      socket.on('error', ignore);
      if (!open && isProxied(request)) return turnAway(socket, '503 Service Unavailable');
      if (!origins.allows(request.headers.origin, targetOf(request.url ?? '').host ?? request.headers.host)) return turnAway(socket, '403 Forbidden');
      const address = addresses.of(request)();
      limiter.take('socketOfAddress', [address]).then(
        () => enter(request, socket, head, address),
        (error: unknown) => {
          if (error instanceof AppError && error.code === 'RATE_LIMITED')
            return turnAway(socket, '429 Too Many Requests', `Retry-After: ${error.details.retryAfterSeconds}\r\n`);
          logger.error({ err: error }, 'a socket could not be let in');
          socket.destroy();
        },
      );
    },
    start() {
      heartbeat ??= setInterval(() => {
        for (const { connection } of visits) connection.ping();
      }, limits.pingMs);
      initCheck ??= setInterval(
        () => {
          for (const [{ connection }, until] of newcomers) {
            if (until > performance.now()) break;
            connection.close(closings.lateInit);
          }
        },
        Math.min(limits.initMs / 4, 500),
      );
    },
    shut() {
      open = false;
    },
    async drain(ms) {
      open = false;
      const leaving = [...visits];
      const step = Math.min(drainStepMs, ms / Math.max(1, leaving.length));
      await Promise.all(
        leaving.map(async (visit, index) => {
          await sleep(step * index);
          await letGo(visit);
        }),
      );
    },
    async stop() {
      open = false;
      clearInterval(heartbeat);
      clearInterval(initCheck);
      const leaving = [...visits];
      for (const { connection } of leaving) connection.close(closings.leaving);
      await Promise.all(leaving.map(({ connection }) => connection.gone()));
    },
  };
}

function formatted(error: Pick<GraphQLError, 'message'> | GraphQLError) {
  return error instanceof GraphQLError ? error.toJSON() : error;
}

/** Made here, because a function made for one handshake would keep its request as long as the socket. */
function ignore(): void {}

/**
 * Whether a proxy that speaks HTTP is in front, which can ask the next node. Whoever connects by itself, or through a balancer that knows only TCP,
 * is let in and closed: stock clients come back after 1001, and give up for good where they are refused.
 */
function isProxied({ headers }: IncomingMessage): boolean {
  return headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined || headers.via !== undefined;
}

function turnAway(socket: Duplex, status: string, headers = ''): void {
  socket.end(`HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
