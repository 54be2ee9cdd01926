import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entities } from '../../src/entities.ts';
import { schemaMigrations } from '../../src/platform/schema-migration.ts';
import { missingPlatforms, readLockfile } from './lockfile.ts';
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

test('every dependency is pinned to one version', () => {
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('the lockfile names no registry, has the binaries of every platform (npm run lock), and one copy of graphql', () => {
  const lock = readLockfile();
  const entries = Object.entries(lock.packages);
  expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([name]) => name)).toEqual([]);
  expect(Object.keys(missingPlatforms(lock))).toEqual([]);
  expect(entries.filter(([name]) => /(^|\/)node_modules\/graphql$/.test(name)).map(([name]) => name)).toEqual(['node_modules/graphql']);
});

test('only src/main.ts and the two files that it does so with end the process or write to its outputs, which may be gone', () => {
  const allowed = ['src/main.ts', 'src/platform/last-resort.ts', 'src/platform/output.ts'];
  const touching = filesIn('src', '.ts').filter((file) =>
    /\bprocess\.(exit|kill|abort|stdout|stderr)\b|\bconsole\.|\bpino\.destination\b|\bpino\((?![^)]*destination)/.test(readText(file)),
  );
  expect(touching.filter((file) => !allowed.includes(file))).toEqual([]);
});

test('no file names a folder of somebody’s machine', () => {
  const folders = ['src', 'test', 'docs', 'bench', '.ci'].filter((folder) => readdirSync(root).includes(folder));
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
    'src/features/events/hub.service.ts': 2,
    // The ends of tokens.
    'src/features/auth/session.service.ts': 3,
    'src/server/session-watch.ts': 2,
  });
});
