import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { filesIn, readText, withoutComments } from './sources.ts';

const manual = readText('docs/clients.md');

/** What a file exports by name, that of files from which it exports all included; generated ones have a rule of their own. */
function namesIn(path: string): string[] {
  const code = withoutComments(readText(path));
  const lists = [...code.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = '']) => list.split(','));
  const listed = lists
    .map((name) =>
      (
        name
          .trim()
          .replace(/^type /, '')
          .split(' as ')
          .at(-1) ?? ''
      ).trim(),
    )
    .filter((name) => name !== '');
  const declared = [...code.matchAll(/export (?:async )?(?:function|const|class|interface|type) (\w+)/g)].map(([, name = '']) => name);
  const others = [...code.matchAll(/export (?:type )?\* from '\.\/([\w./-]+)'/g)].map(([, file = '']) => `client/src/${file}`);
  return [...listed, ...declared, ...others.filter((file) => !file.includes('generated')).flatMap(namesIn)];
}

const doors = Object.values<{ 'parley-source': string }>(JSON.parse(readText('client/package.json')).exports).map((door) =>
  `client/${door['parley-source']}`.replace('/./', '/'),
);

test.each(doors)('docs/clients.md names everything that %s exports', (door) => {
  const names = namesIn(door);
  if (!door.endsWith('documents.ts')) expect(names.length).toBeGreaterThan(3);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(manual))).toEqual([]);
});

test('every document is named after its root field, or named in docs/clients.md', () => {
  const operations = filesIn('client/documents', '.graphql').flatMap((file) =>
    parse(readText(file)).definitions.flatMap((definition) => (definition.kind === 'OperationDefinition' ? [definition] : [])),
  );
  expect(operations.length).toBeGreaterThan(20);
  const unnamed = operations.flatMap(({ name, selectionSet: { selections } }) => {
    const document = name?.value ?? '';
    const [first] = selections;
    const field = selections.length === 1 && first?.kind === 'Field' ? first.name.value : '';
    const isOfItsField = field.charAt(0).toUpperCase() + field.slice(1) === document;
    return isOfItsField || manual.includes(`\`${document}Document\``) ? [] : [document];
  });
  expect(unnamed).toEqual([]);
});

test('every example is shown in docs/clients.md or docs/identity.md', () => {
  const pages = manual + readText('docs/identity.md');
  expect(filesIn('client/examples', '.ts', '.tsx').filter((file) => !pages.includes(readText(file).trimEnd()))).toEqual([]);
});
