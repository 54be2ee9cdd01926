import { Buffer } from 'node:buffer';
import type { ExecutionResult, GraphQLObjectType, GraphQLSchema, ResponsePath, ValidatedExecutionArgs } from 'graphql';
import { priceOf } from '../../graphql/cost.ts';
import { AppError, type ErrorDetails, type Sentence } from '../../kernel/errors.ts';
import type { Turns } from '../../kernel/turns.ts';
import { type FieldsOfName, type Gathered, type GroupedFields, gatheredOf, type Subfields, type Weight } from './gathered.ts';
import { withPlace } from './locating.ts';

/** What one run may come to, and how it lets others have their turn. */
export interface RunLimits {
  /** Values that are resolved. */
  readonly values: number;
  /** Values of the schema itself. */
  readonly introspectionValues: number;
  /** Bytes of the answer. */
  readonly bytes: number;
  readonly turns: Pick<Turns, 'wait'>;
}

/** A run came to more than it may. */
export class TooMuch extends AppError {
  constructor(sentence: Sentence, details: ErrorDetails = {}) {
    super('BAD_QUERY', details, sentence);
  }
}

/** The refusal of an answer, or of an event, with more bytes than it may have. */
export function tooManyBytes(most: number, details?: ErrorDetails): TooMuch {
  return new TooMuch({ zh: `结果不能超过 ${most} 字节，请减少查询的内容`, en: `What is answered may have at most ${most} bytes: ask for less` }, details);
}

/** Whether a run failed because it came to too much. */
export function isTooMuch(error: unknown): boolean {
  return error instanceof TooMuch || (error instanceof Error && error.cause instanceof TooMuch);
}

/**
 * What counts as one byte of an answer is at most so many, a character that JSON escapes, and never none: so what has counted to too much is too
 * much, and of what has counted to a part of that the bytes need not be measured.
 */
export const bytesPerCounted = 6;

/** The bytes of an answer as JSON. */
export function bytesOfAnswer(result: ExecutionResult): number {
  return Buffer.byteLength(JSON.stringify(result));
}

/** What graphql-js makes for each operation and does not export. */
export interface Executor {
  readonly aborted: boolean;
  executeRootSelectionSet(serially?: boolean): ExecutionResult | Promise<ExecutionResult>;
  abort(reason?: unknown): void;
  executeCollectedRootFields(rootType: GraphQLObjectType, rootValue: unknown, grouped: GroupedFields, serially: boolean, deferred: readonly unknown[]): unknown;
  collectAndExecuteSubfields(returnType: GraphQLObjectType, fields: FieldsOfName, path: unknown, result: unknown, position: unknown): unknown;
  executeCollectedSubfields(
    parentType: GraphQLObjectType,
    source: unknown,
    path: unknown,
    grouped: GroupedFields,
    deferred: readonly unknown[],
    position: unknown,
  ): unknown;
  executeFields(parentType: GraphQLObjectType, source: unknown, path: unknown, grouped: GroupedFields, position: unknown): unknown;
  completeLeafValue(returnType: unknown, result: unknown): unknown;
  handleFieldError(error: unknown, returnType: unknown, fields: FieldsOfName, path: ResponsePath | undefined): void;
}

/** One that counts. */
interface Metered extends Executor {
  counted(): Counted;
}

/** What a run has come to. */
export interface Counted {
  /** What was resolved, in what it costs: see `costOf`. What is about the schema itself costs 1 for each value. Null where that is not known. */
  readonly cost: number | null;
  /** The bytes of an answer are at most `bytesPerCounted` times as many. */
  readonly bytes: number;
}

function weightOf(grouped: GroupedFields, type: GraphQLObjectType): Weight {
  let values = 0;
  let cost = 0;
  let bytes = 1;
  const fields = type.getFields();
  for (const [responseName, [first]] of grouped) {
    const name = first?.node.name.value ?? '';
    if (!name.startsWith('__')) {
      const field = fields[name];
      values += 1;
      cost += field ? priceOf(field) : 1;
    }
    // Quotes, colon and comma.
    bytes += responseName.length + 4;
  }
  return { values, cost, bytes };
}

/** A text that is longer is measured, and not only counted. */
const shortText = 256;

/** What an error has in JSON at least. */
const bytesOfError = 100;

