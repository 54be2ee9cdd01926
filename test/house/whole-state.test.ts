import { randomUUID } from 'node:crypto';
import { type FieldNode, isIntrospectionType, isObjectType, parse, TypeInfo, validate, visit, visitWithTypeInfo } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import { drawn, type WholeDocument, wholeEvents, wholeQuery } from '../support/whole-state.ts';

describe('the whole state', () => {
  const known = {
    'Query.conversation(id:)': ['x'],
    'Query.groupByCode(inviteCode:)': ['x'],
    'Query.node(id:)': ['x'],
    'Query.searchMessages(keyword:)': ['x'],
    'Query.searchUsers(keyword:)': ['x'],
    'Query.userByExternalId(externalId:)': ['x'],
    'Query.userInfo(uuid:)': [randomUUID()],
  };

  it('is every field of everything that can be read, but for what is drawn of the others', () => {
    const selected = new Set([...coordinatesIn(wholeQuery(schema, known)), ...coordinatesIn(wholeEvents(schema))]);
    // What mutations answer, and what the other subscriptions tell, is no state that is kept.
    const others = new Set(['Mutation', 'Subscription', 'AuthPayload', 'ProviderSecret', 'ServerKeySecret', 'Typing']);
    const all = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !isIntrospectionType(type) && !others.has(type.name));
    const fields = all.flatMap((type) => (isObjectType(type) ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`) : []));
    expect(fields.filter((field) => !selected.has(field)).toSorted()).toEqual(drawn);
  });

  it('makes documents that the server takes', () => {
    const alone = new Set(['node', 'conversation']);
    for (const { text } of [wholeQuery(schema, known), wholeQuery(schema, known, { alone }), wholeEvents(schema)])
      expect(validate(schema, parse(text))).toEqual([]);
  });

  it('says so where it does not know what to ask', () => {
    const { 'Query.node(id:)': _, ...less } = known;
    expect(() => wholeQuery(schema, less)).toThrow('Query.node(id:) is required');
  });
});

function coordinatesIn({ text }: WholeDocument): Set<string> {
  const found = new Set<string>();
  const info = new TypeInfo(schema);
  const Field = ({ name }: FieldNode) => void found.add(`${info.getParentType()?.name}.${name.value}`);
  visit(parse(text), visitWithTypeInfo(info, { Field }));
  return found;
}
