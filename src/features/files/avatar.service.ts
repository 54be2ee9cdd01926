import { AppError, badInput } from '../../kernel/errors.ts';
import { uuidOf } from '../../kernel/ids.ts';
import { optionalUrl } from '../../kernel/urls.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { FileLinks } from './file-links.service.ts';
import { releaseFiles, requireOwnFiles, useFiles } from './file-use.service.ts';

/** What somebody wants as the picture of a user or of a group: an address elsewhere, or an own upload; null takes it away, and absent leaves it. */
export interface AvatarChange {
  readonly avatar?: string | null | undefined;
  /** The global id of an own AVATAR that is READY. */
  readonly avatarId?: string | null | undefined;
}

/** A change, after all of it was checked that can be without the tables; undefined: none. */
export type AvatarChoice = { readonly url: string | null } | { readonly uploadId: string } | undefined;

/** Throws `BAD_USER_INPUT` for an address that is none, and where both are given. */
export function takeAvatar({ avatar, avatarId }: AvatarChange): AvatarChoice {
  if (avatarId === undefined) {
    if (avatar === undefined) return undefined;
    // How one that was uploaded is shown where PUBLIC_URL is not set: only whoever has it may give that back.
    return { url: avatar !== null && /^\/avatars\/[\da-f]{32}$/.test(avatar) ? avatar : optionalUrl('avatar', avatar) };
  }
  if (avatar !== undefined) throw badInput('avatarId', { zh: 'avatar 和 avatarId 只能提供一个', en: 'Give avatar or avatarId, and not both' });
  return avatarId === null ? { url: null } : { uploadId: avatarId };
}

/** Under what name the picture is stored that everybody finds by a key. */
const storedAvatar = (publicKey: string): string => `/avatars/${publicKey}`;

/**
 * What is stored as the picture of a user or of a group after a change, `before` being what is now; what it showed before is released. The log is locked, and
 * nothing stamped: files are locked here. Throws `NOT_FOUND` and `FILE_NOT_READY` for an upload, and `BAD_USER_INPUT` where it is no AVATAR.
 */
export async function changeAvatar(tx: Tx, viewer: Viewer, logId: number, before: string | null, choice: AvatarChoice): Promise<string | null> {
  if (choice === undefined) return before;
  if ('url' in choice) return await changeAvatarUrl(tx, logId, before, choice.url);
  const place = { logId, seq: 0 };
  const uuid = uuidOf('Upload', choice.uploadId);
  if (uuid === null) throw new AppError('NOT_FOUND', { field: 'avatarId' });
  const [file] = await requireOwnFiles(tx, viewer, [uuid], 'avatarId');
  if (!file || file.publicKey === null) throw badInput('avatarId', { zh: '请上传 AVATAR 类型的图片作为头像', en: 'Upload the picture as an AVATAR' });
  const after = storedAvatar(file.publicKey);
  if (after === before) return before;
  await releaseFiles(tx, place, file.id);
  await useFiles(tx, place, [{ fileId: file.id, kind: file.kind }]);
  return after;
}

/** Likewise where the picture is an address elsewhere, or none. */
export async function changeAvatarUrl(tx: Tx, logId: number, before: string | null, url: string | null): Promise<string | null> {
  // A client that saves the whole of a form gives back what it was shown.
  if (before?.startsWith('/') && url?.endsWith(before)) return before;
  if (url?.startsWith('/')) return optionalUrl('avatar', url);
  // A node of 0.1.0 leaves what showed the file before.
  await releaseFiles(tx, { logId, seq: 0 });
  return url;
}

/** The address of a picture as clients see it. */
export function shownAvatar(stored: string | null, links: Pick<FileLinks, 'shown'>): string | null {
  return stored?.startsWith('/') ? links.shown(stored) : stored;
}
