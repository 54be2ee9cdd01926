// Builds the pages into web/dist: `npm run build`. With --if-changed, as the server runs it at its start, only where their sources are not those of
// what is there, by a hash of them: a clone keeps no times. Says `current` or `built`; ends with 3 where Vite is not installed.
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const web = import.meta.dirname;
const root = join(web, '..');
const dist = join(web, 'dist');
/** Says of which sources `dist` was made. */
const mark = join(dist, '.sources');

function hashOfSources(): string {
  const files = globSync(['web/*.{ts,html,json}', 'web/src/**/*', 'client/src/**/*', 'client/package.json', 'package-lock.json'], {
    cwd: root,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${file.slice(root.length).replaceAll(sep, '/')} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

function markOfBuilt(): string | null {
  try {
    return readFileSync(mark, 'utf8');
  } catch {
    return null;
  }
}

/** Builds beside, and puts it in the place of what was there in one move: several servers may start on the same folder. */
async function build(hash: string): Promise<void> {
  const { build: buildWith } = await import('vite');
  const beside = join(web, `.dist-${process.pid}`);
  const clear = () => rmSync(beside, { recursive: true, force: true });
  process.on('SIGTERM', () => {
    clear();
    process.exit(143);
  });
  try {
    mkdirSync(beside);
    await buildWith({ root: web, configFile: join(web, 'vite.config.ts'), configLoader: 'native', logLevel: 'error', build: { outDir: beside } });
    writeFileSync(join(beside, '.sources'), hash);
    // Another one was faster, with the same: a server may be reading it.
    if (markOfBuilt() === hash) return;
    rmSync(dist, { recursive: true, force: true });
    renameSync(beside, dist);
  } catch (error) {
    if (markOfBuilt() !== hash) throw error;
  } finally {
    clear();
  }
}

const hash = hashOfSources();
if (process.argv.includes('--if-changed') && markOfBuilt() === hash) process.stdout.write('current\n');
else {
  try {
    await build(hash);
    process.stdout.write('built\n');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    process.stderr.write(`${stripVTControlCharacters(error instanceof Error ? error.message : String(error))}\n`);
    process.exitCode = isMissing ? 3 : 1;
  }
}
