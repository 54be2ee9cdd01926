import type { Core } from '../core.ts';
import type { ParleyError } from '../errors.ts';
import type { ErrorCode } from '../generated/graphql.ts';
import type { Listeners } from '../observable.ts';
import type { Run, Tools } from './connection.ts';
import type { Waking } from './waking.ts';

export interface Watched {
  /** What there is to subscribe with; null while nobody is there. */
  readonly run: () => Run | null;
  /** Called with every new run. */
  readonly started: Listeners;
  readonly rest: Waking['rest'];
  readonly tools: Tools;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** `Core.watch`, loaded with the first one. */
export function watch<Result>(
  { run, started, rest, tools, signal }: Watched,
  payload: { readonly query: string; readonly variables: Record<string, unknown> },
  listener: (result: Result) => void,
  ended: Parameters<Core['watch']>[3],
): void {
  const { pauseBefore, safely } = tools;
  /** Ends what runs in the present run. */
  let stop = () => {};
  const begin = () => {
    stop();
    const own = run();
    if (own) stop = subscribe(own);
  };
  const end = () => {
    stopBeginning();
    stop();
  };
  const close = (error: ParleyError | null) => {
    end();
    ended?.(error);
  };

  const subscribe = ({ socket, signal: over }: Run) => {
    const ending = new AbortController();
    const isOver = () => ending.signal.aborted || over.aborted;
    let endOne = () => {};
    const attempt = (count: number) => {
      const again = () =>
        rest(pauseBefore(count), ending.signal).then(
          () => {
            if (!isOver()) attempt(count + 1);
          },
          () => {},
        );
      endOne = socket.client.subscribe<Result>(payload, {
        next: ({ data }) => {
          if (data) safely(() => listener(data));
        },
        error(error) {
          if (isOver()) return;
          // The server has refused it; whatever else it is was not about this one.
          const refusal = refusalOf(error, tools);
          if (refusal && !refusal.retryable) close(refusal);
          else void again();
        },
        complete() {
          if (!isOver()) close(null);
        },
      });
    };
    attempt(0);
    const stopOne = () => {
      ending.abort();
      endOne();
    };
    over.addEventListener('abort', stopOne, { signal: ending.signal });
    return stopOne;
  };

  const stopBeginning = started.add(begin);
  signal.addEventListener('abort', end);
  begin();
}

function refusalOf(error: unknown, { ParleyError }: Tools): ParleyError | null {
  if (!Array.isArray(error)) return null;
  const [first]: { message: string; extensions?: { code?: ErrorCode } }[] = error;
  return first ? new ParleyError(first.extensions?.code ?? 'INTERNAL', first.message, first.extensions) : null;
}
