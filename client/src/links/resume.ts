import type { Operation, OperationSink, Transport } from '../types.ts';

/** What the socket brings, as far as it says how far the page has come. */
interface Told {
  readonly data?: { readonly events?: { readonly cursor?: unknown } | null } | null;
  readonly errors?: readonly { readonly extensions?: Readonly<Record<string, unknown>> | undefined }[] | undefined;
}

/**
 * Subscribes for another library. An `events` subscription goes on where it stood: its variable `after` is the newest cursor whenever the socket comes
 * back. For that it has to declare `$after` and to select `cursor`.
 */
export function subscribeFrom<Result extends Told>(transport: Transport, operation: Operation, sink: OperationSink<Result>): () => void {
  if (!/\$after\b/.test(operation.query)) return transport.subscribe<Result>(operation, sink);
  let after = operation.variables?.after;
  const variables = { ...operation.variables };
  Object.defineProperty(variables, 'after', { enumerable: true, get: () => after });
  return transport.subscribe<Result>(
    { ...operation, variables },
    {
      ...boundTo(sink),
      next(result) {
        sink.next(result);
        // An event that is too large comes as an error that has its cursor.
        const cursor = result.data?.events?.cursor ?? result.errors?.[0]?.extensions?.cursor;
        // After it was applied: else it would be lost if the page stopped in between.
        if (typeof cursor === 'string') after = cursor;
      },
    },
  );
}

function boundTo<Result>(sink: OperationSink<Result>): Pick<OperationSink<Result>, 'error' | 'complete'> {
  return { error: (error) => sink.error(error), complete: () => sink.complete() };
}
