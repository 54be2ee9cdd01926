import type { Config } from '../../config.ts';
import { AppError, badInput } from '../../kernel/errors.ts';
import { requireFileName } from '../../kernel/file-names.ts';
import type { Role } from '../../kernel/viewer.ts';
import type { FileRow, UploadKind } from './file.entity.ts';

/** How much somebody may upload. */
export type FileLimits = Config['files'];

/** What somebody wants to upload. */
export interface NewUpload {
  readonly clientId: string;
  readonly kind: UploadKind;
  readonly name: string;
  readonly size: number;
  readonly duration: number | null;
  readonly coverUuid: string | null;
}

/** The longest duration that can be told of a recording, in seconds: a day. */
export const durationLimit = 86_400;

/** What is given, with its name as it is kept. Throws `BAD_USER_INPUT` for what no upload can be, whatever this server allows. */
export function takeUpload(given: NewUpload): NewUpload {
  const name = requireFileName('name', given.name);
  if (!Number.isSafeInteger(given.size) || given.size < 1)
    throw badInput('size', { zh: '应为不小于 1 的整数', en: 'Give a whole number of bytes, at least 1' });
  const { duration, kind } = given;
  if (duration !== null && kind !== 'AUDIO' && kind !== 'VIDEO')
    throw badInput('duration', { zh: '只有音频和视频才有时长', en: 'Only AUDIO and VIDEO have a duration' });
  if (duration !== null && !(duration >= 0 && duration <= durationLimit))
    throw badInput('duration', { zh: `应为 0 到 ${durationLimit} 之间的秒数`, en: `Give seconds, from 0 to ${durationLimit}` });
  if (given.coverUuid !== null && kind !== 'VIDEO') throw badInput('coverId', { zh: '只有视频才有封面', en: 'Only VIDEO has a cover' });
  return { ...given, name };
}

/** Throws `FILE_TOO_LARGE` for more bytes than a file of its kind may have. */
export function requireSize({ kind, size }: NewUpload, { bytes }: FileLimits): void {
  if (size > bytes[kind]) throw new AppError('FILE_TOO_LARGE', { field: 'size', limit: bytes[kind] });
}

/** What somebody has already. */
export interface Kept {
  readonly bytes: number;
  /** How many uploads are not READY yet. */
  readonly open: number;
  /** Bytes of what is GONE, and may still be stored. */
  readonly going: number;
}

/** Throws `QUOTA_EXCEEDED` where there is no room for so many bytes more, or somebody has too many uploads under way. */
export function requireRoom(kept: Kept, size: number, role: Role, limits: FileLimits): void {
  if (kept.open >= limits.openUploads)
    throw new AppError(
      'QUOTA_EXCEEDED',
      {},
      { zh: '正在上传的文件太多，请先完成或取消一些', en: 'Too many uploads are under way: finish or cancel some of them first' },
    );
  const room = role === 'VISITOR' ? limits.bytesOfVisitor : limits.bytesOfUser;
  // As much again may be on its way out: else whoever takes back faster than is removed would fill the store.
  if (kept.bytes + size > room || kept.bytes + kept.going + size > 2 * room) throw new AppError('QUOTA_EXCEEDED');
}

/** Whether an upload was announced with these words. `coverId`: of the cover that they name, null where it is not there. */
export function isSameUpload(row: FileRow, wanted: NewUpload, coverId: number | null): boolean {
  // A cover that was removed since cannot be found by its name any more.
  const isSameCover = wanted.coverUuid === null ? row.coverId === null : row.coverId !== null && (coverId === null || coverId === row.coverId);
  return row.kind === wanted.kind && row.name === wanted.name && row.size === wanted.size && row.saidDuration === wanted.duration && isSameCover;
}
