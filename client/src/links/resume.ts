import type { Client, FormattedExecutionResult, Sink, SubscribePayload } from 'graphql-ws';

/** What the socket brings, as far as it says how far the page has come. */
type Told = FormattedExecutionResult<{ readonly events?: { readonly cursor?: unknown } | null }, Record<string, unknown>>;

/** Whatever has the `subscribe` of graphql-ws's client. */
export interface Subscriber {
  readonly subscribe: Client['subscribe'];
}

/**
 * Subscribes for another library. An `events` subscription goes on where it stood: its variable `after` is the newest cursor whenever the socket comes
 * back. For that it has to declare `$after` and to select `cursor`.
 */
export function subscribeFrom(socket: Subscriber, operation: SubscribePayload, sink: Sink<Told>): () => void {
  let after = operation.variables?.after;
  const variables = { ...operation.variables };
  // Asked on every connect. The socket sends the object as it is then.
  if (/\$after\b/.test(operation.query)) Object.defineProperty(variables, 'after', { enumerable: true, get: () => after });
  return socket.subscribe<NonNullable<Told['data']>, Record<string, unknown>>(
    { ...operation, variables },
    {
      next(result) {
        sink.next(result);
        // After it was applied: else it would be lost if the page stopped in between. An event that is too large comes as an error with its cursor.
        const cursor = result.data?.events?.cursor ?? result.errors?.[0]?.extensions?.cursor;
        if (typeof cursor === 'string') after = cursor;
      },
      error: (error) => sink.error(error),
      complete: () => sink.complete(),
    },
  );
}
