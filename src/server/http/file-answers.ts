import type { Answered } from './http-writer.ts';
import type { Target } from './target.ts';

/** What the doors of files ask of a request. */
export interface FileRequest {
  readonly requestId: string;
  readonly method: string;
  readonly target: Target;
  readonly header: (name: string) => string | undefined;
  /** From where it comes: see `Addresses`. */
  readonly address: () => string;
}

/** Headers of an answer. */
export type Headers = Readonly<Record<string, string>>;

/** An answer that says in a sentence why there is nothing else. Nobody keeps it. */
export function refusal(status: number, error: string, headers: Headers = {}): Answered {
  return { status, headers: { ...forNobody, 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify({ error }) };
}

/** An answer without a body. */
export function empty(status: number, headers: Headers = {}): Answered {
  return { status, headers: { ...forNobody, ...headers }, body: '' };
}

const forNobody: Headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

/** What somebody is told while a part is away. */
export const retrySoon: Headers = { 'retry-after': '1' };
