import {
  buildSchema,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { readText } from './sources.ts';

const served = buildSchema(readText('schema.graphql'));

/**
 * Conflicts of types that nobody selects side by side: whoever asks for a `Node` by its id knows of which type it is, so that a fragment for one type is
 * enough. The list only shrinks, and may grow by what the contract has.
 */
const known = [
  'Node: AuditRecord.reason and Upload.reason',
  'Node: Conversation.group and JoinRequest.group',
  'Node: Conversation.kind and Provider.kind',
  'Node: Conversation.kind and Upload.kind',
  'Node: FriendRequest.status and JoinRequest.status',
  'Node: Group.conversation and Message.conversation',
  'Node: Group.qrCode and User.qrCode',
  'Node: Member.nickname and User.nickname',
  'Node: Member.role and User.role',
  'Node: Message.clientId and Upload.clientId',
  'Node: Message.conversation and Relationship.conversation',
  'Node: Provider.kind and Upload.kind',
  'Node: Session.lastSeenAt and User.lastSeenAt',
];

/** Fields of two types that stand side by side under one interface or union, whose answers cannot be merged under one name. */
function conflictsOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isAbstractType(type)) return [];
    const possible = schema.getPossibleTypes(type);
    return possible.flatMap((one, index) =>
      possible.slice(index + 1).flatMap((other) => {
        const names = Object.keys(one.getFields()).filter((name) => differ(one.getFields()[name], other.getFields()[name], new Set()));
        return names.map((name) => `${type.name}: ${[`${one.name}.${name}`, `${other.name}.${name}`].toSorted().join(' and ')}`);
      }),
    );
  });
}

type Field = GraphQLField<unknown, unknown>;

/** As the rule OverlappingFieldsCanBeMerged has it for parents of which a value is only one: the shapes of the types, and of all that is below both. */
function differ(one: Field | undefined, other: Field | undefined, above: ReadonlySet<string>): boolean {
  if (!one || !other || one.deprecationReason != null || other.deprecationReason != null) return false;
  return shapesDiffer(one.type, other.type, above);
}

function shapesDiffer(one: GraphQLOutputType, other: GraphQLOutputType, above: ReadonlySet<string>): boolean {
  if (isNonNullType(one) || isNonNullType(other)) return !isNonNullType(one) || !isNonNullType(other) || shapesDiffer(one.ofType, other.ofType, above);
  if (isListType(one) || isListType(other)) return !isListType(one) || !isListType(other) || shapesDiffer(one.ofType, other.ofType, above);
  if (isLeafType(one) || isLeafType(other)) return one !== other;
  return one !== other && belowDiffers(one, other, above);
}

function belowDiffers(one: GraphQLOutputType, other: GraphQLOutputType, above: ReadonlySet<string>): boolean {
  const [left, right] = [getNamedType(one), getNamedType(other)];
  const pair = [left.name, right.name].toSorted().join(' ');
  if (above.has(pair) || !isObjectType(left) || !isObjectType(right)) return false;
  const within = new Set([...above, pair]);
  return Object.keys(fieldsOf(left)).some((name) => differ(fieldsOf(left)[name], fieldsOf(right)[name], within));
}

const fieldsOf = (type: GraphQLObjectType) => type.getFields();

describe('fields of types that stand side by side', () => {
  it('never conflict, so that a client selects all of them in one document', () => {
    expect(conflictsOf(served).toSorted()).toEqual(known);
  });

  it('are all selected at once of every event', () => {
    const cases = served.getPossibleTypes(requireAbstract('Event')).map((type) => {
      const fields = Object.values(type.getFields()).filter(({ deprecationReason, args }) => deprecationReason == null && args.length === 0);
      const selected = fields.map((field) => `${field.name} ${leavesOf(getNamedType(field.type))}`);
      return `... on ${type.name} { ${selected.join(' ')} }`;
    });
    expect(validate(served, parse(`subscription { events { ${cases.join(' ')} } }`)).map(({ message }) => message)).toEqual([]);
  });

  it.each([
    ['another leaf', 'union Both = One | Other type One { state: Int } type Other { state: String }', 'Both: One.state and Other.state'],
    [
      'null or not',
      'interface Both { id: ID } type One implements Both { id: ID a: Int! } type Other implements Both { id: ID a: Int }',
      'Both: One.a and Other.a',
    ],
    ['a list or not', 'union Both = One | Other type One { a: [Int] } type Other { a: Int }', 'Both: One.a and Other.a'],
    [
      'what is below',
      'union Both = One | Other type One { to: Left } type Other { to: Right } type Left { state: Int } type Right { state: Boolean }',
      'Both: One.to and Other.to',
    ],
  ])('would be found: %s', (_what, types, conflict) => {
    expect(conflictsOf(buildSchema(`${types} type Query { both: Both }`))).toEqual([conflict]);
  });
});

function requireAbstract(name: string) {
  const type = served.getType(name);
  if (!isAbstractType(type)) throw new Error(`${name} is no interface`);
  return type;
}

function leavesOf(type: ReturnType<typeof getNamedType>): string {
  if (!isObjectType(type)) return '';
  const leaves = Object.values(type.getFields()).filter((field) => isLeafType(getNamedType(field.type)) && field.args.length === 0);
  return `{ ${leaves.map(({ name }) => name).join(' ')} }`;
}
