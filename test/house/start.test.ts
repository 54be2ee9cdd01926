import { spawn } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { closeLater } from '../support/lifetime.ts';
import { emptyFolder } from '../support/operator.ts';
import { freePort } from '../support/private-services.ts';
import { readText, root } from './sources.ts';

/** Runs a program to its end; gives its exit code and all that it said. */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  closeLater(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += String(data);
    });
  return await new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}

test('an older Node is told in a sentence which one is needed, and the right one nothing', () => {
  const started = (version: string) => {
    const said: string[] = [];
    let code: number | null = null;
    const process = {
      version: `v${version}`,
      versions: { node: version },
      execPath: 'node',
      exit: (given: number) => {
        code = given;
      },
    };
    runInNewContext(readText('src/needs-node.cjs'), { process, console: { error: (line: string) => said.push(line) } });
    return { code, said: said.join('\n') };
  };
  for (const version of ['14.21.3', '20.20.2', '22.12.0']) {
    const { code, said } = started(version);
    expect(code).toBe(1);
    expect(said).toContain(`Parley needs Node 24 or newer, and this is Node v${version}`);
  }
  for (const version of ['24.0.0', '26.1.0']) expect(started(version)).toEqual({ code: null, said: '' });
});

test('what npm start and npm test run first is plain JavaScript that asks for the Node before anything else', () => {
  const { scripts, engines } = JSON.parse(readText('package.json'));
  expect(engines.node).toBe('>=24');
  expect(readText('src/needs-node.cjs')).toContain('const wanted = 24;');
  expect(scripts.start).toBe('exec node --v8-pool-size=1 --max-semi-space-size=16 --heap-growing-percent=100 src/start.cjs');
  expect(scripts.test).toMatch(/^node src\/needs-node\.cjs && /);
  expect(readText('src/start.cjs').indexOf("require('./needs-node.cjs')")).toBeLessThan(readText('src/start.cjs').indexOf('import('));
});

test('each command that starts a server gives Node the same flags', () => {
  const flags: string = JSON.parse(readText('package.json')).scripts.start.match(/node (.*) src/)[1];
  for (const file of ['Dockerfile', 'deploy/parley.service', 'deploy/tracing.mjs', 'docs/operations.md']) {
    const commands =
      readText(file)
        .replaceAll('", "', ' ')
        .match(/node"?( --\S+| \.\/\S+)+ src\/start\.cjs/g) ?? [];
    expect(commands, file).not.toHaveLength(0);
    for (const command of commands) expect(command, file).toContain(` ${flags} `);
  }
});

test('what was compiled is kept for the next start, where it may be written, and named by whoever wants it elsewhere', async () => {
  const compiled = join(emptyFolder(), 'compiled');
  const start = () => run(process.execPath, ['src/start.cjs', 'schema'], root, { NODE_COMPILE_CACHE: compiled });
  const { code, said } = await start();
  expect(code).toBe(0);
  const kept = readdirSync(compiled, { recursive: true });
  expect(kept.length).toBeGreaterThan(100);
  expect(await start()).toEqual({ code, said });
  expect(readdirSync(compiled, { recursive: true })).toEqual(kept);
  expect(await run(process.execPath, ['src/start.cjs', 'schema'], root, { NODE_COMPILE_CACHE: join(root, 'package.json/compiled') })).toEqual({ code, said });
});

test('where packages are missing the start says what installs them, without frames', async () => {
  const folder = emptyFolder();
  cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  const { code, said } = await run(process.execPath, ['src/start.cjs'], folder);
  expect(code).toBe(1);
  expect(said).toMatch(/^A package is not installed here.*\n.*npm ci --omit=dev\n$/);
});

test('where Vite is missing the build says so by its code, and a build whose sources are the same is none', { timeout: 120_000 }, async () => {
  const folder = emptyFolder();
  cpSync(join(root, 'web/build.ts'), join(folder, 'web/build.ts'));
  const { code, said } = await run(process.execPath, ['web/build.ts', '--if-changed'], folder);
  expect([code, said]).toEqual([3, expect.stringContaining("Cannot find package 'vite'")]);
  expect(await run(process.execPath, ['web/build.ts', '--if-changed'], root)).toMatchObject({ code: 0 });
  expect(await run(process.execPath, ['web/build.ts', '--if-changed'], root)).toEqual({ code: 0, said: 'current\n' });
});

test('npm start tells where the page is and serves it, prints nothing that looks like a warning, and hands SIGTERM on to the server, which ends', {
  timeout: 120_000,
}, async () => {
  const port = await freePort();
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, HOME, NODE_COMPILE_CACHE, PORT: `${port}`, DATA_DIR: emptyFolder(), DRAIN_SECONDS: '0' };
  // A process group of its own, so that nothing is left behind whatever happens.
  const npm = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  closeLater(() => {
    try {
      process.kill(-(npm.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended, as it ought to.
    }
  });
  let out = '';
  let err = '';
  npm.stdout.on('data', (data) => {
    out += String(data);
  });
  npm.stderr.on('data', (data) => {
    err += String(data);
  });
  const answers = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok ?? false;
  while (!(await answers())) {
    if (npm.exitCode !== null) throw new Error(`npm has ended:\n${out}${err}`);
    await sleep(50);
  }
  expect(out).toContain(`Open http://127.0.0.1:${port} in a browser to chat.`);
  // It is built meanwhile, where it is not there or its sources are others.
  await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/`)).status, { timeout: 60_000 }).toBe(200);
  npm.kill('SIGTERM');
  await expect.poll(answers, { timeout: 20_000 }).toBe(false);
  await expect.poll(() => out, { timeout: 20_000 }).toContain('"msg":"stopped"');
  expect(err).toBe('');
  expect(out).not.toMatch(/warn/i);
});
