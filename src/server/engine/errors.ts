import { randomUUID } from 'node:crypto';
import { type DocumentNode, GraphQLError, Kind } from 'graphql';
import { AppError, catalogue, type ErrorCode, type Locale, type Sentence, shortened } from '../../kernel/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { inputPathOf, operationWith, variablePathOf } from './input-path.ts';

/** Where an error came up: it decides what an error of the engine itself means. */
export type Phase = 'document' | 'variables' | 'execution';

/** Turns whatever was thrown into what the reader is told: a message in their language and `extensions.code`; nothing else leaks. */
export interface ErrorPresenter {
  present(error: unknown, asked: AskedFor): GraphQLError;
}

/** In what an error came up, and who is told. */
export interface AskedFor {
  readonly locale: Locale;
  readonly phase: Phase;
  readonly document?: DocumentNode | undefined;
  /** See `requestIdOf`. */
  readonly requestId: string | null;
}

/** A presenter that logs faults of ours under the id that it tells. */
export function createErrorPresenter(logger: Logger): ErrorPresenter {
  return {
    present(error, { locale, phase, document, requestId }) {
      const located = error instanceof GraphQLError ? error : null;
      const { nodes, source, positions, locations } = located ?? {};
      const make = (message: string, { field, ...extensions }: Record<string, unknown> & { readonly field?: string | undefined }) => {
        const told = new GraphQLError(message, { path: located?.path, extensions: { ...extensions, ...(field ? { field: shortened(field) } : {}) } });
        // As they were found: to find them takes as long as the document has lines.
        return Object.assign(told, { nodes, source, positions, locations });
      };

      const refusal = causeOf(error, (cause) => cause instanceof AppError);
      if (refusal instanceof AppError) {
        if (refusal.cause !== undefined) logger.warn({ requestId, code: refusal.code, err: refusal.cause }, 'refused');
        // A scalar does not know where it stands; a resolver does.
        const field = phase === 'execution' ? refusal.details.field : (fieldOf(located, document) ?? refusal.details.field);
        const details = refusal.code === 'BAD_USER_INPUT' && field ? { ...refusal.details, field } : refusal.details;
        return make(refusal.sentence[locale], { code: refusal.code, ...details });
      }
      if (located !== null) {
        const field = fieldOf(located, document);
        if (phase === 'variables') return make(inWords('BAD_USER_INPUT', located.message, locale), { code: 'BAD_USER_INPUT', field });
        if (phase === 'document') return make(inWords('BAD_QUERY', located.message, locale), { code: 'BAD_QUERY', field });
        // An argument that is first known to be wrong when it is used, such as a null variable where a default does not help.
        const argument = /^Argument "(?:[^"]*\.)?(\w+)[^"]*" (?:has invalid value|of required type)/.exec(located.message)?.[1];
        if (argument && !located.cause) return make(inWords('BAD_USER_INPUT', located.message, locale), { code: 'BAD_USER_INPUT', field: field ?? argument });
      }
      const errorId = randomUUID();
      const fault = causeOf(error, (cause) => !(cause instanceof GraphQLError)) ?? error;
      logger.error({ requestId, errorId, path: located?.path?.join('.'), err: fault }, 'internal error');
      return make(catalogue.INTERNAL[locale], { code: 'INTERNAL', errorId, ...(requestId !== null && { requestId }) });
    },
  };
}

/** A refusal in words, where there is no error object to present. */
export function refusalOf(error: AppError, locale: Locale): GraphQLError {
  return new GraphQLError(error.sentence[locale], { extensions: { code: error.code, ...error.details } });
}

/** A good operation that this door does not carry. `status` is how HTTP tells it. */
export class NotCarried extends AppError {
  readonly status: number;

  constructor(status: number, sentence: Sentence) {
    super('BAD_QUERY', {}, sentence);
    this.status = status;
  }
}

/** How HTTP says that an operation is refused before it is run. */
export function statusOf(error: unknown, phase: Phase): number {
  if (!(error instanceof AppError)) return phase === 'execution' ? 500 : 400;
  if (error instanceof NotCarried) return error.status;
  if (error.code === 'UNAVAILABLE') return 503;
  if (error.code === 'RATE_LIMITED') return 429;
  if (error.code === 'FORBIDDEN') return 403;
  if (error.code === 'NOT_FOUND' || error.code === 'BAD_USER_INPUT') return 400;
  return phase === 'execution' ? 401 : 400;
}

function inWords(code: ErrorCode, detail: string, locale: Locale): string {
  return shortened(locale === 'en' ? detail : `${catalogue[code][locale]}：${detail}`);
}

/** The first in the chain of causes that fits. */
function causeOf(error: unknown, fits: (cause: unknown) => boolean): unknown {
  let cause = error;
  for (let step = 0; step < 10 && cause !== undefined && cause !== null; step += 1) {
    if (fits(cause)) return cause;
    cause = cause instanceof GraphQLError ? (cause.originalError ?? cause.cause) : cause instanceof Error ? cause.cause : undefined;
  }
  return undefined;
}

/** What does not fit, as a path with dots from the argument on; the variable's name where it stands in none. */
function fieldOf(error: GraphQLError | null, document: DocumentNode | undefined): string | undefined {
  const node = error?.nodes?.[0];
  if (!error || !node || !document) return undefined;
  if (node.kind !== Kind.VARIABLE_DEFINITION) return inputPathOf(node, document);
  const path = /^Variable "\$\w+" has invalid (?:default )?value(?: at "?((?:\.\w+|\[\d+\])+)"?)?/.exec(error.message)?.[1] ?? '';
  const missing = /include required field "(\w+)"/.exec(error.message)?.[1];
  const place = variablePathOf(node.variable.name.value, document, operationWith(node, document));
  return [place + path.replace(/\[(\d+)\]/g, '.$1'), ...(missing ? [missing] : [])].join('.');
}
