import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import SchemaBuilder from '@pothos/core';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const sources = pathToFileURL(join(root, 'src/')).href;

/** A change of one source file: what stands there, and what a variant has in its place. */
export interface Change {
  readonly file: string;
  readonly was: string;
  readonly is: string;
}

/** The parts of a node that the rules are about. */
export type Build = Awaited<ReturnType<typeof load>>;

async function load(suffix: string) {
  const from = (path: string) => `${sources}${path}${suffix}`;
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
    members: (await import(from('features/groups/membership.service.ts'))) as typeof import('../../src/features/groups/membership.service.ts'),
    cursor: (await import(from('kernel/cursor.ts'))) as typeof import('../../src/kernel/cursor.ts'),
    gate: (await import(from('kernel/gate.ts'))) as typeof import('../../src/kernel/gate.ts'),
  };
  return modules;
}

/** A whole server. */
export type ServerBuild = typeof import('../../src/app.ts');

const loadServer = async (suffix: string): Promise<ServerBuild> => await import(`${sources}app.ts${suffix}`);

/** The sources as they are. */
export const intact = (): Promise<Build> => load('');

/** Likewise, as a whole server. */
export const intactServer = (): Promise<ServerBuild> => loadServer('');

/**
 * The sources with one rule broken, in memory: modules of their own, with the replacements made. Fails where the text to be replaced is not
 * there exactly once: then the rule has moved, and the variant must follow it.
 */
export const broken = (changes: readonly Change[]) => load(variantOf(changes));

/** Likewise, as a whole server. */
export const brokenServer = (changes: readonly Change[]) => loadServer(variantOf(changes));

const variants: (readonly Change[])[] = [];

function variantOf(changes: readonly Change[]): string {
  if (variants.length === 0) hook();
  variants.push(changes);
  return `?variant=${variants.length - 1}`;
}

/** Whatever a module of a variant imports of the sources belongs to the variant too. */
function hook(): void {
  // Each variant brings its own plugin for the builder, under the same name.
  SchemaBuilder.allowPluginReRegistration = true;
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const variant = /\?variant=\d+$/.exec(context.parentURL ?? '')?.[0];
      const own = variant !== undefined && resolved.url.startsWith(sources) && !resolved.url.includes('?');
      return own ? { ...resolved, url: `${resolved.url}${variant}` } : resolved;
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const [, file, variant] = /^(.*)\?variant=(\d+)$/.exec(url) ?? [];
      if (file === undefined) return loaded;
      const changes = (variants[Number(variant)] ?? []).filter((change) => `${sources}${change.file}` === file);
      return { ...loaded, source: changes.reduce(replaced, String(loaded.source)) };
    },
  });
}

function replaced(source: string, { file, was, is }: Change): string {
  const parts = source.split(was);
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${was}`);
  return parts.join(is);
}
