import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileFacts, FileLooker, LookJob, LookRefusal } from '../../src/platform/file-look.ts';

/** What a look finds. */
export type Found = FileFacts | { readonly refusal: LookRefusal };

/** A looker that says what a test wants. */
export interface FakeLooker extends FileLooker {
  /** What has been looked at so far. */
  readonly jobs: readonly LookJob[];
}

/** What is found of a file without anything special: it is delivered as it is. */
export async function plainFacts({ path }: LookJob, more: Partial<FileFacts> = {}): Promise<FileFacts> {
  return {
    mime: 'application/octet-stream',
    bytes: (await stat(path)).size,
    width: null,
    height: null,
    isAnimated: false,
    duration: null,
    peaks: null,
    placeholder: null,
    made: null,
    thumbnail: null,
    ...more,
  };
}

/** What is found of a picture: something was made of it (a copy), and a smaller one (likewise). */
export async function pictureFacts(job: LookJob): Promise<FileFacts> {
  for (const name of ['made', 'thumbnail']) await copyFile(job.path, join(job.folder, name));
  return await plainFacts(job, { mime: 'image/png', width: 3, height: 2, placeholder: 'AQID', made: 'made', thumbnail: 'thumbnail' });
}

/** Makes one; without `look` it finds pictures where pictures are said to be, and plain files elsewhere. */
export function createFakeLooker(
  look: (job: LookJob) => Promise<Found> = (job) => (job.kind === 'IMAGE' || job.kind === 'AVATAR' ? pictureFacts(job) : plainFacts(job)),
): FakeLooker {
  const jobs: LookJob[] = [];
  return {
    jobs,
    async look(job) {
      jobs.push(job);
      return await look(job);
    },
    tools: { ffmpeg: false, ffprobe: false },
    waiting: () => 0,
    stop: async () => {},
  };
}
