import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep, setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { handleProtocols, makeServer, type Context as SocketContext } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { AppError, closeCodeOf, type Locale } from '../kernel/errors.ts';
import { createGate, type Gate } from '../kernel/gate.ts';
import type { Viewer } from '../kernel/viewer.ts';
import type { Logger } from '../platform/logger.ts';
import type { Services } from '../services.ts';
import { type Connection, type ConnectionLimits, createConnection } from './connection.ts';
import { credentialsOf } from './credentials.ts';
import { withText } from './documents.ts';
import type { Engine, Prepared } from './engine.ts';
import { refusalOf } from './errors.ts';
import { createTurn } from './frame-writer.ts';
import type { Origins } from './origins.ts';
import type { SessionWatch } from './session-watch.ts';

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
  readonly origins: () => Origins;
  readonly logger: Logger;
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
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  start(): void;
  /** Lets nobody in any more. */
  shut(): void;
  /**
   * Lets nobody in any more, and closes every socket with 1001 when its answers are out: not all at once but over `ms`, so that not all of them
   * come to the other nodes in the same moment; quicker where they are few. Resolves when all are gone and presence knows.
   */
  drain(ms: number): Promise<void>;
  /** Closes every socket with 1001 at once; resolves when all are gone and presence knows. */
  stop(): Promise<void>;
}

interface Extra {
  readonly connection: Connection;
  /** From the acknowledgement on. */
  guest: Guest | null;
  /** Operations that are being prepared, and queries and mutations whose answers are not out yet. */
  readonly running: Set<Promise<unknown>>;
  readonly gate: Gate;
  /** It is about to be closed: no new operation. */
  leaving: boolean;
}

interface Guest {
  readonly viewer: Viewer;
  readonly locale: Locale;
  readonly cursor: string | null;
  leave(): Promise<void>;
}

/** Queries and mutations of one socket that run at the same time; the others wait. */
const answersAtOnce = 8;

/** Sockets that are let in at the same time; the others wait. All clients of a node that died come at once, and must not fill the line at the database. */
const admissionsAtOnce = 8;

/** Time between two closings while draining, unless there are too many for it. */
const drainStepMs = 20;

type Ctx = SocketContext<Record<string, unknown> | undefined, Extra>;

