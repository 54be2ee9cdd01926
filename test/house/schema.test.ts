import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { generate } from '@graphql-codegen/cli';
import { buildSchema, type GraphQLSchema, getNamedType, isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import codegen from '../../codegen.ts';
import { otherwiseOf } from '../../src/graphql/stored-enums.ts';
import { schema as served } from '../../src/schema.ts';
import { rootFieldRows } from '../support/caller-table.ts';
import { filesIn, readText, root } from './sources.ts';

const committed = buildSchema(readText('schema.graphql'));

test('schema.graphql is what the server prints: npm run schema', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['src/main.ts', 'schema'], { cwd: root });
  expect(readText('schema.graphql')).toBe(stdout);
});

test('what codegen makes of schema.graphql and the documents of the tests and the client is committed: npm run codegen', async () => {
  const made: { readonly filename: string; readonly content: string }[] = await generate({ ...codegen, cwd: root, silent: true, errorsOnly: true }, false);
  const files = Object.fromEntries(made.map(({ filename, content }) => [filename, content]));
  const found = Object.fromEntries([...filesIn('client/src/generated', '.ts'), ...filesIn('test/generated', '.ts')].map((file) => [file, readText(file)]));
  expect(Object.keys(found)).toEqual(Object.keys(files).sort());
  expect(Object.keys(found).filter((file) => found[file] !== files[file])).toEqual([]);
});

/** Everything that clients can name, with what the schema says of it. */
function* described(schema: GraphQLSchema): Generator<[name: string, description: string | null | undefined]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || ['Int', 'Float', 'String', 'Boolean', 'ID'].includes(type.name)) continue;
    yield [type.name, type.description];
    if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description];
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field.description];
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) {
        yield [`${type.name}.${field.name}`, field.description];
        for (const argument of field.args) yield [`${type.name}.${field.name}(${argument.name})`, argument.description];
      }
  }
}

test('every enum that is shown says what it shows in the place of a value that a newer version has stored', () => {
  const enums = Object.values(served.getTypeMap()).filter((type) => isEnumType(type) && !isIntrospectionType(type));
  const shown = new Set(
    Object.values(served.getTypeMap()).flatMap((type) =>
      isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()).map((field) => getNamedType(field.type).name) : [],
    ),
  );
  const silent = enums.filter((type) => isEnumType(type) && shown.has(type.name) && type.getValue(String(otherwiseOf(type))) === undefined);
  // Codes of errors are made here and stored nowhere.
  expect(silent.map(({ name }) => name)).toEqual(['ErrorCode']);
  const role = served.getType('Role');
  expect(isEnumType(role) && ['ADMIN', 'NEWER', 'toString'].map((value) => role.coerceOutputValue(value))).toEqual(['ADMIN', 'USER', 'USER']);
});

test('every type, field, argument, enum value and input field is described', () => {
  const silent = [...described(committed)].filter(([, description]) => !description?.trim()).map(([name]) => name);
  expect(silent).toEqual([]);
});

test('every root field has exactly one scope, and it is the one that was decided', () => {
  const found = [served.getQueryType(), served.getMutationType(), served.getSubscriptionType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => [`${type?.name}.${field.name}`, scopeOf(field.extensions)] as const),
  );
  const decided = rootFieldRows.flatMap(({ scope, fields }) => fields.map((name) => [name, scope] as const));
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(decided));
});

function scopeOf(extensions: Readonly<Record<string, unknown>>): string {
  const options = extensions.pothosOptions;
  const set = typeof options === 'object' && options !== null && 'authScopes' in options ? options.authScopes : null;
  if (typeof set !== 'object' || set === null) return 'none';
  return Object.entries(set)
    .map(([name, value]) => (value === true ? name : `${name}=${value}`))
    .join(' ');
}
