import {
  getNamedType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  separateOperations,
  validateExecutionArgs,
} from 'graphql';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { isConnection, mostOf, priceOf } from '../../src/graphql/cost.ts';
import { schema } from '../../src/schema.ts';
import { costOf } from '../../src/server/engine/cost.ts';
import { requireModest } from '../../src/server/engine/counts.ts';
import { filesIn, readText } from './sources.ts';

const fields = Object.values(schema.getTypeMap())
  .filter((type) => !isIntrospectionType(type) && (isObjectType(type) || isInterfaceType(type)))
  .flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()).map((field) => ({ type, field, name: `${type.name}.${field.name}` })) : [],
  );

test('every list says how long it can be: as a page with `first` or `last`, or by `most`', () => {
  const unknown = fields.filter(({ type, field }) => !(isConnection(type) && field.name === 'edges') && mostOf(field) === null).map(({ name }) => name);
  expect(unknown).toEqual([]);
});

test('what is drawn, and what the store is asked for, costs more than what is read from the tables, and what only admins and servers see a little more', () => {
  const dear = fields.flatMap(({ name, field }) => (priceOf(field) === 1 ? [] : [[name, priceOf(field)] as const]));
  expect(Object.fromEntries(dear)).toEqual({
    'Group.qrCode': 50,
    'Upload.receivedBytes': 20,
    'User.externalId': 2,
    'User.qrCode': 50,
    'User.traits': 2,
  });
});

test('no list holds lists, whose sizes would have to be known both', () => {
  const isList = (type: unknown): boolean => isListType(type) || (isNonNullType(type) && isListType(type.ofType));
  const nested = fields.filter(({ field: { type } }) => {
    const list = isNonNullType(type) ? type.ofType : type;
    return isListType(list) && isList(list.ofType);
  });
  expect(nested.map(({ name }) => name)).toEqual([]);
});

test('the lists are as long as the rules of the domain say', () => {
  const lists = fields
    .filter(({ type, field }) => field.name !== 'edges' || !isConnection(type))
    .flatMap(({ name, field }) => {
      const most = mostOf(field);
      return typeof most === 'number' && most !== 1 && getNamedType(field.type).name !== 'String' ? [[name, most] as const] : [];
    });
  expect(Object.fromEntries(lists)).toEqual({
    'AttachmentsContent.files': 10,
    'AudioFile.peaks': 64,
    'Conversation.pinnedMessages': 50,
    'MembersChanged.members': 101,
    'MembersChanged.removedIds': 101,
    'Message.mentions': 50,
    'Message.reactions': 20,
    'Provider.secretsSetAt': 2,
    'Query.providers': 50,
    'Query.serverKeys': 100,
    'ServerInfo.limits': 200,
    'ServerKey.rights': 6,
    'User.traits': 20,
    'Viewer.sessions': 50,
  });
});

/** Asked of servers that were started for it. */
const larger = ['ModelPicture'];

test('what the tests, the README and the code for clients ask for is within the limits, with the largest pages', () => {
  const { documents } = readConfig({});
  const all = parse(filesIn('test/documents', '.graphql').map(readText).join('\n'));
  const refused = Object.entries(separateOperations(all)).flatMap(([name, document]) => {
    if (larger.includes(name)) return [];
    const operation = document.definitions.find(({ kind }) => kind === 'OperationDefinition');
    if (operation?.kind !== 'OperationDefinition') return [];
    requireModest(document, schema, documents);
    const optional = operation.variableDefinitions?.filter(({ type }) => type.kind === 'NamedType' && type.name.value === 'Int') ?? [];
    const pages = Object.fromEntries(optional.map(({ variable }) => [variable.name.value, 100]));
    const args = validateExecutionArgs({
      schema,
      document: {
        ...document,
        definitions: document.definitions.map((definition) => (definition === operation ? { ...operation, variableDefinitions: optional } : definition)),
      },
      variableValues: pages,
    });
    const cost = 'operation' in args ? costOf(args) : Number.POSITIVE_INFINITY;
    const most = operation.operation === 'subscription' ? documents.eventCost : documents.userCost;
    return cost > most ? [`${name}: ${cost} of ${most}`] : [];
  });
  expect(refused).toEqual([]);
});
