import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, 'node_modules/.cache');
const dayMs = 86_400_000;

/** Stay packages: what is a binary or is loaded where it is needed, and what has to be there once because `src` looks for its insides. */
const apart = [/^better-sqlite3$/, /^@node-rs\/argon2$/, /^sharp$/, /^@aws-sdk\//, /^@tus\/s3-store$/, /^graphql(\/|$)/];

let built: Promise<string> | null = null;

/**
 * The path of `src/main.ts` with everything that it imports in a few files: to find and link two thousand of them is most of what a start costs. Made of
 * the sources as they are, once for as long as they stay so. Each module believes to be where its source is. What is about the start itself starts
 * `src/main.ts` or `src/start.cjs`.
 */
export function builtMain(): Promise<string> {
  built ??= findOrBuild();
  return built;
}

async function findOrBuild(): Promise<string> {
  const folder = join(cache, `parley-main-${hashOfSources()}`);
  const main = join(folder, 'main.mjs');
  if (existsSync(main)) return main;
  // Not there where nothing has been run before.
  await mkdir(cache, { recursive: true });
  const made = await mkdtemp(join(cache, 'parley-main-'));
  await build(made);
  // Whoever comes second has built the same.
  await rename(made, folder).catch(() => rm(made, { recursive: true, force: true }));
  await forgetOld();
  return main;
}

function hashOfSources(): string {
  const hash = createHash('sha256').update(process.version);
  const files = [...globSync('src/**/*.ts', { cwd: root }).sort(), 'package-lock.json', 'test/support/built-main.ts'];
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

async function build(dir: string): Promise<void> {
  const bundle = await rolldown({
    input: join(root, 'src/main.ts'),
    cwd: root,
    platform: 'node',
    external: apart,
    resolve: { conditionNames: ['node', 'import', 'module-sync', 'default'], mainFields: ['main'] },
    treeshake: false,
    plugins: [
      {
        name: 'places',
        transform: (code, id) =>
          code.includes('import.meta')
            ? code
                .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
                .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
                .replaceAll('import.meta.filename', JSON.stringify(id))
            : null,
      },
    ],
  });
  await bundle.write({ dir, format: 'esm', entryFileNames: 'main.mjs', chunkFileNames: '[name].mjs' });
  await bundle.close();
}

async function forgetOld(): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    if (!name.startsWith('parley-main-')) continue;
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > dayMs) await rm(path, { recursive: true, force: true });
  }
}
