import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SigningKey } from './issuers.ts';
import { closeLater } from './lifetime.ts';

/** What a server of keys does with a request. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that publishes keys, as an identity provider does, and whatever else a test wants of it. */
export interface KeyServer {
  /** Where its keys are. */
  readonly url: string;
  readonly origin: string;
  /** How often it was asked. */
  readonly asked: () => number;
  /** How often somebody has connected, whatever came of it. */
  readonly connected: () => number;
  /** From now on it publishes these. */
  publish(...keys: readonly SigningKey[]): void;
  /** From now on it answers so. */
  answer(how: Answer): void;
}

/** A set of keys as it is published. */
export function setOf(...keys: readonly SigningKey[]): string {
  return JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
}

/** Starts one; it is stopped at the end of the test or file. */
export async function startKeyServer(...keys: readonly SigningKey[]): Promise<KeyServer> {
  let count = 0;
  let connections = 0;
  const publishing =
    (text: string): Answer =>
    (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  let how = publishing(setOf(...keys));
  const server = createServer((request, response) => {
    count += 1;
    how(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    url: `${origin}/keys`,
    origin,
    asked: () => count,
    connected: () => connections,
    publish: (...others) => {
      how = publishing(setOf(...others));
    },
    answer: (other) => {
      how = other;
    },
  };
}
