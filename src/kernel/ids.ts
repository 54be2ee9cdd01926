import { Buffer } from 'node:buffer';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The canonical form of a UUID (RFC 9562) in lower case, or null where the text is none. Either case is accepted. */
export function parseUuid(text: string): string | null {
  const lower = text.toLowerCase();
  return uuidPattern.test(lower) ? lower : null;
}

/** An opaque global id: the type's name and a public key, in base64url. It never holds a numeric key of the database. */
export function encodeGlobalId(typename: string, key: string): string {
  return Buffer.from(`${typename}:${key}`).toString('base64url');
}

/** The parts of a global id, or null where the text is none. Only the exact text that `encodeGlobalId` gives is accepted. */
export function decodeGlobalId(id: string): { readonly typename: string; readonly key: string } | null {
  if (id.length > 200) return null;
  const [typename, ...rest] = Buffer.from(id, 'base64url').toString('utf8').split(':');
  const key = rest.join(':');
  if (!typename || !key || encodeGlobalId(typename, key) !== id) return null;
  return { typename, key };
}

/** The key of a global id of one type, or null where it is of another type or none at all. */
export function keyOf(typename: string, id: string): string | null {
  const decoded = decodeGlobalId(id);
  return decoded?.typename === typename ? decoded.key : null;
}

/** The key of a global id where it is a UUID in canonical form, or null: databases would take others for the same. */
export function exactUuid(key: string): string | null {
  return parseUuid(key) === key ? key : null;
}

/** The types whose key is a UUID and that are named by nothing else; for people see `userUuidOf`. */
type UuidType = 'Conversation' | 'FriendRequest' | 'JoinRequest' | 'Session' | 'Upload' | 'ServerKey' | 'Provider';

/** The UUID in a global id of a type, or null. */
export function uuidOf(typename: UuidType, id: string): string | null {
  return uuidIn(typename, id);
}

/** The UUID of somebody who is named by their global id or by their uuid itself, in either case, or null. */
export function userUuidOf(id: string): string | null {
  return uuidIn('User', id) ?? parseUuid(id);
}

function uuidIn(typename: string, id: string): string | null {
  const key = keyOf(typename, id);
  return key === null ? null : exactUuid(key);
}
