import { AppError, type Locale } from '../kernel/errors.ts';
import type { ServerCaller } from '../kernel/server-caller.ts';
import { hasOwnSession, type SessionViewer, type Viewer } from '../kernel/viewer.ts';
import type { Tx } from '../platform/database.ts';

/** What the resolvers call. The whole schema fills it in by declaration merging, so that this module names no feature. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface Services {}

/** The socket that an operation came through. */
export interface SocketConnection {
  readonly id: string;
  /** `connectionParams.cursor`, as it was sent when the socket connected. */
  readonly cursor: string | null;
  /** How many operations had begun on it with this one. */
  readonly operations: number;
}

/** A run of one event for many viewers, each of whom has a session and may have the event. */
export interface RunForMany {
  /** Ends it, because what is asked for differs from viewer to viewer in this event: it is run for each of them. */
  giveUp(): never;
}

/** What every resolver knows. One is made for each operation, and one for each event of a subscription. */
export interface Context {
  /** The person who asks, or as whom a server key acts. Null without a token, and for a server key by itself. In a run for many it throws: see `contextForMany`. */
  readonly viewer: Viewer | null;
  /** The server key that asks, by itself or acting as the viewer; null where none does. */
  readonly server: ServerCaller | null;
  /** Set where an event is run once for many viewers. */
  readonly forMany: RunForMany | null;
  readonly locale: Locale;
  readonly services: Services;
  /** Reads for this operation: straight from the tables, or, in an event, inside the event's one snapshot. Resolvers must use no other way to read. */
  readonly read: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Null over HTTP. */
  readonly connection: SocketConnection | null;
  /** What the request is called in the log. Null over a socket, and where an event is run: see `requestIdOf`. */
  readonly requestId: string | null;
  /** From where the operation comes, in one form for each address; empty where it comes from this process. It must be kept nowhere as it is. */
  readonly address: () => string;
  /** Lets a root field be resolved: see `Admit`. */
  readonly admit: (field: string, args: Readonly<Record<string, unknown>>) => Promise<unknown> | null;
  /** False where whoever asked is known to wait no more for the answer: the connection is over or about to be closed, or the operation was given up. */
  readonly isAwaited: () => boolean;
  /** The position that `viewer.cursor` gives: taken before anything else of the operation was read. */
  readonly position: () => Promise<string>;
}

/** What an operation is called in the log. Put together when it is asked for: tens of thousands of subscriptions are kept, and few are ever logged. */
export function requestIdOf({ connection, requestId }: Pick<Context, 'connection' | 'requestId'>): string | null {
  return connection === null ? requestId : `${connection.id}.${connection.operations}`;
}

/** The viewer of a field that only a session may use; the scope has refused everybody else before. Throws `FORBIDDEN` for a server key by itself, which may come to it in what it may read. */
export function requireViewer(context: Context): Viewer {
  if (context.viewer !== null) return context.viewer;
  if (context.server !== null) throw new AppError('FORBIDDEN');
  throw new Error('a field that needs a viewer lacks its scope');
}

/** The viewer of a field that only somebody with a session of their own may use. Throws `FORBIDDEN` where a server key acts. */
export function requireSession(context: Context): SessionViewer {
  const viewer = requireViewer(context);
  if (!hasOwnSession(viewer)) throw new AppError('FORBIDDEN');
  return viewer;
}

/** The server key of a field that only one may use; the scope has refused everybody else before. */
export function requireServer({ server }: Pick<Context, 'server'>): ServerCaller {
  if (server === null) throw new Error('a field that needs a server key lacks its scope');
  return server;
}

const notOfEvents = () => Promise.reject(new Error('an event reads in a snapshot of its own'));
const nowhere = () => '';
const free = () => null;
const always = () => true;

/** What is kept of the context of a subscription while it goes on: what its events are run with has ways of its own to read, and nothing is taken for them here. */
export function contextOfEvents({ viewer, server, locale, services, connection }: Context): Context {
  return {
    viewer,
    server,
    locale,
    services,
    read: notOfEvents,
    forMany: null,
    connection,
    requestId: null,
    address: nowhere,
    admit: free,
    isAwaited: always,
    position: notOfEvents,
  };
}

/** Why an event cannot be run for many: a resolver found out, or it asked for the viewer though its field is not declared so. */
export type WhyForEach = 'DIFFERS' | 'UNDECLARED';

/** The context of an event that is run once for many viewers: there is none to ask for. `onForEach` is told when it has to be run for each. */
export function contextForMany(
  { locale, services }: Pick<Context, 'locale' | 'services'>,
  { read, position, onForEach }: Pick<Context, 'read' | 'position'> & { readonly onForEach: (why: WhyForEach) => void },
): Context {
  const end = (why: WhyForEach): never => {
    onForEach(why);
    throw new Error('this has to be run for each viewer');
  };
  return {
    locale,
    services,
    read,
    position,
    connection: null,
    requestId: null,
    address: () => '',
    admit: () => null,
    isAwaited: () => true,
    forMany: { giveUp: () => end('DIFFERS') },
    // Events go over sockets, and no key comes there.
    server: null,
    get viewer() {
      return end('UNDECLARED');
    },
  };
}
