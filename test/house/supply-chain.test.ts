import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { emptyFolder } from '../support/operator.ts';
import { isAllowed, productionPackages } from './licences.ts';
import { missingPlatforms, readLockfile } from './lockfile.ts';
import { filesIn, readText, root } from './sources.ts';

const run = promisify(execFile);
const manifest: { readonly scripts: Record<string, string>; readonly allowScripts: Record<string, boolean> } = JSON.parse(readText('package.json'));
/** What comes from elsewhere: not this project and its workspaces. */
const entries = Object.entries(readLockfile().packages).filter(([place, { link }]) => place.includes('node_modules/') && !link);

describe('what is installed', () => {
  it('runs no script of a package: the few that have one are named, and none is allowed', () => {
    const withScript = entries.filter(([, { hasInstallScript }]) => hasInstallScript).map(([place]) => place.replace(/^.*node_modules\//, ''));
    expect(withScript.filter((name) => manifest.allowScripts[name] !== false)).toEqual([]);
    expect(Object.values(manifest.allowScripts)).not.toContain(true);
    // An older npm does not know the list.
    expect(readText('.npmrc')).toMatch(/^ignore-scripts=true$/m);
    // Nor one of ours, which npm runs as well.
    const atInstall = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];
    expect(Object.keys(manifest.scripts).filter((name) => atInstall.includes(name))).toEqual([]);
  });

  it('is what was locked, byte for byte, but for binaries of platforms that were not at hand when it was locked', () => {
    const isBinary = ([place, entry]: (typeof entries)[number]) => {
      const others = Object.fromEntries(entries.filter(([other]) => other !== place));
      return place in missingPlatforms({ packages: others }) && entry.optional === true;
    };
    const open = entries.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''));
    expect(open.filter((entry) => !isBinary(entry)).map(([place]) => place)).toEqual([]);
    // What the server runs with is locked on every platform.
    expect(open.filter(([, { dev }]) => !dev).map(([place]) => place)).toEqual([]);
  });

  it('is under licences that allow the whole to be passed on: npm run licences', () => {
    const packages = productionPackages();
    expect(packages.filter(({ licence, name }) => !isAllowed(licence, name))).toEqual([]);
    expect(packages.length).toBeGreaterThan(50);
    // The server's, and the page's.
    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['graphql', 'preact', '@preact/signals-core']));
    expect(packages.map(({ name }) => name)).not.toContain('vite');
    expect(['(MIT OR GPL-3.0-only)', 'MIT AND ISC'].map((licence) => isAllowed(licence))).toEqual([true, true]);
    expect(['GPL-3.0-only', 'MIT AND GPL-3.0-only', 'none', 'SEE LICENSE IN x'].map((licence) => isAllowed(licence))).toEqual([false, false, false, false]);
    const library = '@img/sharp-libvips-linux-x64';
    expect([isAllowed('LGPL-3.0-or-later', library), isAllowed('Apache-2.0 AND LGPL-3.0-or-later', '@img/sharp-win32-x64')]).toEqual([true, true]);
    expect([isAllowed('GPL-3.0-only', library), isAllowed('LGPL-3.0-or-later', 'x')]).toEqual([false, false]);
  });

  it('is listed by npm run sbom', async () => {
    const { stdout } = await run('npm', ['run', '--silent', 'sbom'], { cwd: root, maxBuffer: 64 * 1024 * 1024 });
    const bill = z.object({ bomFormat: z.literal('CycloneDX'), components: z.array(z.object({ purl: z.string() })) }).parse(JSON.parse(stdout));
    const listed = new Set(bill.components.map(({ purl }) => decodeURIComponent(purl.replace(/\?.*$/, ''))));
    // Asked for those of production alone, npm leaves out whatever development needs as well.
    const missing = productionPackages().filter(({ name, version }) => !listed.has(`pkg:npm/${name}@${version}`));
    expect(missing).toEqual([]);
  });
});

const workflow = z.object({
  permissions: z.object({ contents: z.literal('read') }).strict(),
  jobs: z.record(
    z.string(),
    z
      .object({
        'runs-on': z.string(),
        container: z.string(),
        'timeout-minutes': z.number(),
        defaults: z.object({ run: z.object({ shell: z.literal('bash') }) }),
        steps: z.array(z.object({ name: z.string(), env: z.record(z.string(), z.string()).optional(), run: z.string() }).strict()).min(1),
      })
      .strict(),
  ),
});

describe('what GitHub runs', () => {
  const files = filesIn('.github', '.yml', '.yaml');
  const jobs = files.flatMap((file) => Object.values(workflow.parse(parse(readText(file))).jobs));

  it('is lines for a shell and no action of anybody, with a token that can read', () => {
    expect(files).toEqual(['.github/workflows/ci.yml']);
    expect(files.filter((file) => /\buses:/.test(readText(file)))).toEqual([]);
    expect(jobs.map(({ steps }) => steps.at(-1)?.run.trim())).toEqual(['.ci/run']);
    expect(jobs.map(({ container }) => container)).toEqual([/^FROM (node:[\d.]+-\w+)-slim AS/m.exec(readText('Dockerfile'))?.[1]]);
    // What somebody else says in a pull request, such as the name of a branch, must not become a part of a line.
    expect(jobs.flatMap(({ steps }) => steps).filter(({ run: lines }) => lines.includes('${{'))).toEqual([]);
  });

  it('fetches the very commit', async () => {
    const home = emptyFolder();
    const git = (cwd: string, ...args: string[]) =>
      run('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], { cwd, env: { PATH: process.env.PATH, HOME: home } });
    const origin = join(home, 'owner', 'name');
    mkdirSync(join(origin, '.ci'), { recursive: true });
    await git(origin, 'init', '--quiet');
    writeFileSync(join(origin, '.ci', 'run'), 'the one that is wanted', { mode: 0o755 });
    await git(origin, 'add', '.');
    await git(origin, 'commit', '--quiet', '-m', 'x');
    const { stdout } = await git(origin, 'rev-parse', 'HEAD');
    const cwd = emptyFolder();
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      TOKEN: 'x',
      GITHUB_SERVER_URL: `file://${home}`,
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_SHA: stdout.trim(),
    };
    await run('bash', ['-e', '-o', 'pipefail', '-c', jobs[0]?.steps[0]?.run ?? ''], { cwd, env });
    expect(readFileSync(join(cwd, '.ci', 'run'), 'utf8')).toBe('the one that is wanted');
    expect((await git(cwd, 'rev-parse', 'HEAD')).stdout).toBe(stdout);
  });
});
