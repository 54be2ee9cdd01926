import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { textOf } from './text-of.ts';

/** An error as clients get it. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly [key: string]: unknown; readonly code?: string; readonly field?: string };
}

/** The answer to one operation. */
export interface Answer<R> {
  readonly data: R | null;
  /** Empty where nothing was refused. */
  readonly errors: readonly AnswerError[];
}

/** Who asks, and how. */
export interface Caller {
  readonly token?: string;
  /** `Accept-Language`, or `connectionParams.locale` on a socket. */
  readonly locale?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer over HTTP, with what HTTP says beside it. */
export interface HttpAnswer<R> extends Answer<R> {
  readonly status: number;
  readonly headers: Headers;
}

/** Runs one operation over HTTP at `url` (the whole address of the endpoint). */
export async function executeHttp<R, V>(url: string, document: TypedDocumentNode<R, V>, variables: V, caller: Caller = {}): Promise<HttpAnswer<R>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(caller.token === undefined ? {} : { authorization: `Bearer ${caller.token}` }),
      ...(caller.locale === undefined ? {} : { 'accept-language': caller.locale }),
      ...caller.headers,
    },
    body: JSON.stringify({ query: textOf(document), variables }),
  });
  const text = await response.text();
  try {
    const body: Partial<Answer<R>> = JSON.parse(text);
    return { status: response.status, headers: response.headers, data: body.data ?? null, errors: body.errors ?? [] };
  } catch (error) {
    throw new Error(`HTTP ${response.status} without JSON: ${text.slice(0, 500)}`, { cause: error });
  }
}

/** The codes of an answer's errors, in order. */
export function codesOf(answer: Answer<unknown>): (string | undefined)[] {
  return answer.errors.map((error) => error.extensions?.code);
}

/** What the errors of an answer are, and which field each is about. */
export function refusalsOf(answer: Answer<unknown>): (readonly [unknown, unknown])[] {
  return answer.errors.map(({ extensions }) => [extensions?.code, extensions?.field]);
}

/** OK, or the codes of an answer's errors, each with the field that it is about. */
export function outcomeOf(answer: Answer<unknown>): string {
  return (
    refusalsOf(answer)
      .map((refusal) => refusal.filter(Boolean).join(' '))
      .join() || 'OK'
  );
}

/** The data of an answer, which must hold no error. */
export function dataOf<R>(answer: Answer<R>): R {
  if (answer.errors.length > 0 || answer.data === null) throw new Error(`The operation was refused: ${JSON.stringify(answer.errors)}`);
  return answer.data;
}

/** A value that must be there: for fields that are null only where they are refused. */
export function present<T>(value: T | null | undefined, what = 'the value'): T {
  if (value === null || value === undefined) throw new Error(`${what} is missing`);
  return value;
}
