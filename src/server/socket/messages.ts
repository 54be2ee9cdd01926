import { isHashOnly } from '../engine/documents.ts';

/** A message of graphql-transport-ws, as far as it was looked at: graphql-ws judges the rest. */
export type Message = Readonly<Record<string, unknown>>;

/** Characters of the id of an operation: it is kept, and goes with every frame. */
export const longestId = 64;

/** What a client may say; the rest of the protocol is what a server says, and the library takes it for a fault of ours. */
const types: ReadonlySet<unknown> = new Set(['connection_init', 'ping', 'pong', 'subscribe', 'complete']);

/** Characters of a ping whose payload comes back with the answer. */
const longestPing = 1_024;

/**
 * Reads a message; null where it is none that a client may send, or the id in it is too long. An operation that names its document by a hash alone
 * gets an empty text. A long ping loses its payload: it would be written again, and may nest deeper than the stack.
 */
export function messageOf(text: string): Message | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(message) || !types.has(message.type) || idOf(message).length > longestId) return null;
  if (message.type === 'ping' && text.length > longestPing && isObject(message.payload)) return { type: 'ping' };
  const { payload } = message;
  // Without a text graphql-ws would close the socket.
  return isObject(payload) && isHashOnly(payload) ? { ...message, payload: { ...payload, query: '' } } : message;
}

/** The id of the operation that a message is about; empty where it is about none. */
export function idOf({ id }: Message): string {
  return typeof id === 'string' ? id : '';
}

function isObject(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
