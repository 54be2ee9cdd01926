import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entities } from '../../src/entities.ts';
import { schemaMigrations } from '../../src/platform/schema-migration.ts';
import { missingPlatforms, readLockfile, withLibc } from './lockfile.ts';
import { filesIn, readText, root, withoutComments } from './sources.ts';

const manifest: { scripts: Record<string, string>; dependencies: Record<string, string>; devDependencies: Record<string, string> } = JSON.parse(
  readText('package.json'),
);

test('the committed migrations make the tables of the entities, in both dialects: npm run migration', async () => {
  // An address where nobody listens: the comparison needs no server.
  const found = await schemaMigrations(entities, false, 'mysql://nobody@127.0.0.1:1/none');
  expect(found).toEqual([
    { dialect: 'mysql', missing: false },
    { dialect: 'sqlite', missing: false },
  ]);
});

test('README.md has the two commands, and every npm script that it names exists', () => {
  const readme = readText('README.md');
  expect(readme).toContain('npm ci && npm start');
  expect(readme).toContain('npm ci && npm test');
  const named = [...readme.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map((match) => match[1] ?? match[2] ?? '');
  expect(named.filter((script) => !(script in manifest.scripts))).toEqual([]);
});

test('the server needs only what npm ci --omit=dev installs', () => {
  const needed = filesIn('src', '.ts', '.cjs').flatMap((file) =>
    [...withoutComments(readText(file)).matchAll(/\b(?:from\s+|import\s*\(?|require\()(['"])([\w@./:-]+)\1/g)].map((match) => match[2] ?? ''),
  );
  const packages = needed.filter((name) => !/^(\.|node:)/.test(name)).map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
  expect([...new Set(packages)].filter((name) => !(name in manifest.dependencies))).toEqual([]);
  expect(packages.length).toBeGreaterThan(20);
});

test('every dependency is pinned to one version', () => {
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('the lockfile names no registry, has the binaries of every platform (npm run lock), and one copy of graphql', () => {
  const lock = readLockfile();
  const entries = Object.entries(lock.packages);
  expect(entries.filter(([, { resolved, link }]) => resolved !== undefined && !link).map(([name]) => name)).toEqual([]);
  expect(Object.keys(missingPlatforms(lock))).toEqual([]);
  expect(lock.packages).toEqual(withLibc(lock));
  expect(entries.filter(([name]) => /(^|\/)node_modules\/graphql$/.test(name)).map(([name]) => name)).toEqual(['node_modules/graphql']);
});

test('src/platform/logger.ts alone makes loggers, and never without an output: the one of pino throws, or waits, where nobody reads', () => {
  const making = filesIn('src', '.ts').flatMap((file) => [...readText(file).matchAll(/\bpino(?:\.destination)?\(.*/g)].map(([call]) => `${file}: ${call}`));
  expect(making).toEqual(['src/platform/logger.ts: pino(options, destination);']);
});

test('no file names a folder of somebody’s machine', () => {
  const folders = ['src', 'test', 'docs', 'bench', 'examples', '.ci'].filter((folder) => readdirSync(root).includes(folder));
  const files = [
    ...readdirSync(root, { withFileTypes: true })
      // A worktree has a file of this name, which is git's own.
      .filter((entry) => entry.isFile() && entry.name !== '.git')
      .map(({ name }) => name),
    ...folders.flatMap((folder) => filesIn(folder, '')).filter((path) => !path.includes('node_modules')),
  ];
  // Put together here, or this file would name them itself.
  const machine = new RegExp(['work', 'home', 'root', 'Users', 'mnt'].map((name) => `(^|[\\s"'\`(=:])/${name}/`).join('|'), 'm');
  expect(files.filter((file) => !/\.(sqlite|png)/.test(file) && machine.test(readText(file)))).toEqual([]);
});

test('how long something takes is measured by a clock that is never set: Date.now() only where a time is compared with one that is stored or signed', () => {
  const usesOf = (path: string) => withoutComments(readText(path)).match(/\bDate\.now\(\)/g)?.length ?? 0;
  const found = Object.fromEntries(filesIn('src', '.ts').flatMap((path) => (usesOf(path) > 0 ? [[path, usesOf(path)]] : [])));
  expect(found).toEqual({
    // The pause after a closing that was blocked; it looks out for a clock that was set back, and a test moves this clock.
    'src/features/events/epoch-closing.service.ts': 2,
    // The ends of tokens.
    // The day, after which whoever counts with others takes the next key.
    'src/platform/rate-limit.ts': 1,
    'src/features/auth/session.service.ts': 3,
    // The ends of addresses of files, which are signed; and the age of what was written aside, which its file tells.
    'src/features/files/file-links.service.ts': 2,
    'src/platform/folder.ts': 1,
    // The end of a challenge, which is signed.
    'src/platform/proof-of-work.ts': 1,
    'src/server/socket/session-watch.ts': 2,
  });
});
