import { readFileSync } from 'node:fs';
import {
  buildSchema,
  GraphQLEnumType,
  GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  Kind,
  parse,
  typeFromAST,
  validate,
} from 'graphql';
import { expect, test } from 'vitest';
import { startApp } from '../../test/support/app.ts';
import { rootFieldRows } from '../../test/support/caller-table.ts';
import { present } from '../../test/support/client.ts';
import { registerVisitor } from '../../test/support/people.ts';
import * as exported from '../src/documents.ts';

const schema: GraphQLSchema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const documents = Object.entries(exported).map(([name, text]) => ({ name, text: String(text), document: parse(String(text)) }));

const operations = documents.map(({ name, text, document }) => {
  const [operation] = document.definitions.filter((it) => it.kind === Kind.OPERATION_DEFINITION);
  return { name, text, operation: present(operation) };
});

test('everything that a person may ask for has a document', () => {
  const asked = operations.flatMap(({ operation: { operation, selectionSet } }) =>
    selectionSet.selections.map(
      (field) => `${{ query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[operation]}.${field.kind === Kind.FIELD ? field.name.value : ''}`,
    ),
  );
  const possible = rootFieldRows.flatMap(({ who, fields }) => (who.user === 'ok' ? fields : []));
  expect(possible.filter((field) => !asked.includes(field))).toEqual([]);
});

test('every document fits the schema', () => {
  for (const { name, document } of documents) expect([name, validate(schema, document)]).toEqual([name, []]);
});

test('no document costs more than a visitor may spend, with pages of 30', async () => {
  const app = await startApp();
  const visitor = await registerVisitor(app);
  for (const { name, text, operation } of operations.filter(({ operation }) => operation.operation !== 'subscription')) {
    const variables = Object.fromEntries(
      (operation.variableDefinitions ?? []).map(({ variable, type }) => {
        const input = typeFromAST(schema, type);
        return [
          variable.name.value,
          variable.name.value === 'first' || variable.name.value === 'last' ? 30 : exampleOf(present(isInputType(input) ? input : null)),
        ];
      }),
    );
    if ('last' in variables) delete variables.first;
    const response = await fetch(app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${visitor.token}` },
      body: JSON.stringify({ query: text, variables }),
    });
    const { errors = [] } = await response.json();
    expect([name, errors.filter((error: { extensions: { code: string } }) => error.extensions.code === 'BAD_QUERY')]).toEqual([name, []]);
  }
});

/** Something that has the type. */
function exampleOf(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) {
    const inner = type.ofType;
    if (isListType(inner)) return [];
    if (inner instanceof GraphQLEnumType) return inner.getValues()[0]?.name;
    if (inner instanceof GraphQLInputObjectType)
      return Object.fromEntries(
        Object.values(inner.getFields())
          .filter(isRequiredInputField)
          .map((field) => [field.name, exampleOf(field.type)]),
      );
    return { Int: 5, Float: 5, Boolean: true, UUID: crypto.randomUUID() }[inner.name] ?? 'nothing';
  }
  return undefined;
}
