import { buildSchema, graphql } from 'graphql';
import { expect, it } from 'vitest';
import { asksOnlyForId } from '../../src/graphql/selection.ts';

const schema = buildSchema('type Query { room: Room } type Room { id: ID name: String room: Room }');

async function isOnlyForId(source: string): Promise<boolean | undefined> {
  let only: boolean | undefined;
  await graphql({
    schema,
    source,
    rootValue: {
      room: (_args: unknown, _context: unknown, info: Parameters<typeof asksOnlyForId>[0]) => {
        only = asksOnlyForId(info);
        return null;
      },
    },
  });
  return only;
}

it.each([
  ['{ room { id } }', true],
  ['{ room { __typename id key: id } }', true],
  ['{ room { id } room { __typename } }', true],
  ['{ room { id name } }', false],
  ['{ room { id: name } }', false],
  ['{ room { id } room { room { id } } }', false],
  ['{ room { ... on Room { name } } }', false],
  ['{ room { id ...More } } fragment More on Room { name }', false],
])('%s asks for nothing but the id: %s', async (source, only) => {
  expect(await isOnlyForId(source)).toBe(only);
});
