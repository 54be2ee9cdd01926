import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFileLooker, type FileFacts, type FileLookerOptions, type LookKind, type LookRefusal } from '../../src/platform/file-look.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { root } from '../house/sources.ts';
import { closeLater } from './lifetime.ts';
import { emptyFolder } from './operator.ts';

/** What a look came to. */
export interface Looked {
  readonly facts: FileFacts | null;
  readonly refusal: LookRefusal | null;
  /** What is delivered, and in small; null: there is none. */
  readonly made: Buffer | null;
  readonly thumbnail: Buffer | null;
}

/** A looker that a test has started. */
export interface TestLooker {
  /** Writes the bytes into a file of this name and has it looked at. */
  look(kind: LookKind, bytes: Uint8Array | string, name?: string): Promise<Looked>;
  readonly looker: Awaited<ReturnType<typeof createFileLooker>>;
  /** Whatever was logged. */
  readonly said: () => string;
}

/** Starts one; stopped at the end of the test. */
export async function startLooker(options: Partial<FileLookerOptions> = {}): Promise<TestLooker> {
  let said = '';
  const logger = createLogger('info', {
    write(line: string) {
      said += line;
    },
  });
  const looker = await createFileLooker({ logger, ...options });
  closeLater(() => looker.stop());
  return {
    looker,
    said: () => said,
    async look(kind, bytes, name = 'upload') {
      const place = emptyFolder();
      const [path, folder] = [join(place, name), join(place, 'made')];
      writeFileSync(path, bytes);
      mkdirSync(folder);
      const seen = await looker.look({ path, kind, folder });
      if ('refusal' in seen) return { facts: null, refusal: seen.refusal, made: null, thumbnail: null };
      const read = (part: string | null) => (part === null ? null : readFileSync(join(folder, part)));
      return { facts: seen, refusal: null, made: read(seen.made), thumbnail: read(seen.thumbnail) };
    },
  };
}

/** The bytes of a file in test/fixtures. */
export function fixture(name: string): Buffer {
  return readFileSync(join(root, 'test/fixtures', name));
}
