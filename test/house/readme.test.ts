import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { firstSteps } from '../../src/server/http/first-steps.ts';
import { startApp } from '../support/app.ts';
import { closeLater } from '../support/lifetime.ts';
import { installCommand } from '../support/private-services.ts';
import { filesIn, readText, root } from './sources.ts';

const readme = readText('README.md');
const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesIn('docs', '.md')];

/** The code blocks of a page in one language, without their fences. */
function blocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`$`, 'gm'))].map((match) => match[1] ?? '');
}

/** The lines that the server prints for pasting. */
function linesToPaste(url: string): string {
  const text = firstSteps(url, true);
  return text.slice(text.indexOf('\napi=')).trim();
}

test('README.md has the lines that the server prints', () => {
  expect(blocks(readme, 'sh')).toContain(linesToPaste('http://127.0.0.1:4000'));
});

test('the lines to paste make two people and send a first message, in a plain shell', async () => {
  const app = await startApp();
  const folder = mkdtempSync(join(tmpdir(), 'parley-curl-'));
  closeLater(() => rmSync(folder, { recursive: true }));
  // Last on the path: only a machine without curl uses it.
  writeFileSync(
    join(folder, 'curl'),
    `#!${process.execPath}
const [, , , url, ...rest] = process.argv;
const headers = rest.flatMap((word, index) => (rest[index - 1] === '-H' && !word.endsWith(':') ? [word.split(/:\\s*/, 2)] : []));
const body = require('node:fs').readFileSync(0, 'utf8');
fetch(url, { method: 'POST', headers, body }).then((response) => response.text()).then((text) => process.stdout.write(text));
`,
  );
  chmodSync(join(folder, 'curl'), 0o755);
  const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}${folder}` };
  const { stdout } = await promisify(execFile)('sh', ['-c', linesToPaste(app.app.url)], { env });
  const answers = stdout.trim().split('\n');
  expect(answers[1]).toBe('{"data":{"sendMessage":{"seq":1,"content":{"text":"Hello, Ann!"}}}}');
  expect(answers[2]).toContain('"unreadCount":1,"lastMessage":{"content":{"text":"Hello, Ann!"}}');
});

test('README.md tells how to install what the other half of the tests needs', () => {
  expect(blocks(readme, 'sh')).toContain(installCommand);
});

test('every piece of code for clients stands in a file that the tests run', () => {
  const files = filesIn('test/clients', '.ts').map(readText);
  const shown = [readme, readText('docs/clients.md')].flatMap((page) => blocks(page, 'ts'));
  expect(shown.length).toBeGreaterThan(8);
  expect(shown.filter((block) => !files.some((file) => file.includes(block)))).toEqual([]);
  expect(blocks(readText('docs/clients.md'), 'graphql')).toEqual([readText('test/documents/clients.graphql').trimEnd()]);
});

test('README.md shows typePolicies, possibleTypes and onData', () => {
  const shown = blocks(readme, 'ts').join('\n');
  for (const name of ['typePolicies', 'possibleTypes', 'onData']) expect(shown).toContain(`export ${name === 'onData' ? 'function' : 'const'} ${name}`);
});

test('every link between the pages leads to a file', () => {
  const broken = pages.flatMap((page) =>
    [...readText(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('every path of the tree that a page names is there', () => {
  const gone = pages
    // What once was is what the changelog and old decisions speak of.
    .filter((page) => page !== 'CHANGELOG.md')
    .flatMap((page) =>
      [...readText(page).matchAll(/`((?:src|test|bench|deploy)\/[\w./-]+)`/g)].flatMap(([, path = '']) =>
        existsSync(join(root, path)) ? [] : [`${page}: ${path}`],
      ),
    );
  expect(gone).toEqual([]);
});
