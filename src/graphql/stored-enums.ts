import { type GraphQLEnumType, type GraphQLSchema, isEnumType } from 'graphql';

/**
 * What an enum says in the place of a value that this version does not know, because a newer one has stored it: a member of the options of every
 * enum that is shown. The most careful of its values: nobody is to be offered by it what the unknown one may not allow.
 */
export function otherwise(value: string): { readonly extensions: { readonly otherwise: string } } {
  return { extensions: { otherwise: value } };
}

/** The value that an enum says in the place of an unknown one; undefined where none is said. */
export function otherwiseOf({ extensions }: GraphQLEnumType): unknown {
  return extensions.otherwise;
}

/** Lets all enums of a schema say what they say otherwise. */
export function withStoredEnums(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    const value = isEnumType(type) ? otherwiseOf(type) : undefined;
    if (!isEnumType(type) || typeof value !== 'string') continue;
    const known = type.coerceOutputValue.bind(type);
    const values = new Set(type.getValues().map((each) => each.value));
    type.coerceOutputValue = (stored) => (values.has(stored) ? known(stored) : value);
  }
  return schema;
}
