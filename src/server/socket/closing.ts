import { closeCodeOf, type ErrorCode, errorCodes } from '../../kernel/errors.ts';

/**
 * Every code with which this server closes a socket, and its reason: a word of ours in at most 123 bytes (RFC 6455, section 5.5.1), never a text
 * of the caller's. Those that have an error code as their reason come from `closingOf`.
 */
export const closings = {
  leaving: { code: 1001, reason: 'Going away' },
  binary: { code: 1003, reason: 'Binary frames are not spoken here' },
  badMessage: { code: 4400, reason: 'Invalid message received' },
  tooEarly: { code: 4401, reason: 'Unauthorized' },
  forbidden: { code: 4403, reason: 'Forbidden' },
  otherProtocol: { code: 4406, reason: 'Subprotocol not acceptable' },
  lateInit: { code: 4408, reason: 'Connection initialisation timeout' },
  unread: { code: 4408, reason: 'Nothing was read for too long' },
  sameId: { code: 4409, reason: 'An operation with this id is open already' },
  secondInit: { code: 4429, reason: 'Too many initialisation requests' },
  flooding: { code: 4429, reason: 'Too many frames' },
  fault: { code: 4500, reason: 'INTERNAL' },
} as const satisfies Readonly<Record<string, Closing>>;

/** How a socket ends. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** For a refusal of the session check, a part that is away, or somebody who comes too often: stock clients come back after the last two. */
export function closingOf(code: ErrorCode): Closing {
  return { code: code === 'UNAVAILABLE' || code === 'RATE_LIMITED' ? 1013 : closeCodeOf(code), reason: code };
}

const ofProtocol = [
  closings.badMessage,
  closings.tooEarly,
  closings.forbidden,
  closings.otherProtocol,
  closings.lateInit,
  closings.sameId,
  closings.secondInit,
];

/** For a code with which the library for the protocol closes: its own words may quote the caller's, and be too long to be sent. */
export function closingOfProtocol(code: number): Closing {
  return ofProtocol.find((closing) => closing.code === code) ?? closings.fault;
}

/** What clients end with, and what stands for none (RFC 6455, section 7.4.1). */
const usualCodes = [1000, 1001, 1002, 1005, 1006, 1007, 1009] as const;

const counted: ReadonlySet<number> = new Set([
  ...usualCodes,
  ...Object.values(closings).map(({ code }) => code),
  ...errorCodes.map((code) => closingOf(code).code),
]);

/** A code as it is counted: `other` for one that only a client can have made up. */
export function closeLabelOf(code: number): string {
  return counted.has(code) ? String(code) : 'other';
}
