import { execFile } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Env } from './app.ts';
import { emptyFolder } from './operator.ts';

// Of curl what the pages use of it. An empty header is left out.
const curl = `#!${process.execPath}
const words = process.argv.slice(2);
const after = (...names) => words.flatMap((word, index) => (names.includes(words[index - 1]) ? [word] : []));
const [data] = after('-d', '--data-binary');
const headers = after('-H').flatMap((word) => (word.endsWith(':') ? [] : [word.split(/:\\s*(.*)/s, 2)]));
const url = words.find((word, index) => !word.startsWith('-') && !['-H', '-d', '--data-binary'].includes(words[index - 1]));
const body = data === '@-' ? require('node:fs').readFileSync(0, 'utf8') : data;
fetch(url, { method: body === undefined ? 'GET' : 'POST', headers, body }).then((response) => response.text()).then((text) => process.stdout.write(text));
`;

/** Runs lines that a page shows for pasting, in a plain shell with the variables given; gives what they have printed. It fails where one of them fails. */
export async function runLines(lines: string, env: Env = {}, cwd: string = emptyFolder()): Promise<string> {
  const folder = emptyFolder();
  // Last on the path: only a machine without curl uses it.
  writeFileSync(join(folder, 'curl'), curl);
  chmodSync(join(folder, 'curl'), 0o755);
  const path = [join(process.execPath, '..'), process.env.PATH, folder].join(delimiter);
  const { stdout } = await promisify(execFile)('sh', ['-ec', lines], { cwd, env: { HOME: process.env.HOME, ...env, PATH: path } });
  return stdout;
}
