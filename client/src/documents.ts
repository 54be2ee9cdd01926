/** Every document of `client/documents` by its name and `Document`, and the types of what it takes and gives: for `parley.request`. */
export * from './generated/graphql.ts';
