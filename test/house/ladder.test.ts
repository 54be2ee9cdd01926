import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { brokenImports, importsOf } from './ladder.ts';
import { filesIn, readText, withoutComments } from './sources.ts';

const files = filesIn('src', '.ts').filter((file) => !file.startsWith('src/platform/migrations/'));

test('every file imports only from lower steps, and in its own step from its own folder or an earlier feature', () => {
  expect(files.flatMap((file) => brokenImports(file.slice('src/'.length), readText(file)))).toEqual([]);
});

test('no file imports, over others, what imports it: types count too', () => {
  const imports = new Map(
    files.map((file) => [
      file,
      importsOf(readText(file))
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => posix.join(posix.dirname(file), specifier)),
    ]),
  );
  const through: string[] = [];
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string) => {
    if (through.includes(file)) circles.push([...through.slice(through.indexOf(file)), file].join(' → '));
    if (done.has(file) || through.includes(file)) return;
    through.push(file);
    for (const next of imports.get(file) ?? []) visit(next);
    through.pop();
    done.add(file);
  };
  for (const file of files) visit(file);
  expect(circles).toEqual([]);
});

test('the ladder sees every way to import', () => {
  const code = `import a from './a.ts';\nimport type { B } from "./b.ts";\nimport './c.ts';\nexport { d } from './d.ts';\nconst e = await import('./e.ts');
    declare module './f.ts' {}\nimport {\n  g,\n} from './g.ts';\n// import h from './h.ts';\nconst url = 'http://x'; import i from './i.ts';`;
  expect(importsOf(code)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'i'].map((name) => `./${name}.ts`));
});

test.each([
  ['kernel/ids.ts', '../config.ts', 'kernel/ids.ts → config.ts: a file imports only from a lower step (0 kernel → 1 config)'],
  [
    'features/users/user.service.ts',
    '../messages/message.service.ts',
    'features/users/user.service.ts → features/messages/message.service.ts: in the same step only from a feature listed earlier ("messages" comes after "users")',
  ],
  [
    'features/users/user.service.ts',
    './user.schema.ts',
    'features/users/user.service.ts → features/users/user.schema.ts: a file imports only from a lower step (5 service → 8 schema of a feature)',
  ],
  [
    'features/users/user.resolver.ts',
    './x.ts',
    'features/users/user.resolver.ts: stands on no step of the ladder; the roles in a feature are entity, policy, service and schema',
  ],
  ['features/polls/poll.entity.ts', './x.ts', 'features/polls/poll.entity.ts: the feature "polls" is not in the order of the features'],
  ['app.ts', '../test/support/app.ts', 'app.ts → ../test/support/app.ts: leaves src/'],
  ['entities.ts', './services.ts', null],
  ['features/messages/message.service.ts', '../users/user.service.ts', null],
])('the ladder judges %s importing %s', (file, specifier, expected) => {
  expect(brokenImports(file, `import type { X } from '${specifier}';`)).toEqual(expected === null ? [] : [expected]);
});

test('only main.ts touches the process and the console, and the program that looks at files its own', () => {
  const programs = ['src/main.ts', 'src/platform/file-look.process.ts'];
  const guilty = files.filter(
    (file) => !programs.includes(file) && /\b(process|console)\s*[.[?]|['"](node:)?process['"]/.test(withoutStrings(withoutComments(readText(file)))),
  );
  expect(guilty).toEqual([]);
});

test('what lives for an operation, a snapshot or a connection is the key of no WeakMap', () => {
  // Documents, shapes of selections, connections to the database, windows of limits: they stay. Sets have no values.
  const lasting = [
    'src/platform/mysql-pool.ts',
    'src/platform/rate-portions.redis.ts',
    'src/server/engine.ts',
    'src/server/engine/cost.ts',
    'src/server/engine/gathered.ts',
    'src/server/engine/observing.ts',
    'src/server/fanout/moment.ts',
    'src/server/fanout/sharing.ts',
  ];
  expect(files.filter((file) => /new WeakMap\b/.test(withoutStrings(withoutComments(readText(file))))).toSorted()).toEqual(lasting);
});

test('no file has more than 400 lines', () => {
  const all = [...files, ...filesIn('test', '.ts').filter((file) => !file.startsWith('test/generated/'))];
  const long = all.map((file) => [file, readText(file).split('\n').length - 1] as const).filter(([, lines]) => lines > 400);
  expect(long).toEqual([]);
});

test('no folder or file is called by a word that means nothing', () => {
  expect(files.filter((file) => /(^|[/.])(utils?|helpers?|types|misc|common|index)[/.]/.test(file))).toEqual([]);
});

test('no export is a default, and no file only passes on what others export', () => {
  expect(files.filter((file) => /^export (default|\* from)/m.test(readText(file)))).toEqual([]);
});

test('every exported name has a sentence on what it promises', () => {
  const silent = files.flatMap((file) =>
    readText(file)
      .split('\n')
      .flatMap((line, index, lines) => {
        const name = /^export (?:async )?(?:const|let|function\*?|class|interface|type) (\w+)/.exec(line)?.[1];
        const above = lines.slice(0, index).findLast((other) => !/^\s*(\/\/|$)/.test(other)) ?? '';
        // The overloads of a function share the sentence of the first.
        return name === undefined || above.trim().endsWith('*/') || above.includes(`function ${name}`) ? [] : [`${file}: ${name}`];
      }),
  );
  expect(silent).toEqual([]);
});

test('no `any`, no compiler that is told to look away', () => {
  const all = [...files, ...filesIn('test', '.ts').filter((file) => !file.startsWith('test/generated/')), 'codegen.ts', 'vitest.config.ts'];
  const guilty = all.flatMap((file) => {
    const text = readText(file);
    const told = /@ts-(ignore|nocheck|expect-error)/.test(withoutStrings(text)) ? [`${file}: @ts-`] : [];
    return /(:|\bas|<|\||&|,|=>|=)\s*any\b(?!\s*[:=(])/.test(withoutStrings(withoutComments(text))) ? [...told, `${file}: any`] : told;
  });
  expect(guilty).toEqual([]);
});

/** What stands in plain strings, template literals and regular expressions is no code. */
function withoutStrings(code: string): string {
  return code.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g, "''");
}
