import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
} from 'graphql';
import { priceOf } from '../../src/graphql/cost.ts';

/** A place in a schema into which a client puts a value: an id, a UUID or a code, for example. */
export interface IdPlace {
  /** Such as `Query.node(id:)`; in an input, with the root field: `Mutation.sendMessage SendMessageInput.to`. */
  readonly name: string;
  readonly operation: 'query' | 'mutation' | 'subscription';
  readonly field: GraphQLField<unknown, unknown>;
  /** The argument, then the input fields down to the place. */
  readonly path: readonly (GraphQLArgument | GraphQLInputField)[];
  /** The type's name: ID, UUID, String or another. */
  readonly scalar: string;
}

/** How the arguments beside the place are filled: with valid values those that are required, those and all others, or with values that do not fit. */
export type Filling = 'least' | 'all' | 'unfit';

/** A valid value of an argument by its name, where one is needed that its type does not tell; undefined leaves an optional one out. */
export type Values = Readonly<Record<string, unknown>>;

/** All places of the arguments of root fields whose type is ID or UUID, and texts that are named as ids and codes. */
export function idPlaces(schema: GraphQLSchema): IdPlace[] {
  return inputPlaces(schema).filter(({ scalar, path }) => {
    const { name } = path.at(-1) ?? { name: '' };
    return scalar === 'ID' || scalar === 'UUID' || (scalar === 'String' && /(id|code)s?$/i.test(name));
  });
}

/** All places of the arguments of root fields, inputs themselves included. */
export function inputPlaces(schema: GraphQLSchema): IdPlace[] {
  const places: IdPlace[] = [];
  for (const operation of ['query', 'mutation', 'subscription'] as const) {
    const root = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() }[operation];
    for (const field of Object.values(root?.getFields() ?? {})) {
      const walk = (owner: string, items: readonly (GraphQLArgument | GraphQLInputField)[], above: IdPlace['path']): void => {
        for (const item of items) {
          const named = getNamedType(item.type);
          const path = [...above, item];
          const name = above.length === 0 ? `${root?.name}.${field.name}(${item.name}:)` : `${root?.name}.${field.name} ${owner}.${item.name}`;
          places.push({ name, operation, field, path, scalar: named.name });
          if (isInputObjectType(named) && !above.some(({ type }) => getNamedType(type) === named)) walk(named.name, Object.values(named.getFields()), path);
        }
      };
      walk('', field.args, []);
    }
  }
  return places;
}

/** The operation of a place, with a variable for each argument, and every leaf near the root selected; of events as much as their price allows. */
export function documentOf({ operation, field }: IdPlace, schema: GraphQLSchema) {
  const variables = field.args.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const inBrackets = (text: string) => (text === '' ? '' : `(${text})`);
  const selection = selectionOf(schema, field.type, operation === 'subscription' ? 2 : 3);
  return parse(`${operation} Ask${inBrackets(variables)} { ${field.name}${inBrackets(given)} ${selection} }`);
}

/** The variables of a place's operation, with the id in it. Beside an id in a list stands another one, unless only the least is given. */
export function variablesOf(place: IdPlace, id: unknown, values: Values, filling: Filling): Record<string, unknown> {
  const [first, ...rest] = place.path;
  const givenFor = (item: GraphQLArgument | GraphQLInputField, path: IdPlace['path'] | null): unknown => {
    const type = getNullableType(item.type);
    const [next, ...below] = path ?? [];
    if (path !== null && next === undefined) return isListType(type) ? [...(filling === 'all' ? [values[item.name]].flat() : []), id] : id;
    const named = getNamedType(type);
    if (isInputObjectType(named)) {
      const fields = Object.values(named.getFields());
      const usual = fields.find((inner) => inner.name in values) ?? fields.find((inner) => isLeafType(getNamedType(inner.type)));
      const entries = fields.flatMap((inner) => {
        const isPath = inner === next;
        if (named.isOneOf ? inner !== (next ?? usual) : !isPath && filling === 'least' && !isRequiredInputField(inner)) return [];
        return [[inner.name, givenFor(inner, isPath ? below : null)] as const];
      });
      return Object.fromEntries(entries);
    }
    return plainValue(named.name === 'ID' || named.name === 'UUID' ? 'least' : filling, item.name, type, values);
  };
  const entries = place.field.args.flatMap((argument) => {
    const isPath = argument === first;
    if (!isPath && filling === 'least' && !isRequiredArgument(argument)) return [];
    return [[argument.name, givenFor(argument, isPath ? rest : null)] as const];
  });
  return Object.fromEntries(entries);
}

function plainValue(filling: Filling, name: string, type: GraphQLInputType, values: Values): unknown {
  const named = getNamedType(type);
  if (filling === 'unfit' && named.name === 'Int') return -1;
  if (filling === 'unfit' && named.name === 'String') return '';
  // Several enums have the same name for what they say.
  if (isEnumType(named)) return named.getValues().find((value) => value.name === values[name])?.name ?? named.getValues()[0]?.name;
  if (name in values) return values[name];
  const value = { Boolean: true, Int: 1, Float: 1.5, String: 'a text', Date: '2000-02-29', DateTime: '2999-01-01T00:00:00.000Z' }[named.name];
  if (value === undefined) throw new Error(`nothing says what to give for ${name}: ${type}`);
  return value;
}

function selectionOf(schema: GraphQLSchema, type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isAbstractType(named) || !isObjectType(named)) return '{ __typename }';
  const fields = Object.values(named.getFields()).filter(
    (field) =>
      !field.args.some(isRequiredArgument) &&
      priceOf(field) === 1 &&
      (depth > (isListType(getNullableType(field.type)) ? 2 : 1) || isLeafType(getNamedType(field.type))),
  );
  return `{ __typename ${fields.map((field) => `${field.name} ${selectionOf(schema, field.type, depth - (isListType(getNullableType(field.type)) ? 2 : 1))}`).join(' ')} }`;
}
