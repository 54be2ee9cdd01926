import { setTimeout as sleep } from 'node:timers/promises';
import { RequestCache } from '@pothos/plugin-scope-auth';
import {
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidatedExecutionArgs,
  type ValidatedSubscriptionArgs,
  validateExecutionArgs,
  validateSubscriptionArgs,
} from 'graphql';
import type { DocumentLimits } from '../config.ts';
import type { Context, SocketConnection } from '../graphql/context.ts';
import { createReadBudget, readWithin, sharedReadOf } from '../graphql/read-budget.ts';
import { AppError, type Locale, type Sentence, shortened } from '../kernel/errors.ts';
import type { Viewer } from '../kernel/viewer.ts';
import type { Database } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import type { RateLimiter } from '../platform/rate-limit.ts';
import type { Services } from '../services.ts';
import { createAdmission } from './engine/admission.ts';
import { costOf, createSocketCosts, findTooDear } from './engine/cost.ts';
import { createDocuments, type DocumentRules, type DocumentSource, type KnownDocument, requireOperation } from './engine/documents.ts';
import type { ErrorPresenter, Phase } from './engine/errors.ts';
import { run } from './engine/execution.ts';
import { variablePathOf } from './engine/input-path.ts';
import { requireCleanVariables } from './engine/limits.ts';
import { bytesOfAnswer, bytesPerCounted, tooManyBytes } from './engine/meter.ts';
import { createOwnTurns, createRunTurns } from './engine/turns.ts';
import type { Asked } from './fanout/event-batch.ts';
import { createFanOut, type Outlet, type Silence } from './fanout/fan-out.ts';

/** One operation, as both doors send it. */
export interface OperationRequest extends DocumentSource {
  /** Empty counts as absent: that is what some clients send where they have none. */
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Who sends an operation, and through which door. */
interface Caller {
  readonly locale: Locale;
  /** Null over HTTP. */
  readonly connection: SocketConnection | null;
  /** From where the operation comes, in one form for each address; empty where it comes from this process. */
  readonly address: () => string;
  /** The session check; null for an anonymous request. Throws one of its codes, which refuses the whole request. */
  readonly authenticate: () => Promise<Viewer | null>;
  /** Where the frames of a subscription go; without it none can be begun. */
  readonly outlet?: Outlet;
  /** Throws `NotCarried` where the door does not carry such an operation. */
  readonly requireCarried?: (operation: OperationDefinitionNode) => void;
  /** Calls, once, when nobody waits for a query any more. A mutation is always finished. */
  readonly onGone?: (stop: () => void) => void;
  /** False where whoever asked is known to wait no more: see `Context.isAwaited`. While it is true, a subscription waits for a database that is away. */
  readonly isAwaited: () => boolean;
}

/** An operation that passed everything and can be run once. */
export interface Prepared {
  readonly args: ValidatedExecutionArgs;
  /** What it costs at most; of a subscription: each event. */
  readonly cost: number;
  /** Runs a query or a mutation. Never throws. */
  execute(): Promise<ExecutionResult>;
  /** Begins a subscription, whose frames go to the caller's outlet. Never throws; what it gives throws only presented errors. */
  subscribe(): Promise<Silence | ExecutionResult>;
}

/** An operation that is not run at all. */
interface Refused {
  readonly errors: readonly GraphQLError[];
  /** The status that a strict HTTP client gets. */
  readonly status: number;
}

/** A good operation that this door does not carry. `status` is how HTTP tells it. */
export class NotCarried extends AppError {
  readonly status: number;

