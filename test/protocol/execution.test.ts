import { pathToFileURL } from 'node:url';
import { GraphQLError, GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, parse, validateExecutionArgs, validateSubscriptionArgs } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createLightRunner, publicRunner } from '../../src/server/execution.ts';
import { present } from '../support/client.ts';

const light = present(await createLightRunner(), 'the insides of graphql-js that are known');

/** A schema whose fields wait until they are told what to give. */
function scene() {
  const seen: string[] = [];
  const gate = Promise.withResolvers<number>();
  const number = (name: string, resolve: () => unknown) => ({
    type: GraphQLInt,
    resolve: () => {
      seen.push(name);
      return resolve();
    },
  });
  const Thing = new GraphQLObjectType({
    name: 'Thing',
    fields: {
      one: number('one', () => 1),
      sure: {
        type: new GraphQLNonNull(GraphQLInt),
        resolve: () => {
          throw new GraphQLError('not sure', { extensions: { code: 'SURE' } });
        },
      },
    },
  });
  const thing = { type: Thing, resolve: () => ({}) };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        thing,
        one: number('one', () => 1),
        late: { type: Thing, resolve: () => gate.promise.then(() => ({})) },
        bad: number('bad', () => Promise.reject(new Error('bad'))),
      },
    }),
    mutation: new GraphQLObjectType({
      name: 'Mutation',
      fields: { first: number('first', () => gate.promise), second: number('second', () => 2) },
    }),
    subscription: new GraphQLObjectType({ name: 'Subscription', fields: { thing, bad: number('bad', () => Promise.reject(new Error('bad'))) } }),
  });
  const argsOf = (text: string) => {
    const args = validateExecutionArgs({ schema, document: parse(text) });
    if (!('operation' in args)) throw new TypeError(`not fit: ${text}`);
    return args;
  };
  const eventOf = (text: string) => {
    const args = validateSubscriptionArgs({ schema, document: parse(text) });
    if (!('operation' in args)) throw new TypeError(`not fit: ${text}`);
    return args;
  };
  return { seen, gate, argsOf, eventOf };
}

describe.each([
  { name: 'in the light way', runner: light },
  { name: 'in the public way', runner: publicRunner },
])('an operation that is run $name', ({ runner }) => {
  it('gives data and errors with their paths', async () => {
    const { argsOf } = scene();
    const { data, errors } = await runner.run(argsOf('{ thing { one sure } one bad }')).result;
    expect(JSON.parse(JSON.stringify(data))).toEqual({ thing: null, one: 1, bad: null });
    expect(errors?.map(({ message, path }) => [message, path])).toEqual([
      ['not sure', ['thing', 'sure']],
      ['bad', ['bad']],
    ]);
  });

  it('runs the fields of a mutation one after the other', async () => {
    const { argsOf, seen, gate } = scene();
    const { result } = runner.run(argsOf('mutation { first second }'));
    expect(seen).toEqual(['first']);
    gate.resolve(1);
    expect(JSON.parse(JSON.stringify(await result))).toEqual({ data: { first: 1, second: 2 } });
  });

  it('resolves nothing more once it is stopped, and fails', async () => {
    const { argsOf, seen, gate } = scene();
    const { result, stop } = runner.run(argsOf('{ late { one } }'));
    stop();
    await expect(Promise.resolve(result)).rejects.toThrow();
    gate.resolve(1);
    await gate.promise;
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
  });

  it('is left as it is where it is stopped after its end', async () => {
    const { argsOf } = scene();
    const { result, stop } = runner.run(argsOf('{ one bad }'));
    const { data } = await result;
    stop();
    expect(JSON.parse(JSON.stringify(data))).toEqual({ one: 1, bad: null });
  });

  it('gives what an event shows', async () => {
    const { eventOf } = scene();
    expect(JSON.parse(JSON.stringify(await runner.runEvent(eventOf('subscription { thing { one } }'))))).toEqual({ data: { thing: { one: 1 } } });
    expect((await runner.runEvent(eventOf('subscription { bad }'))).errors?.map(({ path }) => path)).toEqual([['bad']]);
  });
});

it('is run in the public way where the insides of graphql-js are not what they were', async () => {
  expect(await createLightRunner(pathToFileURL('/nowhere/index.mjs').href)).toBeNull();
});
