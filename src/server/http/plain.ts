import type { Locale } from '../../kernel/errors.ts';
import type { Asker } from '../../kernel/viewer.ts';
import { isHashOnly } from '../engine/documents.ts';
import { NotCarried } from '../engine/errors.ts';
import type { Engine, OperationRequest } from '../engine.ts';
import type { AnswerType } from './answer-type.ts';
import { retryAfterOf } from './retry-after.ts';

/** What the door for HTTP knows of a request beside the request itself. */
export interface RequestFacts {
  readonly locale: Locale;
  /** What the request is called in the log. */
  readonly requestId: string;
  /** From where it comes: see `Addresses`. */
  readonly address: () => string;
  readonly authenticate: () => Promise<Asker>;
  /** Whether a server key was shown, good or not. */
  readonly comesWithKey: boolean;
  /** Whether somebody waits for the answer. */
  readonly isAwaited: () => boolean;
  /** Calls, once, when nobody waits any more. */
  readonly onGone: (stop: () => void) => void;
}

/** Has the engine prepare what HTTP carries: queries, and mutations by POST. */
export function prepareHttp(engine: Engine, request: OperationRequest, method: string, facts: RequestFacts) {
  return engine.prepare(request, {
    ...facts,
    connection: null,
    userId: null,
    requireCarried: ({ operation }) => {
      if (operation === 'subscription') throw new NotCarried(400, { zh: '订阅请使用 WebSocket', en: 'Use the WebSocket for subscriptions' });
      if (operation === 'mutation' && method !== 'POST') throw new NotCarried(405, { zh: '变更操作请使用 POST', en: 'Use POST for mutations' });
    },
  });
}

/** An answer of GraphQL. */
export interface PlainAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly retryAfter: string | null;
}

/**
 * Answers what nearly every request is, a POST of one well-formed operation, as Yoga would to the byte, without the cost of a `Request`, a
 * `Response` and the plugins between. Null where the request is anything else; then nothing has happened yet, and Yoga answers.
 */
export async function answerPlain(engine: Engine, body: Buffer, type: AnswerType, facts: RequestFacts): Promise<PlainAnswer | null> {
  const request = requestOf(body);
  if (request === null) return null;
  const prepared = await prepareHttp(engine, request, 'POST', facts);
  const refused = !('execute' in prepared);
  const result = refused ? { errors: prepared.errors } : await prepared.execute();
  const status = refused && type !== 'application/json' ? prepared.status : 200;
  return { status, type: `${type}; charset=utf-8`, body: JSON.stringify(result), retryAfter: retryAfterOf(result) };
}

const names: ReadonlySet<string> = new Set(['query', 'variables', 'operationName', 'extensions']);

/** The request in a body, or null where there is something to say about its form. */
function requestOf(body: Buffer): OperationRequest | null {
  let params: unknown;
  try {
    params = JSON.parse(body.toString());
  } catch {
    return null;
  }
  if (!isRecord(params) || !Object.keys(params).every((name) => names.has(name))) return null;
  const { query, variables, operationName, extensions } = params;
  if (typeof query !== 'string' && !isHashOnly(params)) return null;
  if ((variables != null && !isRecord(variables)) || (extensions != null && !isRecord(extensions))) return null;
  if (operationName != null && typeof operationName !== 'string') return null;
  return { query: typeof query === 'string' ? query : '', variables, operationName, extensions };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
