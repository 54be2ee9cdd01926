import { randomUUID } from 'node:crypto';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { serverRights } from '../../src/kernel/server-caller.ts';
import { schema } from '../../src/schema.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type CallerName, callers, type Expected, rootFieldRows } from '../support/caller-table.ts';
import { type Answer, codesOf, present } from '../support/client.ts';
import { idThatNeverWas } from '../support/hidden-things.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerUser, registerVisitor } from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';

type Execute = (field: RootField) => Promise<Answer<unknown>>;

/** A field under a root of the schema. */
interface RootField {
  readonly name: string;
  readonly operation: 'query' | 'mutation' | 'subscription';
  readonly field: GraphQLField<unknown, unknown>;
}

const rootFields: readonly RootField[] = (['query', 'mutation', 'subscription'] as const).flatMap((operation) => {
  const type = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() }[operation];
  return Object.values(type?.getFields() ?? {}).map((field) => ({ name: `${type?.name}.${field.name}`, operation, field }));
});

/** What is given where the least would be an affair of who asks, or end what others here ask with. */
const given: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  // Without it the session itself ends.
  'Mutation.logout': { sessionId: idThatNeverWas('Session') },
  'Query.searchMessages': { keyword: 'a', conversationId: idThatNeverWas('Conversation') },
};

/** A value of the right form, and of nothing that is there. */
function valueFor(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [valueFor(nullable.ofType)];
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name;
  if (isInputObjectType(nullable)) {
    const fields: readonly GraphQLInputField[] = Object.values(nullable.getFields());
    const needed = nullable.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField);
    return Object.fromEntries(needed.map((field) => [field.name, valueFor(field.type)]));
  }
  const values: Readonly<Record<string, unknown>> = {
    ID: idThatNeverWas('User'),
    UUID: randomUUID(),
    String: 'something',
    Int: 1,
    Float: 1,
    Boolean: true,
    DateTime: '2026-01-01T00:00:00.000Z',
    Date: '2026-01-01',
  };
  return values[nullable.name];
}

function operationOf({ name, operation, field }: RootField) {
  const more = given[name] ?? {};
  const args = field.args.filter((argument: GraphQLArgument) => isRequiredArgument(argument) || argument.name in more);
  const variables = Object.fromEntries(args.map((argument) => [argument.name, more[argument.name] ?? valueFor(argument.type)]));
  const declared = args.length === 0 ? '' : `(${args.map((argument) => `$${argument.name}: ${argument.type}`).join(', ')})`;
  const passed = args.length === 0 ? '' : `(${args.map((argument) => `${argument.name}: $${argument.name}`).join(', ')})`;
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
  return { document: parse(`${operation} Ask${declared} { ${field.name}${passed} ${selection} }`), variables };
}

let app: TestApp;
const people = new Map<CallerName, Person>();
const keys = new Map<CallerName, KeyClient>();
const execute = new Map<CallerName, Execute>();

beforeAll(async () => {
  app = await startApp(adminEnv);
  const admin = await loginAdmin(app);
  const [visitor, user, agent] = await Promise.all([registerVisitor(app), registerUser(app), registerAgent(admin)]);
  for (const [name, person] of Object.entries({ visitor, user, agent, admin })) people.set(callerNamed(name), person);
  for (const right of serverRights) keys.set(right, await keyClient(app, [right], admin));
  const [act, all] = [present(keys.get('ACT')), present(keys.get('ALL'))];
  for (const [name, client] of Object.entries({
    'as visitor': act.actingAs(visitor),
    'as user': act.actingAs(user),
    'as agent': all.actingAs(agent),
    'as admin': all.actingAs(admin),
  }))
    keys.set(callerNamed(name), client);
  execute.set('anonymous', ({ name, operation, field }) => {
    const { document, variables } = operationOf({ name, operation, field });
    return operation === 'subscription' ? overSocket(undefined) : app.execute<unknown, typeof variables>(document, variables);
  });
  for (const [name, person] of people)
    execute.set(name, async (field) => {
      const { document, variables } = operationOf(field);
      if (field.operation !== 'subscription') return await person.execute<unknown, typeof variables>(document, variables);
      return await person.socket().subscribe<unknown, typeof variables>(document, variables).answer();
    });
  for (const [name, key] of keys)
    execute.set(name, async (field) => {
      const { document, variables } = operationOf(field);
      return field.operation === 'subscription' ? await overSocket(key.secret) : await key.execute<unknown, typeof variables>(document, variables);
    });
});

const callerNamed = (name: string): CallerName => present(callers.find((each) => each === name));

/** With what a socket is closed that shows such a token. */
async function overSocket(token: string | undefined): Promise<Answer<unknown>> {
  const { reason } = await app.socket(token === undefined ? {} : { token }).closed();
  return { data: null, errors: [{ message: reason, extensions: { code: reason } }] };
}

const ofWho: readonly string[] = ['TOKEN_MISSING', 'FORBIDDEN', 'VISITOR_FORBIDDEN'] satisfies Expected[];

/** Over HTTP it is the token that is asked for, of `refreshSession`. */
const atSockets: readonly string[] = [...ofWho, 'TOKEN_INVALID'];

it('the table has every root field of the schema once, and no other', () => {
  expect(rootFieldRows.flatMap(({ fields }) => fields).toSorted()).toEqual(rootFields.map(({ name }) => name).toSorted());
});

describe('who may ask for what', () => {
  it.each(rootFields)('$name', async (field) => {
    const row = rootFieldRows.find(({ fields }) => fields.includes(field.name));
    const found: Record<string, string> = {};
    for (const name of callers) {
      const codes = codesOf(await present(execute.get(name))(field));
      expect(codes, `${name} is told of a fault`).not.toContain('INTERNAL');
      const about = field.operation === 'subscription' ? atSockets : ofWho;
      found[name] = codes.find((code) => code !== undefined && about.includes(code)) ?? 'ok';
    }
    expect(found).toEqual(row?.who);
  });
});