/** Makes the door. */
export function createSocketDoor(options: SocketDoorOptions): SocketDoor {
  const { engine, sessions, watch, presence, origins, logger, version, limits } = options;
  const connections = new Map<Connection, Extra>();
  // graphql-ws hands the very object that `onSubscribe` gives to `execute` and `subscribe`.
  const prepared = new WeakMap<ExecutionArgs, { readonly operation: Prepared; readonly extra: Extra }>();
  const turn = createTurn();
  const admissions = createGate(admissionsAtOnce);
  let open = true;
  let heartbeat: NodeJS.Timeout | undefined;
  let stallCheck: NodeJS.Timeout | undefined;

  const preparedOf = (args: ExecutionArgs) => {
    const found = prepared.get(args);
    if (!found) throw new Error('an operation that was not prepared');
    return found;
  };

  /** Keeps the socket open until the work is done, should the node be leaving. */
  const finished = async <T>({ running }: Extra, work: Promise<T>): Promise<T> => {
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  };

  /** Runs a query or a mutation when there is room for its answer: whoever takes none is not given more to keep. */
  const execute = async (args: ExecutionArgs) => {
    const { operation, extra } = preparedOf(args);
    const answer = extra.gate.run(async () => {
      await extra.connection.room();
      return await operation.execute();
    });
    return await finished(extra, answer);
  };

  const letGo = async (connection: Connection, extra: Extra) => {
    extra.leaving = true;
    do {
      await Promise.allSettled(extra.running);
      // What was prepared is run, and an answer is handed over, in the turn after it was made.
      await turnOfTheLoop();
    } while (extra.running.size > 0);
    connection.close(1001, 'Going away');
    await connection.gone;
  };

  /** Lets somebody in: the session check, then the watch, then presence. Throws the code of a refusal. */
  const admit = async ({ connectionParams, extra }: Ctx): Promise<Guest | null> => {
    const { connection } = extra;
    // It waited for its turn, and went.
    if (!connection.isOpen()) return null;
    const { token, locale, cursor } = credentialsOf(connectionParams ?? {}, connection.request.headers['accept-language']);
    if (token === null) throw new AppError('TOKEN_MISSING');
    const { sessionUuid, ...rest } = await sessions.requireViewer(token);
    const check = await watch.watch({ ...rest, sessionUuid }, (code) => connection.close(closeCodeOf(code), code));
    if (!check.ok) throw new AppError(check.code);
    const { viewer, unwatch } = check;
    const leave = async () => {
      unwatch();
      await presence.disconnected(viewer, connection.id);
    };
    try {
      await presence.connected(viewer, connection.id);
    } catch (error) {
      unwatch();
      throw error;
    }
    if (connection.isOpen() && open) return { viewer, locale, cursor, leave };
    // It ended while presence was told, so its end told nobody.
    await leave();
    return null;
  };

  const protocol = makeServer<Record<string, unknown> | undefined, Extra>({
    connectionInitWaitTimeout: limits.initMs,
    async onConnect(ctx) {
      const { connection } = ctx.extra;
      try {
        ctx.extra.guest = await admissions.run(() => admit(ctx));
      } catch (error) {
        // Closed here, because graphql-ws would tell the error's own words in the reason.
        if (!(error instanceof AppError)) logger.error({ connection: connection.id, err: error }, 'a socket could not be let in');
        if (!(error instanceof AppError)) connection.close(4500, 'INTERNAL');
        else if (error.code === 'UNAVAILABLE') connection.close(1013, error.code);
        else connection.close(closeCodeOf(error.code), error.code);
      }
      const { guest } = ctx.extra;
      if (!guest) {
        if (!open) connection.close(1001, 'Going away');
        return false;
      }
      return { userUuid: guest.viewer.uuid, role: guest.viewer.role, heartbeatSeconds: limits.pingMs / 1000, serverVersion: version };
    },
    async onSubscribe({ subscriptions, extra }, id, payload) {
      const { connection, guest } = extra;
      if (!guest) throw new Error('an operation before the acknowledgement');
      const { viewer, locale, cursor } = guest;
      if (extra.leaving) {
        // No answer: stock clients send again what was open when the socket closes, and would take an error for the end of a subscription.
        await connection.gone;
        return [refusalOf(new AppError('UNAVAILABLE'), locale)];
      }
      const most = limits.operations;
      if (Object.keys(subscriptions).length > most)
        return [
          refusalOf(new AppError('BAD_QUERY', {}, { zh: `一个连接最多同时进行 ${most} 个操作`, en: `At most ${most} operations at once on a socket` }), locale),
        ];
      const preparation = engine.prepare(payload, {
        locale,
        connection: { id: connection.id, cursor },
        outlet: connection.outlet(id),
        isAwaited: () => connection.isOpen() && !extra.leaving && id in subscriptions,
        authenticate: async () => {
          const check = await sessions.checkSession(viewer.sessionUuid);
          if (!check.ok) {
            // The socket's own timer or signal may be a moment late. An error for the one operation would end a subscription for good: stock
            // clients come back after 4403, and do not subscribe again after an error.
            connection.close(closeCodeOf(check.code), check.code);
            throw new AppError(check.code);
          }
          return check.viewer;
        },
      });
      const operation = await finished(extra, preparation);
      if ('errors' in operation) {
        if (extra.leaving) await connection.gone;
        return [...operation.errors];
      }
      const args: ExecutionArgs = {
        schema: operation.args.schema,
        document: operation.args.document,
        operationName: payload.operationName,
        rootValue: undefined,
        contextValue: undefined,
      };
      prepared.set(args, { operation, extra });
      return args;
    },
    execute,
    async subscribe(args) {
      const { operation, extra } = preparedOf(args);
      const begun = await operation.subscribe();
      // Here too: the next node is asked again.
      if (extra.leaving && !(Symbol.asyncIterator in begun)) await extra.connection.gone;
      return begun;
    },
    // A stream that failed comes wrapped, without its code.
    onError: (_ctx, _id, _payload, errors) =>
      errors.map((error) => (error instanceof GraphQLError && error.cause instanceof GraphQLError ? error.cause : error)).map(formatted),
  });

  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false, clientTracking: false, handleProtocols });

  const welcome = (connection: Connection) => {
    const extra: Extra = { connection, guest: null, running: new Set(), gate: createGate(answersAtOnce), leaving: false };
    connections.set(connection, extra);
    connection.gone.then(() => connections.delete(connection));
    let onMessage: (text: string) => Promise<void> = async () => {};
    const closed = protocol.opened(
      {
        protocol: connection.protocol,
        send: connection.send,
        close: connection.close,
        onMessage: (listener) => {
          onMessage = async (text) => {
            await listener(withText(text));
          };
        },
      },
      extra,
    );
    connection.handle({
      onMessage: (text) => onMessage(text),
      async onClose(code, reason) {
        const { guest } = extra;
        await Promise.all([closed(code, reason), guest?.leave()]);
      },
    });
  };

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => {});
      const [path] = (request.url ?? '').split('?', 1);
      if (path !== '/graphql') return turnAway(socket, '404 Not Found');
      if (!open) return turnAway(socket, '503 Service Unavailable');
      if (!origins().allows(request.headers.origin)) return turnAway(socket, '403 Forbidden');
      sockets.handleUpgrade(request, socket, head, (webSocket) => welcome(createConnection(webSocket, request, logger, turn, limits)));
    },
    start() {
      heartbeat ??= setInterval(() => {
        for (const connection of connections.keys()) connection.ping();
      }, limits.pingMs);
      stallCheck ??= setInterval(() => {
        for (const connection of connections.keys()) connection.checkStall();
      }, limits.stallMs / 6);
    },
    shut() {
      open = false;
    },
    async drain(ms) {
      open = false;
      const leaving = [...connections];
      const step = Math.min(drainStepMs, ms / Math.max(1, leaving.length));
      await Promise.all(
        leaving.map(async ([connection, extra], index) => {
          await sleep(step * index);
          await letGo(connection, extra);
        }),
      );
    },
    async stop() {
      open = false;
      clearInterval(heartbeat);
      clearInterval(stallCheck);
      const leaving = [...connections.keys()];
      for (const connection of leaving) connection.close(1001, 'Going away');
      await Promise.all(leaving.map(({ gone }) => gone));
    },
  };
}

function formatted(error: Pick<GraphQLError, 'message'> | GraphQLError) {
  return error instanceof GraphQLError ? error.toJSON() : error;
}

function turnAway(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
