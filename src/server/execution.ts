import {
  type ExecutionResult,
  executeRootSelectionSet,
  executeSubscriptionEvent,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  type ValidatedExecutionArgs,
  type ValidatedSubscriptionArgs,
  validateExecutionArgs,
} from 'graphql';

type Answer = ExecutionResult | Promise<ExecutionResult>;

/** A run of an operation. */
export interface Run {
  readonly result: Answer;
  /** Nobody waits any more: nothing further is resolved, and the result fails. What has ended stays as it is. */
  stop(): void;
}

/** Runs operations that passed everything. */
export interface Runner {
  /** A query or a mutation. */
  run(args: ValidatedExecutionArgs): Run;
  /** The selection of one event of a subscription. */
  runEvent(args: ValidatedSubscriptionArgs): Answer;
}

/** As graphql-js offers it. */
export const publicRunner: Runner = {
  run(args) {
    const stopping = new AbortController();
    return { result: executeRootSelectionSet({ ...args, externalAbortSignal: stopping.signal }), stop: () => stopping.abort() };
  },
  runEvent: executeSubscriptionEvent,
};

/** What graphql-js makes for each operation and does not export. */
interface Executor {
  executeRootSelectionSet(serially?: boolean): Answer;
  abort(): void;
}
type ExecutorClass = new (args: ValidatedExecutionArgs, shared: unknown) => Executor;
type MakeShared = (signal: AbortSignal) => unknown;

/**
 * As graphql-js does it inside, but for the signal that it makes for the resolvers of each operation and aborts at its end, with an error that
 * nobody sees: a tenth of what a small query costs. No resolver here asks for that signal. Null where these insides are not what they were.
 */
export async function createLightRunner(root: string = import.meta.resolve('graphql')): Promise<Runner | null> {
  try {
    const { ExecutorThrowingOnIncremental: executor }: Record<string, unknown> = await import(
      new URL('execution/ExecutorThrowingOnIncremental.mjs', root).href
    );
    const { createSharedExecutionContext: makeShared }: Record<string, unknown> = await import(
      new URL('execution/createSharedExecutionContext.mjs', root).href
    );
    if (!isExecutorClass(executor) || !isMakeShared(makeShared)) return null;
    const { signal } = new AbortController();
    const runner: Runner = {
      run(args) {
        const execution = new executor(args, makeShared(signal));
        return { result: execution.executeRootSelectionSet(), stop: () => execution.abort() };
      },
      runEvent: (args) => new executor(args, makeShared(signal)).executeRootSelectionSet(false),
    };
    return (await keepsPromises(runner)) ? runner : null;
  } catch {
    return null;
  }
}

function isExecutorClass(value: unknown): value is ExecutorClass {
  if (typeof value !== 'function') return false;
  const { prototype }: { prototype: unknown } = value;
  return typeof prototype === 'object' && prototype !== null && 'executeRootSelectionSet' in prototype && 'abort' in prototype;
}

function isMakeShared(value: unknown): value is MakeShared {
  return typeof value === 'function';
}

/** Whether a runner gives what ours needs: data, errors at their places, and an end when it is stopped. */
async function keepsPromises(runner: Runner): Promise<boolean> {
  const never = new Promise<string>(() => {});
  const field = (resolve: () => unknown) => ({ type: GraphQLString, resolve });
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        good: field(async () => 'good'),
        bad: field(async () => {
          throw new Error('bad');
        }),
        late: field(() => never),
      },
    }),
  });
  const argsOf = (text: string) => {
    const args = validateExecutionArgs({ schema, document: parse(text) });
    if (!('operation' in args)) throw new TypeError('a document that does not fit');
    return args;
  };
  const { data, errors } = await runner.run(argsOf('{ good bad }')).result;
  if (data?.good !== 'good' || data.bad !== null || errors?.[0]?.path?.[0] !== 'bad') return false;
  const late = runner.run(argsOf('{ late }'));
  late.stop();
  return await Promise.resolve(late.result).then(
    () => false,
    () => true,
  );
}

/** The cheapest one there is. */
export const { run, runEvent }: Runner = (await createLightRunner()) ?? publicRunner;
