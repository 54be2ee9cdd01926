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
import { createTurns } from '../../kernel/turns.ts';
import { bytesOfAnswer, type CollectSubfields, type Counted, type Executor, meteredExecutor, type RunLimits, tooManyBytes } from './meter.ts';

type Answer = ExecutionResult | Promise<ExecutionResult>;

/** A run of an operation. */
export interface Run {
  /** Fails with a `TooMuch` as its cause where it came to more than it may. */
  readonly result: Answer;
  /** Nobody waits any more, or there is a reason to end it: nothing further is resolved, and the result fails. What has ended stays as it is. */
  stop(reason?: Error): void;
  counted(): Counted;
}

/** Runs operations that passed everything. */
export interface Runner {
  /** A query or a mutation. */
  run(args: ValidatedExecutionArgs, limits: RunLimits): Run;
  /** The selection of one event of a subscription. */
  runEvent(args: ValidatedSubscriptionArgs, limits: RunLimits): Pick<Run, 'result' | 'counted'>;
}

const notCounted = (): Counted => ({ cost: null, bytes: 0 });

/** The slower way, by what graphql-js offers: it counts an answer when it is there, and not what it costs, and gives no turns. */
export const publicRunner: Runner = {
  run(args, { bytes }) {
    const stopping = new AbortController();
    const result = withBytes(executeRootSelectionSet({ ...args, externalAbortSignal: stopping.signal }), bytes);
    return { result, stop: (reason) => stopping.abort(reason), counted: notCounted };
  },
  runEvent: (args, { bytes }) => ({ result: withBytes(executeSubscriptionEvent(args), bytes), counted: notCounted }),
};

async function withBytes(answer: Answer, most: number): Promise<ExecutionResult> {
  const result = await answer;
  if (bytesOfAnswer(result) > most) throw tooManyBytes(most);
  return result;
}

type ExecutorClass = new (args: ValidatedExecutionArgs, shared: unknown) => Executor;
type MakeShared = (signal: AbortSignal) => unknown;

/**
 * As graphql-js does it inside, but for the signal that it makes for the resolvers of each operation and aborts at its end, with an error that
 * nobody sees: a tenth of what a small query costs. No resolver here asks for that signal. It counts what it comes to, and gives the event loop
 * its turn. Null where these insides are not what they were.
 */
export async function createLightRunner(root: string = import.meta.resolve('graphql')): Promise<Runner | null> {
  try {
    const { ExecutorThrowingOnIncremental: executor }: Record<string, unknown> = await import(
      new URL('execution/ExecutorThrowingOnIncremental.mjs', root).href
    );
    const { createSharedExecutionContext: makeShared }: Record<string, unknown> = await import(
      new URL('execution/createSharedExecutionContext.mjs', root).href
    );
    const { collectSubfields }: Record<string, unknown> = await import(new URL('execution/collectFields.mjs', root).href);
    if (!isExecutorClass(executor) || !isMakeShared(makeShared) || !isCollectSubfields(collectSubfields)) return null;
    const { signal } = new AbortController();
    const metered = meteredExecutor(executor, collectSubfields);
    const runner: Runner = {
      run(args, limits) {
        const execution = new metered(args, makeShared(signal), limits);
        return { result: execution.executeRootSelectionSet(), stop: (reason) => execution.abort(reason), counted: () => execution.counted() };
      },
      runEvent(args, limits) {
        const execution = new metered(args, makeShared(signal), limits);
        return { result: execution.executeRootSelectionSet(false), counted: () => execution.counted() };
      },
    };
    return (await keepsPromises(runner)) ? runner : null;
  } catch {
    return null;
  }
}

/** What is used or overridden of it. */
const insides = [
  'executeRootSelectionSet',
  'abort',
  'executeCollectedRootFields',
  'collectAndExecuteSubfields',
  'executeCollectedSubfields',
  'executeFields',
  'completeLeafValue',
  'handleFieldError',
] as const;

function isExecutorClass(value: unknown): value is ExecutorClass {
  if (typeof value !== 'function') return false;
  const { prototype }: { prototype: unknown } = value;
  return typeof prototype === 'object' && prototype !== null && insides.every((name) => name in prototype);
}

function isMakeShared(value: unknown): value is MakeShared {
  return typeof value === 'function';
}

function isCollectSubfields(value: unknown): value is CollectSubfields {
  return typeof value === 'function' && value.length === 6;
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
  const limits = { values: 10, introspectionValues: 0, bytes: 1000, turns: createTurns(10) };
  const { data, errors } = await runner.run(argsOf('{ good bad }'), limits).result;
  if (data?.good !== 'good' || data.bad !== null || errors?.[0]?.path?.[0] !== 'bad') return false;
  const late = runner.run(argsOf('{ late }'), limits);
  late.stop();
  const fails = async (begin: () => Run) => {
    try {
      await begin().result;
      return false;
    } catch {
      return true;
    }
  };
  return (await fails(() => late)) && (await fails(() => runner.run(argsOf('{ good bad }'), { ...limits, values: 1 })));
}

/** The cheapest one there is. */
export const { run, runEvent }: Runner = (await createLightRunner()) ?? publicRunner;
