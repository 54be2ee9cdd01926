import { join } from 'node:path';
import { generate } from '@graphql-codegen/cli';
import { expect, test } from 'vitest';
import config from '../../client/examples/codegen.ts';
import { readText, root } from '../house/sources.ts';
import { emptyFolder } from '../support/operator.ts';

test('the settings of codegen.ts make typed nodes and typed strings of documents of one’s own', { timeout: 60_000 }, async () => {
  const folder = emptyFolder();
  const documents = join(root, 'test/documents/clients.graphql');
  const generates = Object.fromEntries(Object.entries(config.generates).map(([path, output]) => [join(folder, path, '/'), { ...output, documents }]));
  const files = await generate({ ...config, schema: join(root, 'schema.graphql'), generates, silent: true }, false);
  const textOf = (path: string) => String(files.find(({ filename }: { filename: string }) => filename.endsWith(path))?.content);
  expect(textOf('src/generated/graphql.ts')).toContain('export const ChatStartDocument = {"kind":"Document"');
  expect(textOf('src/texts/graphql.ts')).toContain('export const ChatStartDocument = new TypedDocumentString(`');
  expect(textOf('src/texts/graphql.ts')).not.toMatch(/: any\b/);
  expect(readText('client/examples/codegen.ts')).toContain('fragmentMasking: false');
});
