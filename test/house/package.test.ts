import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { startApp } from '../support/app.ts';
import { emptyFolder } from '../support/operator.ts';
import { registerUser } from '../support/people.ts';
import { filesIn, readText, root } from './sources.ts';

const run = promisify(execFile);
const modules = join(root, 'node_modules');

/** An empty project that has installed what `npm pack` gives, and nothing else than its dependencies. */
let project = '';

beforeAll(async () => {
  project = emptyFolder();
  // Without the pack script nothing would be in it: .npmrc says that none runs.
  await run('npm', ['pack', '--ignore-scripts=false', '--pack-destination', project], { cwd: join(root, 'client') });
  const archive = readdirSync(project).find((name) => name.endsWith('.tgz'));
  const dependencies = Object.fromEntries(['graphql', 'graphql-ws'].map((name) => [name, `file:${join(modules, name)}`]));
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'app', private: true, type: 'module', dependencies: { 'parley-client': `file:${archive}`, ...dependencies } }),
  );
  await run('npm', ['install', '--offline', '--install-links', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: project });
}, 120_000);

/** What a reader of docs/clients.md installs besides, and what is there unless somebody omits it, from this project. */
function addPeers(): void {
  for (const name of ['@apollo/client', '@types/node', '@types/react', '@types/ws', '@urql/core', 'altcha-lib', 'react', 'rxjs', 'tus-js-client', 'ws']) {
    const path = join(project, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) symlinkSync(join(modules, name), path);
  }
}

test('what is packed is JavaScript and declarations, and installing it brings graphql-ws and what that needs', () => {
  expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['graphql', 'graphql-ws', 'parley-client']);
  const packed = readdirSync(join(project, 'node_modules/parley-client'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(packed.filter(({ name }) => !/(\.js|\.d\.ts)$/.test(name)).map(({ name }) => name)).toEqual(['package.json']);
});

test.each(['bundler', 'nodenext'])(
  'the examples type-check against it under strict, with moduleResolution %s',
  { timeout: 60_000 },
  async (moduleResolution) => {
    addPeers();
    const folder = join(project, moduleResolution);
    const examples = filesIn('client/examples', '.ts', '.tsx').filter((file) => !file.endsWith('codegen.ts'));
    for (const file of examples) cpSync(join(root, file), join(folder, file.slice('client/examples/'.length)));
    const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext';
    const compilerOptions = { module, moduleResolution, target: 'es2022', strict: true, noEmit: true, jsx: 'react-jsx', allowImportingTsExtensions: true };
    const lib = ['es2022', 'dom', 'dom.iterable', 'esnext.disposable'];
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...compilerOptions, lib, types: ['node'] } }));
    const { stdout } = await run(process.execPath, [join(modules, 'typescript/bin/tsc'), '-p', folder]).catch((error) => error);
    // What is wrong in the declarations of others is theirs.
    const ours = String(stdout)
      .split('\n')
      .filter((line) => line !== '' && (line.includes('parley-client') || !line.includes('node_modules')));
    expect(ours).toEqual([]);
  },
);

/** Another Node than the one that runs this, from version 20 on, where the machine has one. */
const nodes = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
const node = nodes.map((folder) => join(folder, 'node')).find((path) => existsSync(path)) ?? process.execPath;

test('it runs in the Node of the machine, from version 20 on, with the sockets of ws', { timeout: 60_000 }, async () => {
  addPeers();
  const app = await startApp();
  const { username, password } = await registerUser(app, { nickname: 'Ann' });
  const program = `
    import { createParley, memoryTokens } from 'parley-client';
    import { WebSocket } from 'ws';
    const parley = createParley({ url: process.argv[2], tokens: memoryTokens(), webSocket: WebSocket });
    const user = await parley.signIn({ username: process.argv[3], password: process.argv[4] });
    await new Promise((resolve) => {
      const look = () => parley.connection.get().status === 'live' && resolve();
      parley.connection.subscribe(look);
      look();
    });
    console.log(user.nickname);
    await parley.close();
  `;
  writeFileSync(join(project, 'program.mjs'), program);
  const { stdout, stderr } = await run(node, ['program.mjs', new URL('/graphql', app.url).href, username, password], { cwd: project });
  expect([stdout, stderr]).toEqual(['Ann\n', '']);
});

/** The size of what Vite makes of a program, in bytes with gzip: what is loaded at once, and what is loaded when it is first used. */
async function sizesOf(name: string, program: string, external: string[] = []): Promise<{ atOnce: number; later: number }> {
  const folder = join(project, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'main.js'), program);
  const { build } = await import('vite');
  const result = await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2022',
      // As a library: without what Vite itself adds to a page that loads something later. Whitespace and notes for bundlers it leaves in there by default.
      lib: { entry: join(folder, 'main.js'), formats: ['es'] },
      rolldownOptions: { external, output: { minify: true, comments: false } },
    },
  });
  const outputs = [result].flat().flatMap((one) => ('output' in one ? one.output : []));
  const chunks = outputs.flatMap((output) => (output.type === 'chunk' ? [output] : []));
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const first = new Set<string>();
  const take = (fileName: string) => {
    if (first.has(fileName)) return;
    first.add(fileName);
    for (const next of byName.get(fileName)?.imports ?? []) if (byName.has(next)) take(next);
  };
  for (const chunk of chunks) if (chunk.isEntry) take(chunk.fileName);
  const size = (isFirst: boolean) =>
    chunks.filter(({ fileName }) => first.has(fileName) === isFirst).reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
  return { atOnce: size(true), later: size(false) };
}

test('the client with graphql-ws is at most 20 kB with gzip, and the hooks are 2 kB more, in a build of Vite', { timeout: 60_000 }, async () => {
  addPeers();
  const core = await sizesOf('core', `import { createParley } from 'parley-client'; globalThis.parley = createParley({ url: '/graphql' });`);
  const hooks = await sizesOf('hooks', `export * from 'parley-client/react';`, ['react']);
  const transport = await sizesOf(
    'transport',
    `import { createTransport } from 'parley-client/urql'; globalThis.transport = createTransport({ url: '/graphql' });`,
  );
  const told = { core, hooks, transport };
  expect(core.atOnce, JSON.stringify(told)).toBeGreaterThan(5_000);
  expect(core.atOnce, JSON.stringify(told)).toBeLessThanOrEqual(20_000);
  expect(hooks.atOnce, JSON.stringify(told)).toBeGreaterThan(300);
  expect(hooks.atOnce, JSON.stringify(told)).toBeLessThanOrEqual(2_000);
  if (process.env.PARLEY_SIZES) console.log(told);
});

test('it names each of its doors, and says what it needs besides', () => {
  const { exports, peerDependenciesMeta, peerDependencies } = JSON.parse(readFileSync(join(project, 'node_modules/parley-client/package.json'), 'utf8'));
  for (const door of Object.values<Record<string, string>>(exports)) {
    expect(existsSync(join(project, 'node_modules/parley-client', door.types ?? '')), door.types).toBe(true);
    expect(existsSync(join(project, 'node_modules/parley-client', door.default ?? '')), door.default).toBe(true);
  }
  expect(Object.keys(peerDependenciesMeta)).toEqual(Object.keys(peerDependencies));
  expect(readText('client/package.json')).toContain('"prepack"');
});
