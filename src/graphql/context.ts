import type { Locale } from '../kernel/errors.ts';
import type { Viewer } from '../kernel/viewer.ts';
import type { Tx } from '../platform/database.ts';
import type { Services } from '../services.ts';

/** The socket that an operation came through. */
export interface SocketConnection {
  readonly id: string;
  /** `connectionParams.cursor`, as it was sent when the socket connected. */
  readonly cursor: string | null;
}

/** What every resolver knows. One is made for each operation, and one for each event of a subscription. */
export interface Context {
  /** Null without a token. In a run for many it throws: see `contextForMany`. */
  readonly viewer: Viewer | null;
  /** It is run once for many viewers, each of whom has a session. */
  readonly isForMany: boolean;
  readonly locale: Locale;
  readonly services: Services;
  /** Reads for this operation: straight from the tables, or, in an event, inside the event's one snapshot. Resolvers must use no other way to read. */
  readonly read: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Null over HTTP. */
  readonly connection: SocketConnection | null;
  /** False where whoever asked is known to wait no more for the answer: the connection is over or about to be closed, or the operation was given up. */
  readonly isAwaited: () => boolean;
  /** The position that `viewer.cursor` gives: taken before anything else of the operation was read. */
  readonly position: () => Promise<string>;
}

/** The viewer of a field that only a session may use; the scope has refused everybody else before. */
export function requireViewer(context: Context): Viewer {
  if (context.viewer === null) throw new Error('a field that needs a viewer lacks its scope');
  return context.viewer;
}

/** The context of an event that is run once for many viewers: there is none to ask for, and who asks all the same is told by `onViewer`. */
export function contextForMany(
  context: Pick<Context, 'locale' | 'services'>,
  parts: Pick<Context, 'read' | 'position'> & { readonly onViewer: () => void },
): Context {
  const { locale, services } = context;
  const { read, position, onViewer } = parts;
  return {
    locale,
    services,
    read,
    position,
    connection: null,
    isForMany: true,
    isAwaited: () => true,
    get viewer(): null {
      onViewer();
      throw new Error('a field that depends on the viewer is not declared so');
    },
  };
}