/** How graphql-js gathers what is under a field, without remembering it. */
export type CollectSubfields = (
  schema: GraphQLSchema,
  fragments: unknown,
  variableValues: unknown,
  returnType: GraphQLObjectType,
  fields: FieldsOfName,
  hideSuggestions: boolean,
) => Subfields;

/** Executors that count what they come to, end where that is too much, and give the event loop its turn between two objects. */
export function meteredExecutor(
  executor: new (args: ValidatedExecutionArgs, shared: unknown) => Executor,
  collectSubfields: CollectSubfields,
): new (
  args: ValidatedExecutionArgs,
  shared: unknown,
  limits: RunLimits,
) => Metered {
  return class extends executor implements Metered {
    private readonly limits: RunLimits;
    private values = 0;
    private introspected = 0;
    private cost = 0;
    private bytes = 0;
    private readonly args: ValidatedExecutionArgs;
    private readonly gathered: Gathered;

    constructor(args: ValidatedExecutionArgs, shared: unknown, limits: RunLimits) {
      super(args, shared);
      this.limits = limits;
      this.args = args;
      this.gathered = gatheredOf(args.operation, args.fragmentDefinitions);
    }

    counted() {
      return { cost: this.cost, bytes: this.bytes };
    }

    override executeCollectedRootFields(
      rootType: GraphQLObjectType,
      rootValue: unknown,
      grouped: GroupedFields,
      serially: boolean,
      deferred: readonly unknown[],
    ) {
      return super.executeCollectedRootFields(rootType, rootValue, this.gathered.rootOf(rootType, grouped), serially, deferred);
    }

    override collectAndExecuteSubfields(returnType: GraphQLObjectType, fields: FieldsOfName, path: unknown, result: unknown, position: unknown) {
      const { groupedFieldSet, newDeferUsages } = this.gathered.subfieldsOf(fields, returnType, () => {
        const { schema, fragments, variableValues, hideSuggestions } = this.args;
        return collectSubfields(schema, fragments, variableValues, returnType, fields, hideSuggestions);
      });
      return this.executeCollectedSubfields(returnType, result, path, groupedFieldSet, newDeferUsages, position);
    }

    override executeFields(parentType: GraphQLObjectType, source: unknown, path: unknown, grouped: GroupedFields, position: unknown): unknown {
      const { values, cost, bytes } = this.gathered.weightOf(grouped, () => weightOf(grouped, parentType));
      if (parentType.name.startsWith('__')) this.introspected += values;
      else this.values += values;
      this.cost += cost;
      this.bytes += bytes;
      this.requireLittle();
      const held = this.limits.turns.wait();
      if (!held) return super.executeFields(parentType, source, path, grouped, position);
      return held.then(() => {
        // Values of others have come meanwhile.
        this.requireLittle();
        return super.executeFields(parentType, source, path, grouped, position);
      });
    }

    override completeLeafValue(returnType: unknown, result: unknown): unknown {
      const value = super.completeLeafValue(returnType, result);
      if (typeof value !== 'string') this.bytes += 1;
      else if (value.length <= shortText) this.bytes += value.length + 2;
      else {
        this.bytes += Buffer.byteLength(JSON.stringify(value));
        this.requireLittle();
      }
      return value;
    }

    override handleFieldError(error: unknown, returnType: unknown, fields: FieldsOfName, path: ResponsePath | undefined): void {
      super.handleFieldError(withPlace(error, fields, path), returnType, fields, path);
      this.bytes += bytesOfError;
    }

    /** Throws, and resolves nothing more, where it is too much. */
    private requireLittle() {
      const { values, introspectionValues, bytes } = this.limits;
      // What goes on after the end is not to be told again.
      if (this.aborted) throw new Error('Aborted!');
      if (this.bytes <= bytes && this.values <= values && this.introspected <= introspectionValues) return;
      const reason = this.bytes > bytes ? tooManyBytes(bytes) : tooManyValues(this.values > values ? values : introspectionValues);
      this.abort(reason);
      throw reason;
    }
  };
}

function tooManyValues(most: number): TooMuch {
  return new TooMuch({ zh: `结果不能超过 ${most} 个值，请减少查询的内容`, en: `What is answered may have at most ${most} values: ask for less` });
}
