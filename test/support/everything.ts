import { type GraphQLNamedType, type GraphQLSchema, getNamedType, isAbstractType, isLeafType, isObjectType, isRequiredArgument } from 'graphql';
import { priceOf } from '../../src/graphql/cost.ts';

/**
 * A selection of everything that a type has, so many levels deep, as a page might show it. What needs an argument is left out, and what costs more than a
 * field: a page of people shows no QR code of each.
 */
export function everythingOf(schema: GraphQLSchema, type: GraphQLNamedType, depth: number): string {
  if (isAbstractType(type))
    return schema
      .getPossibleTypes(type)
      .map((each) => `... on ${each.name} { __typename ${everythingOf(schema, each, depth)} }`)
      .join(' ');
  if (!isObjectType(type)) return '';
  return Object.values(type.getFields())
    .filter((field) => !field.args.some(isRequiredArgument) && priceOf(field) === 1)
    .map((field) => {
      const inner = getNamedType(field.type);
      if (isLeafType(inner)) return field.name;
      return depth === 0 ? '' : `${field.name} { __typename ${everythingOf(schema, inner, depth - 1)} }`;
    })
    .join(' ');
}
