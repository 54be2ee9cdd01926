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
import { type Context, requestIdOf, type SocketConnection } from '../graphql/context.ts';
import { withFurtherCost } from '../graphql/further-cost.ts';
import { createReadBudget, readWithin, sharedReadOf } from '../graphql/read-budget.ts';
import { AppError, type Locale, shortened } from '../kernel/errors.ts';
import { createGate } from '../kernel/gate.ts';
import { createTurns, type Turns } from '../kernel/turns.ts';
import { type Asker, anonymous, type Viewer } from '../kernel/viewer.ts';
import type { Database } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import { noLimits, type RateLimiter } from '../platform/rate-limit.ts';
import type { Services } from '../services.ts';
import { logActed } from './engine/acted.ts';
import { createAdmission } from './engine/admission.ts';
import { opened, patiently } from './engine/beginning.ts';
import { costOf, createSocketCosts, findTooDear, mostCostOf } from './engine/cost.ts';
import { createDocuments, type DocumentRules, type DocumentSource, type KnownDocument, requireOperation } from './engine/documents.ts';
import { type ErrorPresenter, type Phase, statusOf } from './engine/errors.ts';
import { run } from './engine/execution.ts';
import { variablePathOf } from './engine/input-path.ts';
import { requireCleanVariables, turnMsOf } from './engine/limits.ts';
import { bytesOfAnswer, bytesPerCounted, tooManyBytes } from './engine/meter.ts';
import { kindOf, Observed } from './engine/observing.ts';
import { type Bill, createSpending, noBill } from './engine/spending.ts';
import type { Asked } from './fanout/batch.ts';
import { createFanOut } from './fanout/fan-out.ts';
import { createMoments } from './fanout/moment.ts';
import type { Outlet, Silence } from './fanout/reader.ts';

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
  /** Whose operation it is, as far as that is known before the check; null over HTTP. */
  readonly userId: number | null;
  /** What the request is called in the log; null over a socket. */
  readonly requestId: string | null;
  /** From where the operation comes, in one form for each address; empty where it comes from this process. */
  readonly address: () => string;
  /** The check of the session or of the server key. Throws one of its codes, which refuses the whole request. */
  readonly authenticate: () => Promise<Asker>;
  /** Whether a server key was shown, good or not: what makes sessions is refused to one, and otherwise asks for nobody. */
  readonly comesWithKey?: boolean;
  /** Where the frames of a subscription go; without it none can be begun. */
  readonly outlet?: Outlet;
  /** Throws `NotCarried` where the door does not carry such an operation. */
  readonly requireCarried?: (operation: OperationDefinitionNode) => void;
  /** Calls, once, when nobody waits for a query any more, and at once where that is so. A mutation is always finished. */
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
  /** In the place of running it: the door has no room for it. Gives the errors back. */
  refuse(errors: readonly GraphQLError[]): readonly GraphQLError[];
}

/** Likewise, before anybody watches it. */
type Ready = Omit<Prepared, 'refuse'>;

/** An operation that is not run at all. */
interface Refused {
  readonly errors: readonly GraphQLError[];
  /** The status that a strict HTTP client gets. */
  readonly status: number;
}

/** The one engine behind both doors: the same limits, the same check, the same words. */
export interface Engine {
  prepare(request: OperationRequest, caller: Caller): Promise<Prepared | Refused>;
  /** From now on every operation is refused with `UNAVAILABLE`; resolves when those in flight are finished. */
  drain(): Promise<void>;
}

/** What a run may come to, and what was taken for that. */
interface Price {
  readonly cost: number;
  readonly bill: Bill;
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
  readonly metrics: Metrics;
  readonly documents: DocumentRules;
  /** In which operations and events are run. */
  readonly turns: Turns;
  /** See `FanOutOptions.snapshotsAtOnce`. */
  readonly snapshotsAtOnce: number;
  /** Takes the position of a viewer, before anything of the operation is read. */
  readonly takePosition: (viewer: Viewer) => Promise<string>;
}

/**
 * Queries that may cost more than so much are run a few at once, in which people take turns: more at once would not be done sooner, but have all that
 * they have read in memory.
 */
