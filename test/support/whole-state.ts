import {
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isIntrospectionType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** Values of arguments by coordinate, such as `Query.userInfo(uuid:)`: such a field is selected once for each value. Optional arguments that are not here are left out. */
export type ArgumentValues = Readonly<Record<string, readonly string[]>>;

/** A document that was made from a schema. */
export interface WholeDocument {
  readonly text: string;
  /** The values of arguments, which are no part of the text: so the server knows it again. */
  readonly variables: Readonly<Record<string, string>>;
  /** What a field is called, by its alias: `conversation`, `contacts(kind: FRIEND)`. Fields without an alias are not here. */
  readonly names: ReadonlyMap<string, string>;
}

/** Nodes within nodes: deeper ones are selected by id only. As deep as the longest chain of different ones that a client would show at once. */
const nodesDeep = 5;
/** Lists of something that is deeper in other nodes are left out: it stands elsewhere too, and each list is a query of its own. */
const pagesDeep = 2;
const pageSize = 100;

/** What is left out: it is drawn of what stands beside it, and would take most of the time. */
export const drawn: readonly string[] = ['Group.qrCode', 'User.qrCode'];

/** How a whole query is made. */
export interface WholeOptions {
  /** How many the pages below the root hold. */
  readonly below?: number;
  /** Root fields of which nothing but their own node is read; nodes in it by id only. For what asks for each of many nodes by its id. */
  readonly alone?: ReadonlySet<string>;
}

/** A query of every root field of a schema, with every field of everything that it reaches, but for what is drawn. Throws where a required argument is unknown. */
export function wholeQuery(schema: GraphQLSchema, values: ArgumentValues, { below = pageSize, alone }: WholeOptions = {}): WholeDocument {
  const head = (selection: string, variables: string) => `query WholeState${variables} ${selection}`;
  return wholeOperation(schema, schema.getQueryType(), head, values, { root: pageSize, below }, { alone });
}

/**
 * The subscription `events`, from `$after` on, with every field of every event. Pages are left out: a client does not read a history anew with
 * each message, so what an event does to a list is the client's to conclude.
 */
export function wholeEvents(schema: GraphQLSchema): WholeDocument {
  const head = (selection: string) => `subscription WholeEvents($after: String) ${selection}`;
  return wholeOperation(schema, schema.getSubscriptionType(), head, { 'Subscription.events(after:)': ['$after'] }, null, { only: ['events'] });
}

/** The events that a schema can send. */
export function eventTypes(schema: GraphQLSchema): string[] {
  const type = schema.getType('Event');
  return isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [];
}

interface Fragment {
  text: string;
  /** What else it spreads. */
  readonly spreads: Set<string>;
  /** What the fields of its own are called, by their aliases. */
  readonly names: Map<string, string>;
}

interface Known {
  readonly ambiguous: ReadonlySet<string>;
  /** By what they depend on. */
  readonly fragments: Map<string, Map<string, Fragment>>;
}

/** What was made of a schema before: nearly all of a document is the same in each. */
const known = new WeakMap<GraphQLSchema, Known>();

function knownOf(schema: GraphQLSchema): Known {
  const found = known.get(schema) ?? { ambiguous: ambiguousFields(schema), fragments: new Map() };
  known.set(schema, found);
  return found;
}

function wholeOperation(
  schema: GraphQLSchema,
  root: GraphQLObjectType | null | undefined,
  head: (selection: string, variables: string) => string,
  values: ArgumentValues,
  /** What pages hold; null leaves them out. */
  pages: { readonly root: number; readonly below: number } | null,
  { only, alone }: { readonly only?: readonly string[]; readonly alone?: ReadonlySet<string> | undefined },
): WholeDocument {
  if (!root) throw new Error('the schema has no such root type');
  const whole: Fragment = { text: '', spreads: new Set(), names: new Map() };
  const variables = new Map<string, { readonly type: string; readonly value: string }>();
  const bind = (value: string, type: string): string => {
    const name = `v${variables.size}`;
    variables.set(name, { type, value });
    return `$${name}`;
  };
  const { ambiguous, fragments: made } = knownOf(schema);
  const kind = JSON.stringify([root.name, pages, Object.entries(values).filter(([coordinate]) => !coordinate.startsWith(`${root.name}.`))]);
  const fragments = made.get(kind) ?? new Map<string, Fragment>();
  // Variables are of one document: what holds some is no use to another one.
  const isCommon = Object.keys(values).every((coordinate) => coordinate.startsWith(`${root.name}.`));
  if (isCommon) made.set(kind, fragments);
  let writing = whole;

  /** The types of nodes on the way down to a selection, and how many there may be. */
  interface Path {
    readonly types: readonly string[];
    readonly deep: number;
  }

  const select = (type: GraphQLNamedOutputType, path: Path): string => {
    if (isLeafType(type)) return '';
    if (isAbstractType(type)) return `{ ...${fragmentOf(type, path, () => casesOf(type, path))} }`;
    if (!isNode(type)) return `{ ${fieldsOf(type, path)} }`;
    if (path.types.includes(type.name) || path.types.length === path.deep) return '{ __typename id }';
    return `{ ...${fragmentOf(type, path, () => fieldsOf(type, { ...path, types: [...path.types, type.name] }))} }`;
  };

  // The same thing below the same nodes is written once: a document without fragments grows with the number of ways through the schema.
  const fragmentOf = (type: GraphQLNamedOutputType, path: Path, selection: () => string): string => {
    const name = [type.name, path.deep === nodesDeep ? 'in' : 'alone', ...path.types.toSorted()].join('_');
    writing.spreads.add(name);
    if (!fragments.has(name)) {
      const outer = writing;
      writing = { text: '', spreads: new Set(), names: new Map() };
      fragments.set(name, writing);
      writing.text = `fragment ${name} on ${type.name} { ${selection()} }`;
      writing = outer;
    }
    return name;
  };

  const casesOf = (type: GraphQLAbstractType, path: Path): string =>
    ['__typename', ...schema.getPossibleTypes(type).map((possible) => `... on ${possible.name} ${select(possible, path)}`)].join(' ');

  const fieldsOf = (type: GraphQLObjectType, path: Path): string =>
    ['__typename', ...Object.values(type.getFields()).flatMap((field) => callsOf(type, field, path))].join(' ');

  const callsOf = (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, path: Path): string[] => {
    const result = getNamedType(field.type);
    if (drawn.includes(`${type.name}.${field.name}`)) return [];
    if (isPage(result) && (pages === null || path.types.length > pagesDeep)) return [];
    const calls = argumentsOf(type, field, values, bind, (path.types.length === 0 ? pages?.root : pages?.below) ?? pageSize);
    return calls.map(({ given, chosen }, index) => {
      const alias = [...(ambiguous.has(field.name) && type !== root ? [type.name] : []), field.name, ...(chosen === '' ? [] : [String(index)])].join('_');
      if (alias !== field.name) writing.names.set(alias, `${field.name}${chosen}`);
      return `${alias === field.name ? '' : `${alias}: `}${field.name}${given} ${select(result, path)}`;
    });
  };

  const rootFields = Object.values(root.getFields()).filter(({ name }) => only?.includes(name) ?? true);
  const selection = `{ ${rootFields.flatMap((field) => callsOf(root, field, { types: [], deep: alone?.has(field.name) ? 1 : nodesDeep })).join(' ')} }`;
  const definitions = [...variables].map(([name, { type }]) => `$${name}: ${type}`).join(', ');
  const operation = head(selection, definitions === '' ? '' : `(${definitions})`);
  const bound = Object.fromEntries([...variables].map(([name, { value }]) => [name, value]));
  const used = reachable(whole, fragments);
  const names = new Map([whole, ...used].flatMap((each) => [...each.names]));
  return { text: [operation, ...used.map(({ text }) => text)].join(' '), variables: bound, names };
}

/** The fragments that one spreads, and those that they spread. */
function reachable(from: Fragment, fragments: ReadonlyMap<string, Fragment>): Fragment[] {
  const found = new Set<Fragment>();
  const follow = ({ spreads }: Fragment) => {
    for (const name of spreads) {
      const fragment = fragments.get(name);
      if (!fragment || found.has(fragment)) continue;
      found.add(fragment);
      follow(fragment);
    }
  };
  follow(from);
  return [...found];
}

/** The ways to call a field: all arguments, and those of them that tell one way from another. */
function argumentsOf(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  values: ArgumentValues,
  bind: (value: string, type: string) => string,
  first: number,
): { readonly given: string; readonly chosen: string }[] {
  let calls: { readonly all: readonly string[]; readonly telling: readonly string[] }[] = [{ all: [], telling: [] }];
  for (const argument of field.args) {
    const coordinate = `${type.name}.${field.name}(${argument.name}:)`;
    const known = values[coordinate] && inEights(values[coordinate]);
    const named = getNamedType(argument.type);
    const required = isRequiredArgument(argument);
    const choices = required && isEnumType(named) ? named.getValues().map(({ name }) => name) : undefined;
    if (known)
      calls = calls.flatMap(({ all, telling }) =>
        known.map((value) =>
          value.startsWith('$')
            ? { all: [...all, `${argument.name}: ${value}`], telling }
            : { all: [...all, `${argument.name}: ${bind(value, String(argument.type))}`], telling: [...telling, `${argument.name}: ${JSON.stringify(value)}`] },
        ),
      );
    else if (choices) calls = calls.flatMap(({ all, telling }) => choices.map((choice) => withArgument(all, telling, `${argument.name}: ${choice}`, true)));
    else if (argument.name === 'first') calls = calls.map(({ all, telling }) => withArgument(all, telling, `first: ${first}`, false));
    else if (required) throw new Error(`${coordinate} is required, and nothing says what to give: add it to the values of the whole state`);
  }
  const inBrackets = (parts: readonly string[]) => (parts.length === 0 ? '' : `(${parts.join(', ')})`);
  return calls.map(({ all, telling }) => ({ given: inBrackets(all), chosen: inBrackets(telling) }));
}

/**
 * Of long lists so many that it is a multiple of eight, the last one again and again: the text depends on their number, and is to be the same often.
 * Short ones have few lengths, and what is read again for nothing is more than the whole there.
 */
function inEights(values: readonly string[]): readonly string[] {
  const last = values.at(-1);
  if (last === undefined || last.startsWith('$') || values.length < 8) return values;
  return Array.from({ length: Math.ceil(values.length / 8) * 8 }, (_, index) => values[index] ?? last);
}

function withArgument(all: readonly string[], telling: readonly string[], argument: string, tells: boolean) {
  return { all: [...all, argument], telling: tells ? [...telling, argument] : telling };
}

/** Names of fields that have different types in different objects: they cannot stand side by side under an interface without an alias. */
function ambiguousFields(schema: GraphQLSchema): Set<string> {
  const types = new Map<string, Set<string>>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) types.set(field.name, (types.get(field.name) ?? new Set()).add(String(field.type)));
  }
  return new Set([...types].flatMap(([name, found]) => (found.size > 1 ? [name] : [])));
}

function isNode(type: GraphQLObjectType): boolean {
  return type.getInterfaces().some(({ name }) => name === 'Node');
}

function isPage(type: GraphQLNamedOutputType): boolean {
  return isObjectType(type) && 'edges' in type.getFields() && 'pageInfo' in type.getFields();
}
