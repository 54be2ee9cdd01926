import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** A change of one source file: what stands there, and what a variant has in its place. */
export interface Change {
  readonly file: string;
  readonly was: string;
  readonly is: string;
}

/** The parts of a node that the rules are about, loaded from one folder of sources. */
export type Build = Awaited<ReturnType<typeof load>>;

async function load(source: string) {
  const from = (path: string) => pathToFileURL(join(source, path)).href;
  const modules = {
    database: (await import(from('platform/database.ts'))) as typeof import('../../src/platform/database.ts'),
    bus: (await import(from('platform/bus.memory.ts'))) as typeof import('../../src/platform/bus.memory.ts'),
    entities: (await import(from('entities.ts'))) as typeof import('../../src/entities.ts'),
    log: (await import(from('features/log/log.service.ts'))) as typeof import('../../src/features/log/log.service.ts'),
    clock: (await import(from('features/log/clock.service.ts'))) as typeof import('../../src/features/log/clock.service.ts'),
    hub: (await import(from('features/events/hub.service.ts'))) as typeof import('../../src/features/events/hub.service.ts'),
    stream: (await import(from('features/events/stream.service.ts'))) as typeof import('../../src/features/events/stream.service.ts'),
    conversations: (await import(
      from('features/conversations/conversation.service.ts')
    )) as typeof import('../../src/features/conversations/conversation.service.ts'),
    cursor: (await import(from('kernel/cursor.ts'))) as typeof import('../../src/kernel/cursor.ts'),
    gate: (await import(from('kernel/gate.ts'))) as typeof import('../../src/kernel/gate.ts'),
  };
  return modules;
}

/** The sources as they are. */
export const intact = (): Promise<Build> => load(join(root, 'src'));

let count = 0;

/**
 * The sources with one rule broken: a copy inside the project, where packages are found, with the replacement made. Fails where the text
 * to be replaced is not there exactly once: then the rule has moved, and the variant must follow it.
 */
export async function broken(changes: readonly Change[]): Promise<{ readonly build: Build; readonly remove: () => void }> {
  count += 1;
  const folder = join(root, '.variants', `${process.pid}-${count}`);
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true });
  for (const { file, was, is } of changes) {
    const target = join(folder, 'src', file);
    const parts = readFileSync(target, 'utf8').split(was);
    if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${was}`);
    writeFileSync(target, parts.join(is));
  }
  return { build: await load(join(folder, 'src')), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
