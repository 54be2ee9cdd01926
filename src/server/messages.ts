import { isHashOnly } from './documents.ts';

/** A message of graphql-transport-ws, as far as it was looked at: graphql-ws judges the rest. */
export type Message = Readonly<Record<string, unknown>>;

/** Characters of the id of an operation: it is kept, and goes with every frame. */
const longestId = 64;

/** Reads a message; null where it is none, or the id in it is too long. An operation that names its document by a hash alone gets an empty text. */
export function messageOf(text: string): Message | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(message) || idOf(message).length > longestId) return null;
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
