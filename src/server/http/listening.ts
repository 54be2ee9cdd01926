import type { Server } from 'node:http';
import { isIPv6 } from 'node:net';
import { platform } from 'node:os';
import { StartError } from '../../kernel/start-error.ts';

/** Where to listen, and which variables say so. */
export interface Listening {
  readonly port: number;
  readonly host: string;
  readonly portVariable: string;
  readonly hostVariable: string;
  /** Whether other processes of this server listen at the same port. */
  readonly isShared?: boolean;
}

/**
 * Where the system itself spreads connections over the processes that listen at a port. Elsewhere the first process takes them all and hands them on,
 * which Node does by itself.
 */
const spreads = ['linux', 'freebsd'].includes(platform());

/**
 * Connections that the system takes in while the process is at something else; it has a bound of its own (on Linux `net.core.somaxconn`). Whoever comes
 * when they are that many is dropped without a word and tries again a second later: that is a wait which somebody else's many connections cause.
 */
const connectsAtOnce = 4096;

/** Has a server listen; gives its address, such as `http://127.0.0.1:4000`. Throws a `StartError` where it cannot. */
export async function listen(server: Server, listening: Listening): Promise<string> {
  const { port, host, isShared = false } = listening;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(whyNotListening(error, listening), error)));
    server.listen({ port, host, backlog: connectsAtOnce, reusePort: isShared && spreads }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server listens at no port');
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host;
  return `http://${reachable}:${address.port}`;
}

function whyNotListening(error: NodeJS.ErrnoException, { port, host, portVariable, hostVariable }: Listening): string {
  if (error.code === 'EADDRINUSE') return `Port ${port} of ${host} is in use: stop what listens there, or set ${portVariable} to another one.`;
  if (error.code === 'EACCES') return `Port ${port} may not be used without rights: set ${portVariable} to one above 1023.`;
  return `The server cannot listen at ${host}:${port} (${error.message}): correct ${hostVariable} and ${portVariable}.`;
}
