import { parseUuid } from '../../kernel/ids.ts';

/** Where the bytes of an upload are in the store. */
export const uploadKey = (uuid: string): string => `uploads/${uuid}`;

/** What of a file can be delivered. */
export type FilePart = 'file' | 'thumbnail';

/** Where something is in the store that was made of an upload. */
export const madeKey = (uuid: string, part: FilePart): string => `files/${uuid}/${part}`;

/** Where what is delivered is in the store. */
export function deliveredKey({ uuid, isMade }: { readonly uuid: string; readonly isMade: 0 | 1 }, part: FilePart): string {
  return part === 'thumbnail' || isMade === 1 ? madeKey(uuid, part) : uploadKey(uuid);
}

/** The file to which something in the store belongs, by its key; null where a key of this form was never made. */
export function uuidOfKey(key: string): string | null {
  const [, upload, made] = /^(?:uploads\/([^/]+)|files\/([^/]+)\/(?:file|thumbnail))$/.exec(key) ?? [];
  const uuid = upload ?? made;
  return uuid !== undefined && parseUuid(uuid) === uuid ? uuid : null;
}
