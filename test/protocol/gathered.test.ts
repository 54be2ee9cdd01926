import {
  buildSchema,
  type DocumentNode,
  type ExecutionResult,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  validateExecutionArgs,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createTurns } from '../../src/kernel/turns.ts';
import { createLightRunner, publicRunner, type Runner } from '../../src/server/engine/execution.ts';
import { present } from '../support/client.ts';

const light = present(await createLightRunner(), 'the insides of graphql-js that are known');

const Animal = new GraphQLInterfaceType({ name: 'Animal', fields: { name: { type: GraphQLString } } });
const animal = (name: string, own: string) =>
  new GraphQLObjectType({
    name,
    interfaces: [Animal],
    fields: {
      name: { type: GraphQLString, args: { loud: { type: GraphQLInt } }, resolve: (_animal, { loud }) => `${name} ${loud ?? ''}`.trim() },
      [own]: { type: GraphQLInt, resolve: async () => 4 },
    },
    isTypeOf: (value) => value === name,
  });
const types = [animal('Cat', 'lives'), animal('Dog', 'legs')];
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { animals: { type: new GraphQLList(Animal), resolve: () => ['Cat', 'Dog', 'Cat'] } } }),
  types,
});

const limits = { values: 1000, introspectionValues: 0, bytes: 100_000, turns: createTurns(10) };

async function run(
  runner: Runner,
  document: DocumentNode,
  variableValues: Readonly<Record<string, unknown>> = {},
  operationName?: string,
): Promise<ExecutionResult> {
  const args = validateExecutionArgs({ schema, document, variableValues, operationName });
  if (!('operation' in args)) throw new TypeError('not fit');
  return await runner.run(args, limits).result;
}

describe('a document that is run again and again', () => {
  const texts = [
    'query ($legs: Boolean = false, $loud: Int) { animals { name(loud: $loud) ... on Dog @include(if: $legs) { legs } ...Lives } } fragment Lives on Cat { lives @skip(if: $legs) }',
    'query ($loud: Int) { animals { name(loud: $loud) ... on Dog @include(if: true) { legs } ...Lives ...Lives } } fragment Lives on Cat { lives name(loud: $loud) }',
    '{ animals { __typename ... on Animal { name } ... on Cat { again: name lives } } }',
    'query A { animals { name } } query B { animals { ... on Cat { lives } } }',
  ];

  it.each(texts)('answers as graphql-js does each time, whatever its variables are: %s', async (text) => {
    const document = parse(text);
    const operationName = text.includes('query B') ? 'B' : undefined;
    for (const variables of [{ legs: true }, { legs: false, loud: 1 }, { legs: true, loud: 2 }, {}, { loud: 3 }]) {
      const [ours, theirs] = [await run(light, document, variables, operationName), await run(publicRunner, parse(text), variables, operationName)];
      expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
      expect(ours.errors).toBeUndefined();
    }
  });

  it('shows of each operation in it what that asks for', async () => {
    const document = parse('query A { animals { name } } query B { animals { ... on Cat { lives } } }');
    for (const name of ['A', 'B', 'A']) expect(JSON.stringify(await run(light, document, {}, name))).toContain(name === 'A' ? '"name"' : '"lives"');
  });

  it('may be run with another schema', async () => {
    const document = parse('{ animals { name } }');
    await run(light, document);
    const args = validateExecutionArgs({
      schema: buildSchema('type Query { animals: [Thing] } type Thing { name: String }'),
      document,
      rootValue: { animals: [{ name: 'a thing' }] },
    });
    if (!('operation' in args)) throw new TypeError('not fit');
    expect(JSON.stringify(await light.run(args, limits).result)).toBe('{"data":{"animals":[{"name":"a thing"}]}}');
  });
});
