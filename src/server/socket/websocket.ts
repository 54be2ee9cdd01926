import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep, setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { createAttached } from '../../kernel/attached.ts';
import { AppError } from '../../kernel/errors.ts';
import { createGate } from '../../kernel/gate.ts';
import { createPace } from '../../kernel/pace.ts';
import type { Rates } from '../../kernel/rates.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import type { Services } from '../../services.ts';
import { refusalOf } from '../engine/errors.ts';
import type { Engine, Prepared } from '../engine.ts';
import type { Addresses } from '../http/addresses.ts';
import type { Arriving } from '../http/arriving.ts';
import type { Intake } from '../http/intake.ts';
import type { Origins } from '../http/origins.ts';
import { requestIdOf } from '../http/request-ids.ts';
import { targetOf } from '../http/target.ts';
import type { Unread } from '../http/unread.ts';
import { closeLabelOf, closingOf, closings } from './closing.ts';
import { type ConnectionLimits, createConnection } from './connection.ts';
import { createTurn } from './frame-writer.ts';
import { type ConnectionListener, createGuests } from './guests.ts';
import { createOpenSockets, type OpenSocketsLimits } from './open-sockets.ts';
import type { SessionWatch } from './session-watch.ts';
import { Visit } from './visit.ts';

/** What the door for sockets is made of. */
export interface SocketDoorOptions {
  readonly engine: Engine;
  readonly sessions: Services['sessions'];
  readonly watch: SessionWatch;
  readonly presence: ConnectionListener;
  readonly origins: Origins;
  readonly addresses: Addresses;
  readonly limiter: RateLimiter;
  /** How often something may be done on one socket; null: however often. */
  readonly rates: Pick<Rates, 'frameOfSocket' | 'operationOfSocket'> | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly unread: Unread;
  readonly arriving: Arriving;
  readonly intake: Intake;
  readonly version: string;
  readonly limits: ConnectionLimits &
    OpenSocketsLimits & {
      readonly frameBytes: number;
      readonly operations: number;
      readonly subscriptions: number;
      readonly initMs: number;
      readonly mostOfUser: number;
      readonly mostOfVisitor: number;
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

/**
 * Sockets that are let in at the same time; the others wait. All clients of a node that died come at once: what is asked for those of one turn of the event
 * loop is asked together, so that they do not fill the line at the database.
 */
const admissionsAtOnce = 64;

/** When whoever was turned away because of others may try again, in seconds: there is room when some of those have shown a session or are gone. */
const retryAfterSeconds = 5;

/** Time between two closings while draining, unless there are too many for it. */
const drainStepMs = 20;

/** For how long it is waited at a time, while a node leaves, for whoever reads slowly, in milliseconds. */
const readingMs = 1000;

/** Makes the door. */
export function createSocketDoor(options: SocketDoorOptions): SocketDoor {
  const { engine, sessions, watch, presence, origins, addresses, limiter, rates, logger, metrics, unread, arriving, intake, version, limits } = options;
  const visits = new Set<Visit>();
  // graphql-ws hands the very object that `onSubscribe` gives to `execute` and `subscribe`.
  const prepared = createAttached<ExecutionArgs, { readonly operation: Prepared; readonly visit: Visit } | null>();
  /** Sockets from which no `connection_init` has come yet, in the order in which they came, and when they are given up. */
  const newcomers = new Map<Visit, number>();
  const admissions = createGate(admissionsAtOnce);
  const openSockets = createOpenSockets(limits);
  const operations = rates && createPace(rates.operationOfSocket);
  let open = true;
  const guests = createGuests({ metrics, sessions, watch, presence, limiter, limits, isOpen: () => open });
  let heartbeat: NodeJS.Timeout | undefined;
  let initCheck: NodeJS.Timeout | undefined;
  metrics.watch('socketsOpen', { state: 'new' }, () => newcomers.size);
  metrics.watch('socketsOpen', { state: 'greeted' }, () => visits.size - newcomers.size);

  const preparedOf = (args: ExecutionArgs) => {
    const found = prepared.get(args);
    if (!found) throw new Error('an operation that was not prepared');
    // It is run once, and graphql-ws keeps the object as long as a subscription.
    prepared.set(args, null);
    return found;
  };

  const execute = async (args: ExecutionArgs) => {
    const { operation, visit } = preparedOf(args);
    return await visit.finished(visit.answer(() => operation.execute()));
  };

  const letGo = async (visit: Visit) => {
    visit.leaving = true;
    do {
      await Promise.race([Promise.allSettled(visit.running ?? []), sleep(readingMs)]);
      // What was prepared is run, and an answer is handed over, in the turn after it was made.
      await turnOfTheLoop();
      // Whoever takes nothing of what was asked for does not keep the node from ending.
    } while (visit.running !== null && !visit.connection.isFull());
    visit.connection.close(closings.leaving);
    await visit.connection.gone();
  };

  const protocol = makeServer<Params, Visit>({
    // Done here for all together: see `start`.
    connectionInitWaitTimeout: 0,
    async onConnect(ctx) {
      const visit = ctx.extra;
      const { connection } = visit;
      newcomers.delete(visit);
      try {
        visit.guest = await admissions.run(() => guests.admit(visit, ctx.connectionParams ?? {}), visit.address);
        if (visit.guest) openSockets.know(visit.address);
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
      visit.operations += 1;
      if (visit.leaving) {
        // No answer: stock clients send again what was open when the socket closes, and would take an error for the end of a subscription.
        await connection.gone();
        return [refusalOf(new AppError('UNAVAILABLE'), locale)];
      }
      const wait = operations === null ? 0 : visit.countOperation(operations);
      if (wait > 0) limiter.refused('operationOfSocket');
      if (wait > 0) return [refusalOf(new AppError('RATE_LIMITED', { retryAfterSeconds: wait }), locale)];
      const most = limits.operations;
      if (Object.keys(subscriptions).length > most)
        return [
          refusalOf(new AppError('BAD_QUERY', {}, { zh: `一个连接最多同时进行 ${most} 个操作`, en: `At most ${most} operations at once on a socket` }), locale),
        ];
      const preparation = engine.prepare(payload, {
        locale,
        address: () => visit.address,
        userId: viewer.userId,
        requestId: null,
        connection: { id: connection.id, cursor, operations: visit.operations },
        outlet: connection.outlet(id),
        isAwaited: () => connection.isOpen() && !visit.leaving && id in subscriptions,
        onGone: (stop) => visit.onGone(id, stop),
        authenticate: async () => {
          const check = await sessions.checkSession(viewer.sessionUuid);
          if (!check.ok) {
            // The socket's own timer or signal may be a moment late. An error for the one operation would end a subscription for good: stock
            // clients come back after 4403, and do not subscribe again after an error.
            connection.close(closingOf(check.code));
            throw new AppError(check.code);
          }
          // One object for all that is kept of the socket.
          return { viewer: check.viewer.role === viewer.role ? viewer : check.viewer, server: null };
        },
      });
      const operation = await visit.finished(preparation);
      // Likewise: the text has been read.
      Object.assign(payload, { query: '' });
      if ('errors' in operation) {
        if (visit.leaving) await connection.gone();
        return [...operation.errors];
      }
      const { operation: kind } = operation.args.operation;
      if (kind === 'subscription' && !visit.addSubscription(id, limits.subscriptions))
        return [...operation.refuse([refusalOf(tooManySubscriptions(limits.subscriptions), locale)])];
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
    // The library counts the pieces of a message, and hands it over when it is whole.
    ...(rates && { maxFragments: rates.frameOfSocket.points + rates.frameOfSocket.burst }),
  });

  const frames = rates && createPace(rates.frameOfSocket);
  const connectionOptions = { logger, turn: createTurn(), unread, arriving, intake, limits, frames, onFlooded: () => limiter.refused('frameOfSocket') };

  const onGone = async (visit: Visit, code: number) => {
    metrics.add('socketCloses', { code: closeLabelOf(code) });
    openSockets.leave(visit.address, visit.guest !== null);
    try {
      if (visit.guest) await guests.leave(visit.guest.viewer, visit);
    } finally {
      visits.delete(visit);
      newcomers.delete(visit);
    }
  };

  const enter = (request: IncomingMessage, socket: Duplex, head: Buffer, address: string) => {
    // It went while it was counted.
    if (socket.destroyed) return openSockets.leave(address, false);
    // A client that also speaks other protocols names them all.
    request.headers.upgrade = 'websocket';
    let isIn = false;
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const visit = new Visit(createConnection(webSocket, socket, connectionOptions), { acceptLanguage: request.headers['accept-language'], address }, onGone);
      isIn = true;
      visits.add(visit);
      newcomers.set(visit, performance.now() + limits.initMs);
      visit.begin(protocol);
      if (!open) visit.connection.close(closings.leaving);
    });
    // A bad handshake was answered.
    if (!isIn) openSockets.leave(address, false);
  };

  return {
    wants: ({ method, headers, url = '' }) => method === 'GET' && offersWebSocket.test(headers.upgrade ?? '') && targetOf(url).path === '/graphql',
    upgrade(request, socket, head) {
      socket.on('error', ignore);
      if (!open && isProxied(request)) return turnAway(socket, '503 Service Unavailable');
      if (!origins.allows(request.headers.origin, targetOf(request.url ?? '').host ?? request.headers.host)) return turnAway(socket, '403 Forbidden');
      const address = addresses.of(request)();
      if (!openSockets.enter(address)) {
        metrics.add('refusals', { bucket: 'openSockets' });
        return turnAway(socket, '429 Too Many Requests', `Retry-After: ${retryAfterSeconds}\r\n`);
      }
      limiter.take('socketOfAddress', [address]).then(
        () => enter(request, socket, head, address),
        (error: unknown) => {
          openSockets.leave(address, false);
          if (error instanceof AppError && error.code === 'RATE_LIMITED')
            return turnAway(socket, '429 Too Many Requests', `Retry-After: ${error.details.retryAfterSeconds}\r\n`);
          logger.error({ requestId: requestIdOf(request, addresses), err: error }, 'a socket could not be let in');
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

function tooManySubscriptions(most: number): AppError {
  return new AppError(
    'RATE_LIMITED',
    { retryAfterSeconds },
    { zh: `一个连接最多同时进行 ${most} 个订阅，请先结束一些`, en: `At most ${most} subscriptions at once on a socket: complete some first` },
  );
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
