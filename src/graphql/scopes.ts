import type { GraphQLField } from 'graphql';

/** The names of the scopes that a field says, of which a caller needs one: see `Scopes`. None where it says nothing, null where it decides otherwise. */
export function scopesOf({ extensions }: Pick<GraphQLField<unknown, unknown>, 'extensions'>): readonly string[] | null {
  const options: unknown = extensions.pothosOptions;
  const scopes: unknown = typeof options === 'object' && options !== null && 'authScopes' in options ? options.authScopes : {};
  return typeof scopes === 'object' && scopes !== null ? Object.keys(scopes) : null;
}
