import { pathToFileURL } from 'node:url';
import {
  type ExecutionResult,
  GraphQLError,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  validateExecutionArgs,
  validateSubscriptionArgs,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createTurns } from '../../src/kernel/turns.ts';
import { createLightRunner, publicRunner, type Runner } from '../../src/server/engine/execution.ts';
import { bytesPerCounted, isTooMuch, type RunLimits } from '../../src/server/engine/meter.ts';
import { present } from '../support/client.ts';

const plenty: RunLimits = { values: 1000, introspectionValues: 1000, bytes: 100_000, turns: createTurns(10) };
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
    const { data, errors } = await runner.run(argsOf('{ thing { one sure } one bad }'), plenty).result;
    expect(JSON.parse(JSON.stringify(data))).toEqual({ thing: null, one: 1, bad: null });
    // In no order: a run that gives others their turn goes on with an object after the fields beside it.
    const told = new Map(errors?.map(({ message, path }) => [path?.join('.'), message]));
    expect(errors).toHaveLength(2);
    expect(told).toEqual(
      new Map([
        ['thing.sure', 'not sure'],
        ['bad', 'bad'],
      ]),
    );
  });

  it('runs the fields of a mutation one after the other', async () => {
    const { argsOf, seen, gate } = scene();
    const { result } = runner.run(argsOf('mutation { first second }'), plenty);
    expect(seen).toEqual(['first']);
    gate.resolve(1);
    expect(JSON.parse(JSON.stringify(await result))).toEqual({ data: { first: 1, second: 2 } });
  });

  it('resolves nothing more once it is stopped, and fails', async () => {
    const { argsOf, seen, gate } = scene();
    const { result, stop } = runner.run(argsOf('{ late { one } }'), plenty);
    stop();
    await expect(Promise.resolve(result)).rejects.toThrow();
    gate.resolve(1);
    await gate.promise;
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
  });

  it('is left as it is where it is stopped after its end', async () => {
    const { argsOf } = scene();
    const { result, stop } = runner.run(argsOf('{ one bad }'), plenty);
    const { data } = await result;
    stop();
    expect(JSON.parse(JSON.stringify(data))).toEqual({ one: 1, bad: null });
  });

  it('gives what an event shows', async () => {
    const { eventOf } = scene();
    expect(JSON.parse(JSON.stringify(await runner.runEvent(eventOf('subscription { thing { one } }'), plenty).result))).toEqual({
      data: { thing: { one: 1 } },
    });
    expect((await runner.runEvent(eventOf('subscription { bad }'), plenty).result).errors?.map(({ path }) => path)).toEqual([['bad']]);
  });
});

it('is run in the public way where the insides of graphql-js are not what they were', async () => {
  expect(await createLightRunner(pathToFileURL('/nowhere/index.mjs').href)).toBeNull();
});

/** A schema whose list gives as many items as it is told, whatever it says. */
function crowd() {
  const ran = { count: 0 };
  const Item: GraphQLObjectType = new GraphQLObjectType({
    name: 'Item',
    fields: () => ({
      number: {
        type: GraphQLInt,
        resolve: () => {
          ran.count += 1;
          return 7;
        },
      },
      text: { type: GraphQLString, args: { length: { type: new GraphQLNonNull(GraphQLInt) } }, resolve: (_root, { length }) => '\n'.repeat(length) },
      slow: {
        type: GraphQLInt,
        resolve: () => {
          const until = performance.now() + 0.2;
          while (performance.now() < until);
          return 1;
        },
      },
      items,
    }),
  });
  const items = {
    type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(Item))),
    args: { count: { type: new GraphQLNonNull(GraphQLInt) } },
    resolve: (_root: unknown, { count }: { readonly count: number }) => Array.from({ length: count }, () => ({})),
  };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { items } }),
    mutation: new GraphQLObjectType({ name: 'Mutation', fields: { items } }),
  });
  const run = (runner: Runner, text: string, limits: Partial<RunLimits>) => {
    const args = validateExecutionArgs({ schema, document: parse(text) });
    if (!('operation' in args)) throw new TypeError(`not fit: ${text}`);
    return Promise.resolve().then(() => runner.run(args, { ...plenty, bytes: Number.POSITIVE_INFINITY, values: Number.POSITIVE_INFINITY, ...limits }).result);
  };
  return { ran, run };
}

