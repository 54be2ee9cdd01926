import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { firstSteps } from '../../src/server/http/first-steps.ts';
import { startApp } from '../support/app.ts';
import { installCommand } from '../support/private-services.ts';
import { runLines } from '../support/shell.ts';
import { blocks } from './documents.ts';
import { filesIn, readText, root } from './sources.ts';

const readme = readText('README.md');
const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesIn('docs', '.md'), ...filesIn('examples', '.md')];

/** The lines that the server prints for pasting. */
function linesToPaste(url: string): string {
  const text = firstSteps(url, { graphiql: true, pages: true });
  return text.slice(text.indexOf('\napi=')).trim();
}

test('README.md has the lines that the server prints', () => {
  expect(blocks(readme, 'sh')).toContain(linesToPaste('http://127.0.0.1:4000'));
});

test('the lines to paste make two people and send a first message, in a plain shell', async () => {
  const app = await startApp();
  const answers = (await runLines(linesToPaste(app.app.url))).trim().split('\n');
  expect(answers[1]).toBe('{"data":{"sendMessage":{"seq":1,"content":{"text":"Hello, Ann!"}}}}');
  expect(answers[2]).toContain('"unreadCount":1,"lastMessage":{"content":{"text":"Hello, Ann!"}}');
});

test('README.md tells how to install what the other half of the tests needs', () => {
  expect(blocks(readme, 'sh')).toContain(installCommand);
});

test('every piece of code for clients stands in a file that the tests run', () => {
  const files = [...filesIn('client/examples', '.ts', '.tsx'), ...filesIn('test/clients', '.ts')].map(readText);
  const shown = [readme, ...['clients', 'files', 'identity'].map((name) => readText(`docs/${name}.md`))].flatMap((page) => [
    ...blocks(page, 'ts'),
    ...blocks(page, 'tsx'),
  ]);
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.filter((block) => !files.some((file) => file.includes(block)))).toEqual([]);
  expect(blocks(readText('docs/clients.md'), 'graphql')).toEqual([readText('test/documents/clients.graphql').trimEnd()]);
  const [documents, ...examples] = blocks(readText('docs/files.md'), 'graphql');
  expect(documents).toBe(readText('test/documents/client-files.graphql').trimEnd());
  const schema = buildSchema(readText('schema.graphql'));
  expect(examples.flatMap((example) => validate(schema, parse(example))).map(({ message }) => message)).toEqual([]);
});

test('README.md and docs/clients.md say alike where the package comes from', () => {
  const [line = ''] = /^Until it is in a registry: .*$/m.exec(readText('docs/clients.md')) ?? [];
  expect(readme.includes(line)).toBe(true);
});

test('README.md shows four ways in, whole files of at most twelve lines', () => {
  const part = readme.slice(readme.indexOf('## Four ways in'), readme.indexOf('## Your users'));
  const ways = [...blocks(part, 'ts'), ...blocks(part, 'tsx')];
  const whole = filesIn('client/examples', '.ts', '.tsx').map((file) => readText(file).trimEnd());
  expect(ways.map((way) => way.split('\n').filter((line) => line !== '').length).filter((lines) => lines > 12)).toEqual([]);
  expect([ways.length, ways.filter((way) => !whole.includes(way))]).toEqual([4, []]);
});

test('README.md makes a proof as the back end of examples/ does', () => {
  expect(blocks(readme, 'js').map((block) => readText('examples/backend/server.mjs').includes(block))).toEqual([true]);
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
      [...readText(page).matchAll(/`((?:src|test|bench|deploy|examples|client)\/[\w./-]+)`/g)].flatMap(([, path = '']) =>
        existsSync(join(root, path)) ? [] : [`${page}: ${path}`],
      ),
    );
  expect(gone).toEqual([]);
});
