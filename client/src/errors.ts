import type { ErrorCode } from './generated/enums.ts';
import type { ParleyErrorLike } from './types.ts';

/** What a request or a message was refused with: the server's code and its sentence, in the page's language. */
export class ParleyError extends Error implements ParleyErrorLike {
  override readonly name = 'ParleyError';
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
    this.retryable = retryable.includes(code);
    const { retryAfterSeconds } = extensions;
    this.retryAfter = typeof retryAfterSeconds === 'number' ? retryAfterSeconds : null;
  }
}

const retryable: readonly string[] = ['NETWORK', 'RATE_LIMITED', 'UNAVAILABLE', 'INTERNAL', 'TOKEN_EXPIRED'];