const sizeOf = (result: ExecutionResult) => Buffer.byteLength(JSON.stringify(result));

describe('a run that comes to too much', () => {
  it('is ended at the first value past what it may resolve', async () => {
    const { run, ran } = crowd();
    expect((await run(light, '{ items(count: 99) { number __typename } }', { values: 100 })).errors).toBeUndefined();
    ran.count = 0;
    const failure: unknown = await run(light, '{ items(count: 100000) { number __typename } }', { values: 100 }).catch((error: unknown) => error);
    expect(isTooMuch(failure)).toBe(true);
    expect(ran.count).toBeLessThanOrEqual(100);
  });

  it('is ended in a mutation as well, and nothing is done after it', async () => {
    const { run, ran } = crowd();
    const failure: unknown = await run(light, 'mutation { a: items(count: 200) { number } b: items(count: 1) { number } }', { values: 100 }).catch(
      (error: unknown) => error,
    );
    expect(isTooMuch(failure)).toBe(true);
    expect(ran.count).toBeLessThanOrEqual(100);
  });

  it('counts what is about the schema by itself', async () => {
    const { run } = crowd();
    const text = '{ __schema { types { name fields { name } } } items(count: 3) { number } }';
    expect((await run(light, text, { values: 4, introspectionValues: 1000 })).errors).toBeUndefined();
    await expect(run(light, text, { values: 4, introspectionValues: 20 })).rejects.toThrow();
  });

  it.each([
    { name: 'in the light way', runner: light },
    { name: 'in the public way', runner: publicRunner },
  ])('is ended by the bytes of its answer, $name', async ({ runner }) => {
    const { run } = crowd();
    const text = '{ items(count: 50) { text(length: 2000) } }';
    const bytes = sizeOf(await run(runner, text, {}));
    expect(sizeOf(await run(runner, text, { bytes: bytes + 200 }))).toBe(bytes);
    const failure: unknown = await run(runner, text, { bytes: bytes - 400 }).catch((error: unknown) => error);
    expect(isTooMuch(failure)).toBe(true);
  });

  it('has at most so many bytes for each that was counted', async () => {
    for (const text of ['{ items(count: 50) { text(length: 250) } }', '{ items(count: 500) { number } }', '{ items(count: 500) { __typename } }']) {
      const bytes = sizeOf(await crowd().run(light, text, {}));
      await expect(crowd().run(light, text, { bytes: Math.floor(bytes / bytesPerCounted) - 1 })).rejects.toThrow();
    }
  });
});

describe('the event loop', () => {
  it('has its turn while long lists are resolved, and other runs go on beside', async () => {
    const { run } = crowd();
    const shared = createTurns(10);
    const of = (owner: number): Partial<RunLimits> => ({ turns: { wait: () => shared.wait(owner) } });
    let turns = 0;
    let going = true;
    const look = () => {
      turns += 1;
      if (going) setImmediate(look);
    };
    setImmediate(look);
    let isEnded = false;
    // 300 ms at least, however busy the machine is.
    const long = run(light, '{ items(count: 30) { slow items(count: 50) { slow } } }', of(1)).then(() => {
      isEnded = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await run(light, '{ items(count: 5) { number } }', of(2));
    expect(isEnded).toBe(false);
    await long;
    going = false;
    expect(turns).toBeGreaterThan(20);
  });

  it('gives the same answer whatever turns it had', async () => {
    const text = '{ items(count: 20) { number items(count: 20) { slow number } } }';
    const never: RunLimits['turns'] = { wait: () => null };
    const always: RunLimits['turns'] = { wait: createTurns(0).wait };
    const [one, other] = await Promise.all([crowd().run(light, text, { turns: never }), crowd().run(light, text, { turns: always })]);
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
  });
});