  constructor(status: number, sentence: Sentence) {
    super('BAD_QUERY', {}, sentence);
    this.status = status;
  }
}

/** The one engine behind both doors: the same limits, the same check, the same words. */
export interface Engine {
  prepare(request: OperationRequest, caller: Caller): Promise<Prepared | Refused>;
  /** From now on every operation is refused with `UNAVAILABLE`; resolves when those in flight are finished. */
  drain(): Promise<void>;
}

/** What the engine is made of. */
export interface EngineOptions {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly database: Database;
  readonly presenter: ErrorPresenter;
  readonly logger: Logger;
  /** Null: nothing is counted. */
  readonly limiter: RateLimiter | null;
  readonly documents: DocumentRules;
  /** See `FanOutOptions.snapshotsAtOnce`. */
  readonly snapshotsAtOnce: number;
  /** Takes the position of a viewer, before anything of the operation is read. */
  readonly takePosition: (viewer: Viewer) => Promise<string>;
}

/** How long to wait before a subscription is begun again that could not begin because the database was away; doubles up to the second. */
const retry = { firstMs: 100, mostMs: 1000 } as const;

/** What an answer has counted to from which on it takes long to write. */
const largeAnswer = 65_536;

/** Makes the engine for one schema. */
export function createEngine(options: EngineOptions): Engine {
  const { schema, services, database, presenter, logger, documents: rules, snapshotsAtOnce, takePosition } = options;
  const admission = createAdmission(options.limiter);
  const documents = createDocuments(schema, rules);
  const present = (error: unknown, { args, context }: Asked) => presenter.present(error, context.locale, 'execution', args.document);
  const presentResult = (result: ExecutionResult, asked: Asked): ExecutionResult =>
    result.errors ? { ...result, errors: result.errors.map((error) => present(error, asked)) } : result;
  const { answerBytes, readCharacters, eventBytes, eventCost, introspectionValues } = rules.limits;
  // Between two looks at the clock there may be as much again.
  const turns = createRunTurns(rules.limits.runMilliseconds / 2);
  const ownTurn = createOwnTurns();
  const runLimits = { introspectionValues, bytes: answerBytes, turns };
  // What SQLite reads it reads at once, without a turn of the event loop between two questions.
  const read: Database['read'] =
    database.dialect.name === 'sqlite' ? (work) => turns.wait()?.then(() => database.read(work)) ?? database.read(work) : database.read;
  const onSockets = createSocketCosts(rules.limits.socketEventsCost);
  const fanOut = createFanOut({
    snapshot: database.snapshot,
    snapshotsAtOnce,
    limits: { introspectionValues, bytes: eventBytes, values: valuesFor(eventCost), turns, readCharacters },
    onRetry: (error) => logger.warn({ err: error }, 'events could not be read; trying again'),
    onUndeclared: (selection, typename) =>
      logger.error({ selection: shortened(selection), typename }, 'a field depends on the viewer and is not declared so; its events are read for each viewer'),
    onOver: ({ context, cost }) => onSockets.remove(context.connection, cost),
    presenter: { present, presentResult },
  });
  let draining = false;
  const inFlight = new Set<Promise<unknown>>();
  const subscriptionArgs = new WeakMap<OperationDefinitionNode, ValidatedSubscriptionArgs>();

  const prepare = async (request: OperationRequest, caller: Caller): Promise<Prepared | Refused> => {
    const known = documents.look(request);
    const { document, errors, asksPosition } = known;
    const refuse = (thrown: readonly unknown[], phase: Phase, status = statusOf(thrown[0], phase)): Refused => ({
      errors: thrown.slice(0, rules.limits.documentErrors).map((error) => presenter.present(error, caller.locale, phase, document ?? undefined)),
      status,
    });
    if (draining) return refuse([new AppError('UNAVAILABLE')], 'execution');
    if (document === null || errors.length > 0) return refuse(errors, 'document');

    const operationName = request.operationName || undefined;
    let operation: OperationDefinitionNode;
    try {
      const named = requireOperation(document, operationName);
      operation = named;
      caller.requireCarried?.(named);
      requireCleanVariables(request.variables ?? {}, (variable) => variablePathOf(variable, document, named));
    } catch (error) {
      return refuse([error], 'document');
    }

    const isSubscription = operation.operation === 'subscription';
    const begin = () => contextFor(known, caller).catch((error: unknown) => refuse([error], 'execution'));
    const context = isSubscription ? await patiently(begin, caller) : await begin();
    if ('errors' in context) return context;
    documents.keep(request, context.viewer === null ? 'STRANGER' : 'SESSION');

    const execution: ExecutionArgs = {
      schema,
      document,
      contextValue: context,
      variableValues: request.variables,
      operationName,
      hideSuggestions: !rules.introspection,
    };
    if (isSubscription) {
      const args = subscriptionArgsOf(execution, operation);
      if (!('operation' in args)) return refuse(args, 'variables');
      const cost = costOf(args);
      const tooDear = findTooDear(cost, rules.limits.eventCost) ?? onSockets.findTooDear(context.connection, cost);
      return tooDear ? refuse([tooDear], 'document') : readyToSubscribe(args, context, caller, cost);
    }
    const args = validateExecutionArgs(execution);
    if (!('operation' in args)) return refuse(args, 'variables');
    const cost = costOf(args);
    const most = mostCostOf(context.viewer, rules.limits);
    const tooDear = findTooDear(cost, most);
    if (tooDear) return refuse([tooDear], 'document');
    if (asksPosition && context.viewer !== null) {
      try {
        await context.position();
      } catch (error) {
        return refuse([error], 'execution');
      }
    }
    return readyToExecute(args, context, caller, cost);
  };

  /** Without variables all who subscribe with the same document have the same arguments: they share them. The context comes beside. */
  const subscriptionArgsOf = (execution: ExecutionArgs, operation: OperationDefinitionNode): ReturnType<typeof validateSubscriptionArgs> => {
    if (Object.keys(execution.variableValues ?? {}).length > 0) return validateSubscriptionArgs(execution);
    let args = subscriptionArgs.get(operation);
    if (!args) {
      const validated = validateSubscriptionArgs({ ...execution, contextValue: undefined });
      if (!('operation' in validated)) return validated;
      args = validated;
      subscriptionArgs.set(operation, args);
    }
    return args;
  };

  const contextFor = async ({ makesSessionsOnly }: KnownDocument, caller: Caller): Promise<Context> => {
    const viewer = makesSessionsOnly ? null : await caller.authenticate();
    let position: Promise<string> | undefined;
    return {
      viewer,
      locale: caller.locale,
      services,
      read: readWithin(createReadBudget(readCharacters), read),
      forMany: null,
      connection: caller.connection,
      address: caller.address,
      admit: admission(viewer, caller.address),
      isAwaited: caller.isAwaited,
      position: () => {
        if (viewer === null) throw new AppError('TOKEN_MISSING');
        position ??= takePosition(viewer);
        return position;
      },
    };
  };

  const readyToExecute = (args: ValidatedExecutionArgs, context: Context, { onGone, isAwaited }: Caller, cost: number): Prepared => {
    const most = mostCostOf(context.viewer, rules.limits);
    const asked = { args, context };
    const execute = async () => {
      const isStoppable = onGone && args.operation.operation === 'query';
      if (isStoppable && !isAwaited()) return { data: null };
      let gone = false;
      try {
        const { result, stop, counted } = run(args, { ...runLimits, values: valuesFor(most) });
        sharedReadOf(context).budget?.onOver(stop);
        if (isStoppable)
          onGone(() => {
            gone = true;
            stop();
          });
        const presented = presentResult(await result, asked);
        const { bytes } = counted();
        // Runs that begin together take turns and end together, and all would be written as JSON in one.
        if (bytes > largeAnswer) await ownTurn();
        if (gone) return { data: null };
        // Few are so large that they have to be measured.
        if (bytes * bytesPerCounted > answerBytes && bytesOfAnswer(presented) > answerBytes) throw tooManyBytes(answerBytes);
        return presented;
      } catch (error) {
        // There is nobody to tell and nothing to log.
        if (gone) return { data: null };
        return { errors: [present(error, asked)] };
      }
    };
    return { args, cost, execute: () => finished(execute), subscribe: () => finished(execute) };
  };

  const readyToSubscribe = (args: ValidatedSubscriptionArgs, context: Context, caller: Caller, cost: number): Prepared => {
    const asked = { args, context };
    const { outlet } = caller;
    const begin = async () => {
      try {
        if (!outlet) throw new Error('this door has no way for events');
        // Others may have begun since it was prepared.
        const tooDear = onSockets.findTooDear(context.connection, cost);
        if (tooDear) throw tooDear;
        onSockets.add(context.connection, cost);
        return await opened(fanOut.open({ args, context, outlet, cost }), () => onSockets.remove(context.connection, cost));
      } catch (error) {
        return { errors: [present(error, asked)] };
      } finally {
        // The context lives as long as the subscription; what was allowed is asked for no more.
        RequestCache.clearForContext(context);
      }
    };
    return {
      args,
      cost,
      execute: async () => ({ errors: [present(new Error('a subscription cannot be executed'), asked)] }),
      subscribe: () => patiently(begin, caller),
    };
  };

  const finished = async <T>(work: () => Promise<T>): Promise<T> => {
    const running = work();
    inFlight.add(running);
    try {
      return await running;
    } finally {
      inFlight.delete(running);
    }
  };

  return {
    prepare,
    async drain() {
      draining = true;
      while (inFlight.size > 0) await Promise.allSettled(inFlight);
    },
  };
}

/** A subscription that may not have begun; then `otherwise` is called. */
async function opened(opening: Promise<Silence | ExecutionResult>, otherwise: () => void): Promise<Silence | ExecutionResult> {
  let begun: Silence | ExecutionResult | null = null;
  try {
    begun = await opening;
    return begun;
  } finally {
    if (begun === null || !(Symbol.asyncIterator in begun)) otherwise();
  }
}

/**
 * Begins a subscription, and again as long as the database is away and somebody waits: stock clients do not subscribe again after an error, so
 * that one would end it for good although the socket stays open.
 */
async function patiently<T extends object>(begin: () => Promise<T>, { isAwaited }: Caller): Promise<T> {
  for (let wait: number = retry.firstMs; ; wait = Math.min(wait * 2, retry.mostMs)) {
    const begun = await begin();
    if (!isUnavailable(begun) || !isAwaited()) return begun;
    await sleep(wait);
    if (!isAwaited()) return begun;
  }
}

function isUnavailable(begun: object): boolean {
  return 'errors' in begun && Array.isArray(begun.errors) && begun.errors.some((error: GraphQLError) => error.extensions.code === 'UNAVAILABLE');
}

function statusOf(error: unknown, phase: Phase): number {
  if (!(error instanceof AppError)) return phase === 'execution' ? 500 : 400;
  if (error instanceof NotCarried) return error.status;
  if (error.code === 'UNAVAILABLE') return 503;
  return phase === 'execution' ? 401 : 400;
}

/** How many values a run may resolve that may cost so much: the net under a list that is longer than it says. */
function valuesFor(cost: number): number {
  return cost * 2;
}

/** What an operation of somebody may cost. */
function mostCostOf(viewer: Viewer | null, { anonymousCost, visitorCost, userCost, agentCost }: DocumentLimits): number {
  if (viewer === null) return anonymousCost;
  switch (viewer.role) {
    case 'USER':
      return userCost;
    case 'AGENT':
    case 'ADMIN':
      return agentCost;
    default:
      // A newer version may have stored a role that this one does not know.
      return visitorCost;
  }
}
