import type { IncomingMessage } from 'node:http';
import { type Callers, createCallers, type Network } from '../../kernel/networks.ts';

/** From where requests and sockets come, for limits. Addresses are kept nowhere and are not logged. */
export interface Addresses {
  /** The address that counts, in the form of `Callers`: looked up when it is asked for, which few operations do, and of the request of that moment. */
  of(request: IncomingMessage): () => string;
  /** Whether a request comes from a proxy that is believed. */
  isTrusted(request: IncomingMessage): boolean;
}

/** Makes it for the networks of the proxies that are trusted. `onUntrusted` is told of each request that another peer says to have forwarded. */
export function createAddresses(trusted: readonly Network[], onUntrusted: () => void): Addresses {
  const callers: Callers = createCallers(trusted);
  return {
    isTrusted: ({ socket }) => callers.isTrusted(socket.remoteAddress),
    of({ socket, headers }) {
      const peer = socket.remoteAddress;
      const header = headers['x-forwarded-for'];
      const forwarded = Array.isArray(header) ? header.join(',') : header;
      if (forwarded !== undefined && !callers.isTrusted(peer)) onUntrusted();
      let address: string | undefined;
      return () => {
        address ??= callers.addressOf(peer, forwarded);
        return address;
      };
    },
  };
}
