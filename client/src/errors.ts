import type { ErrorCode } from './generated/graphql.ts';
import { sentence } from './locale.ts';
import type { ParleyErrorLike } from './types.ts';

/** What a request or a message was refused with: the server's code and its sentence, in the page's language. */
export class ParleyError extends Error implements ParleyErrorLike {
  override readonly name = 'ParleyError';
  /** The server's code; `NETWORK` where no answer came. */
  readonly code: ErrorCode | 'NETWORK';
  /** The same again can pass later, without anybody changing anything. */
  readonly retryable: boolean;
  /** Seconds to wait before that, where the server said so. */
  readonly retryAfter: number | null;
  /** Whatever else the server says of it, such as `field` and `limit`. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode | 'NETWORK', message: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.extensions = extensions;
    this.retryable = retryable.has(code);
    const { retryAfterSeconds } = extensions;
    this.retryAfter = typeof retryAfterSeconds === 'number' ? retryAfterSeconds : null;
  }
}

/** What the page says by itself, where the server said nothing. */
export function ownError(code: 'NETWORK' | 'TOKEN_MISSING', locale: () => string, extensions?: Readonly<Record<string, unknown>>): ParleyError {
  return new ParleyError(code, sentence(code, locale()), extensions);
}

const retryable: ReadonlySet<string> = new Set(['NETWORK', 'RATE_LIMITED', 'UNAVAILABLE', 'INTERNAL', 'TOKEN_EXPIRED']);

/** `signOut` was asked for while messages wait that would be lost. */
export class MessagesWaiting extends Error {
  override readonly name = 'MessagesWaiting';
  readonly count: number;

  constructor(count: number) {
    super(`${count} messages have not been sent yet`);
    this.count = count;
  }
}
