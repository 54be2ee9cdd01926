import type { Core, Watchable } from '../core.ts';
import type { ParleyError } from '../errors.ts';
import type { ErrorCode } from '../generated/graphql.ts';
import { PresenceDocument, TypingDocument } from '../generated/later.ts';
import type { Listeners } from '../observable.ts';
import type { Tools } from '../tools.ts';
import type { Run } from './connection.ts';
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

const documents = { Presence: String(PresenceDocument), Typing: String(TypingDocument) };

/** `Core.watch`, loaded with the first one. */
export function watch<Name extends keyof Watchable>(
  watched: Watched,
  name: Name,
  variables: Watchable[Name]['variables'],
  listener: (result: Watchable[Name]['result']) => void,
  ended: Parameters<Core['watch']>[3],
): void {
  const { run, started, rest, tools, signal } = watched;
  if (signal.aborted) return;
  const { pauseBefore, safely } = tools;
  const payload = { query: documents[name], variables: { ...variables } };
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
      let refused: unknown;
      const fail = (error: unknown) => {
        if (isOver()) return;
        // The server has refused it; whatever else it is was not about this one.
        const refusal = refusalOf(error, tools);
        const halves = refusal?.code === 'NOT_FOUND' ? halvesOf(variables) : null;
        if (halves) {
          // One of them is disabled or gone: the others are followed without them.
          end();
          for (const userIds of halves) watch<Name>(watched, name, { ...variables, userIds }, listener, undefined);
        } else if (refusal && !refusal.retryable) close(refusal);
        else void again();
      };
      endOne = socket.client.subscribe<Watchable[Name]['result']>(payload, {
        next: ({ data, errors }) => {
          if (data) safely(() => listener(data));
          // It is over before it began, and says so by its completion.
          else refused = errors;
        },
        error: fail,
        complete() {
          if (refused) fail(refused);
          else if (!isOver()) close(null);
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

/** Those who are followed in two parts; null where there is nobody to part. */
function halvesOf(variables: Watchable[keyof Watchable]['variables']): (string | number)[][] | null {
  if (!('userIds' in variables) || !Array.isArray(variables.userIds) || variables.userIds.length < 2) return null;
  const { userIds } = variables;
  const middle = userIds.length >> 1;
  return [userIds.slice(0, middle), userIds.slice(middle)];
}

function refusalOf(error: unknown, { ParleyError }: Tools): ParleyError | null {
  if (!Array.isArray(error)) return null;
  const [first]: { message: string; extensions?: { code?: ErrorCode } }[] = error;
  return first ? new ParleyError(first.extensions?.code ?? 'INTERNAL', first.message, first.extensions) : null;
}