const heavyCost = 5000;
const heavyAtOnce = 8;

/** What an answer has counted to from which on it takes long to write. */
const largeAnswer = 65_536;

/** Makes the engine for one schema. */
export function createEngine(options: EngineOptions): Engine {
  const { schema, services, database, presenter, logger, metrics, documents: rules, turns, snapshotsAtOnce, takePosition } = options;
  const admission = createAdmission(options.limiter);
  const spending = createSpending(options.limiter ?? noLimits);
  const documents = createDocuments(schema, rules);
  const present = (error: unknown, { args, context }: Asked) =>
    presenter.present(error, { locale: context.locale, phase: 'execution', document: args.document, requestId: requestIdOf(context) });
  const presentResult = (result: ExecutionResult, asked: Asked): ExecutionResult =>
    result.errors ? { ...result, errors: result.errors.map((error) => present(error, asked)) } : result;
  const { answerBytes, readCharacters, eventBytes, eventCost, introspectionValues } = rules.limits;
  // In each nothing but one answer: what cannot be cut.
  const answerTurns = createTurns(0);
  const heavyRuns = createGate(heavyAtOnce);
  const runLimits = { introspectionValues, bytes: answerBytes };
  const read: Context['read'] = (work) => database.read(work);
  const onSockets = createSocketCosts(rules.limits.socketEventsCost);
  const fanOut = createFanOut({
    snapshot: createMoments(database),
    snapshotsAtOnce,
    charge: options.limiter && spending.beginEvent,
    // Turns of its own: what is read for events has a connection to the database meanwhile, of which SQLite has one.
    limits: { introspectionValues, bytes: eventBytes, values: valuesFor(eventCost), turns: createTurns(turnMsOf(rules.limits)), readCharacters },
    onRetry: (error) => logger.warn({ err: error }, 'events could not be read; trying again'),
    onUndeclared: (selection, typename) =>
      logger.error({ selection: shortened(selection), typename }, 'a field depends on the viewer and is not declared so; its events are read for each viewer'),
    onOver: ({ context, cost }) => onSockets.remove(context.connection, cost),
    presenter: { present, presentResult },
    metrics,
  });
  services.events.readAheadBy(fanOut.readAhead);
  let draining = false;
  // A number, since a Set that goes on is copied now and then, and what stood in the old copy lives as long as that.
  let inFlight = 0;
  let onIdle = () => {};
  metrics.watch('operationsRunning', {}, () => inFlight);
  const subscriptionArgs = new WeakMap<OperationDefinitionNode, ValidatedSubscriptionArgs>();

  const prepare = async (request: OperationRequest, caller: Caller): Promise<Ready | Refused> => {
    // However many come at once, and though all of them are refused. What nobody has sent before takes long to look at; who sends it is not known yet.
    const held = turns.wait((documents.isKnown(request) ? caller.userId : null) ?? caller.address());
    if (held !== null) await held;
    const known = documents.look(request);
    const { document, errors, asksPosition } = known;
    const refuse = (thrown: readonly unknown[], phase: Phase, status = statusOf(thrown[0], phase)): Refused => {
      const asked = { locale: caller.locale, phase, document: document ?? undefined, requestId: requestIdOf(caller) };
      return { errors: thrown.slice(0, rules.limits.documentErrors).map((error) => presenter.present(error, asked)), status };
    };
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
    documents.keep(request, isStranger(context) ? 'STRANGER' : 'SESSION');

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
    const tooDear = findTooDear(cost, mostCostOf(context, rules.limits));
    if (tooDear) return refuse([tooDear], 'document');
    let bill: Bill | null = null;
    try {
      const beginning = known.makesSessionsOnly && isStranger(context) ? noBill : spending.begin(context, caller.address, cost);
      bill = beginning instanceof Promise ? await beginning : beginning;
      if (asksPosition && context.viewer !== null) await context.position();
      logActed(logger, context, args);
      return readyToExecute(args, context, caller, { cost, bill });
    } catch (error) {
      bill?.settle(0);
      return refuse([error], 'execution');
    }
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
    const asker = makesSessionsOnly && !caller.comesWithKey ? anonymous : await caller.authenticate();
    const { viewer, server } = asker;
    let position: Promise<string> | undefined;
    return {
      viewer,
      server,
      locale: caller.locale,
      services,
      read: readWithin(createReadBudget(readCharacters), (work) => database.read(work, ownerOf(asker, caller)), read),
      forMany: null,
      connection: caller.connection,
      requestId: caller.requestId,
      address: caller.address,
      admit: admission(asker, caller.address),
      isAwaited: caller.isAwaited,
      position: () => {
        if (viewer === null) throw new AppError('TOKEN_MISSING');
        position ??= takePosition(viewer);
        return position;
      },
    };
  };

  const readyToExecute = (args: ValidatedExecutionArgs, context: Context, caller: Caller, price: Price): Ready => {
    const { onGone } = caller;
    const most = mostCostOf(context, rules.limits);
    const owner = ownerOf(context, caller);
    const asked = { args, context };
    const execute = async () => {
      const isStoppable = onGone && args.operation.operation === 'query';
      let gone = false;
      let end = () => {};
      let resolved: () => number | null = () => 0;
      try {
        if (isStoppable)
          onGone(() => {
            gone = true;
            end();
          });
        if (gone) return { data: null };
        const { result, stop, counted } = run(args, { ...runLimits, values: valuesFor(most), turns: { wait: () => turns.wait(owner) } });
        resolved = () => withFurtherCost(context, counted().cost);
        end = stop;
        sharedReadOf(context).budget?.onOver(stop);
        const presented = presentResult(await result, asked);
        const { bytes } = counted();
        // Runs that begin together take turns and end together, and all would be written as JSON in one.
        if (bytes > largeAnswer) await answerTurns.wait(owner);
        if (gone) return { data: null };
        // Few are so large that they have to be measured.
        if (bytes * bytesPerCounted > answerBytes && bytesOfAnswer(presented) > answerBytes) throw tooManyBytes(answerBytes);
        return presented;
      } catch (error) {
        // There is nobody to tell and nothing to log.
        if (gone) return { data: null };
        return { errors: [present(error, asked)] };
      } finally {
        price.bill.settle(resolved());
        // It knows the context, and would be kept with it.
        RequestCache.clearForContext(context);
      }
    };
    const isHeavy = price.cost > heavyCost && args.operation.operation === 'query';
    const inTurn = isHeavy ? () => heavyRuns.run(execute, owner) : execute;
    return { args, cost: price.cost, execute: () => finished(inTurn), subscribe: () => finished(inTurn) };
  };

  const readyToSubscribe = (args: ValidatedSubscriptionArgs, context: Context, caller: Caller, cost: number): Ready => {
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
    inFlight += 1;
    try {
      return await work();
    } finally {
      inFlight -= 1;
      if (inFlight === 0) onIdle();
    }
  };

  return {
    async prepare(request, caller) {
      const observed = new Observed(metrics);
      const prepared = await observed.run(() => prepare(request, caller));
      const over = <T extends object>(answer: T): T => {
        observed.over('args' in prepared ? kindOf(prepared.args) : null, answer);
        return answer;
      };
      if ('errors' in prepared) return over(prepared);
      return {
        ...prepared,
        execute: () => observed.run(prepared.execute).then(over),
        subscribe: () => observed.run(prepared.subscribe).then(over),
        refuse: (errors) => over({ errors }).errors,
      };
    },
    async drain() {
      draining = true;
      while (inFlight > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve;
        });
      }
    },
  };
}

function isStranger({ viewer, server }: Asker): boolean {
  return viewer === null && server === null;
}

/** With whom somebody takes turns: all that one person or one server key does counts as one, and so does what comes from an address without either. */
function ownerOf({ viewer, server }: Asker, { address }: Pick<Caller, 'address'>): number | string {
  return server === null ? (viewer?.userId ?? address()) : `key:${server.keyId}`;
}

/** How many values a run may resolve that may cost so much: the net under a list that is longer than it says. */
function valuesFor(cost: number): number {
  return cost * 2;
}
