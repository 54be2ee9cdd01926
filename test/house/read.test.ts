import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { errorCodes } from '../../src/kernel/errors.ts';
import { filesIn, readText, withoutComments } from './sources.ts';

const codeWithout = (...files: readonly string[]) =>
  filesIn('src', '.ts')
    .filter((file) => !file.startsWith('src/platform/migrations/') && !files.includes(file))
    .map((file) => withoutComments(readText(file)))
    .join('\n');

/** The paths of all values of a tree. */
function leavesOf(tree: object, path: readonly string[] = []): string[] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) => {
    const here = [...path, name];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? leavesOf(value, here) : [here.join('.')];
  });
}

test('whatever is configured is read by something', () => {
  // What is only told to clients would bound nothing.
  const code = codeWithout('src/config.ts', 'src/variables.ts', 'src/limits.ts');
  const everything = readConfig({ ADMIN_USERNAME: 'somebody', ADMIN_PASSWORD: 'something', METRICS_PORT: '1', RATE_LIMITS: 'off' });
  const leaves = leavesOf(everything).filter((path) => !path.startsWith('defaultChatset.'));
  expect(leaves.length).toBeGreaterThan(60);
  // Asked of an object, or taken out of one.
  const unread = leaves.filter((path) => !new RegExp(`(?:\\.|[{,]\\s*)${path.split('.').at(-1)}\\b`).test(code));
  expect(unread).toEqual([]);
});

test('each code of the catalogue is given as a reason by something', () => {
  const code = codeWithout('src/kernel/errors.ts');
  expect(errorCodes.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
});
