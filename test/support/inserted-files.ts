import { randomUUID } from 'node:crypto';
import type { FileRow } from '../../src/features/files/file.entity.ts';
import type { Database } from '../../src/platform/database.ts';
import { idsOf } from './groups.ts';
import { globalId, keyIn } from './hidden-things.ts';
import type { Person } from './people.ts';

/** What is known of a file. */
export type FileInput = Partial<Omit<FileRow, 'id'>>;

/** A file of each kind, as it is when all of it was looked at. */
export const kindsOfFiles = {
  image: {
    kind: 'IMAGE',
    name: 'Sunset.jpg',
    mime: 'image/jpeg',
    bytes: 123_456,
    width: 640,
    height: 480,
    hasThumbnail: 1,
    placeholder: 'YTkGJwaRhWUIt4lbgnhZl3ath2BUBGYA',
  },
  voice: {
    kind: 'AUDIO',
    name: 'voice.webm',
    mime: 'audio/webm',
    bytes: 4096,
    duration: 6.6,
    peaks: JSON.stringify(Array.from({ length: 64 }, (_, at) => at)),
  },
  video: { kind: 'VIDEO', name: 'film.mp4', mime: 'video/mp4', bytes: 9_000_000, width: 1920, height: 1080, duration: 61, hasThumbnail: 1 },
  other: { kind: 'FILE', name: 'Report 报告.pdf', mime: 'application/pdf', bytes: 77 },
} as const satisfies Readonly<Record<string, FileInput>>;

/** Puts files of somebody into the table, READY where nothing else is said, and gives the ids of their uploads. Nothing of them is in a store. */
export async function insertFiles(database: Database, owner: Person, files: readonly FileInput[]): Promise<string[]> {
  const [ownerId = 0] = await idsOf(database, [owner.user]);
  const now = Date.now();
  const rows = files.map((file) => {
    const clientId = randomUUID();
    return {
      uuid: randomUUID(),
      ownerId,
      clientId,
      clientKey: clientId,
      kind: 'FILE' as const,
      name: 'a file',
      size: file.bytes ?? 1000,
      state: 'READY' as const,
      stateAt: now,
      reason: null,
      createdAt: now,
      expiresAt: now + 86_400_000,
      isKept: 0 as const,
      lookedUntil: null,
      looks: 0,
      saidDuration: null,
      coverId: null,
      mime: 'application/octet-stream',
      bytes: 1000,
      isMade: 0 as const,
      hasThumbnail: 0 as const,
      width: null,
      height: null,
      isAnimated: 0 as const,
      duration: null,
      peaks: null,
      placeholder: null,
      publicKey: null,
      ...file,
    };
  });
  await database.transaction(async (tx) => {
    for (const row of rows)
      await tx.db
        .insertInto('File')
        .values({ ...row })
        .execute();
  });
  return rows.map(({ uuid }) => globalId('Upload', uuid));
}

/** What has become of a file, and how many things show it, by the id of its upload. */
export async function fileState(database: Database, uploadId: string): Promise<{ readonly state: string; readonly uses: number }> {
  const uuid = keyIn(uploadId);
  return await database.read(async (tx) => {
    const { id, state } = await tx.db.selectFrom('File').select(['id', 'state']).where('uuid', '=', uuid).executeTakeFirstOrThrow();
    const uses = await tx.db.selectFrom('FileUse').select('seq').where('fileId', '=', id).execute();
    return { state, uses: uses.length };
  });
}
