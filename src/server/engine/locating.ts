import { type FieldNode, GraphQLError, type ResponsePath, responsePathAsArray, type Source, type SourceLocation } from 'graphql';
import { createAttached } from '../../kernel/attached.ts';

/** Where the lines of a text begin. */
const beginnings = createAttached<Source, readonly number[]>();

function linesOf(source: Source): readonly number[] {
  const known = beginnings.get(source);
  if (known) return known;
  const found = [0, ...[...source.body.matchAll(/\r\n|[\n\r]/g)].map(({ index, 0: { length } }) => index + length)];
  beginnings.set(source, found);
  return found;
}

function placeOf({ loc }: FieldNode): SourceLocation[] {
  if (!loc) return [];
  const lines = linesOf(loc.source);
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lines[middle] ?? 0) <= loc.start) low = middle;
    else high = middle - 1;
  }
  return [{ line: low + 1, column: loc.start - (lines[low] ?? 0) + 1 }];
}

/**
 * The error of a field with its place, as graphql-js makes it: which looks for each through all lines before it, and of a page every field of every item may
 * fail. What has a place, or is no error, is left to graphql-js.
 */
export function withPlace(error: unknown, fields: readonly { readonly node: FieldNode }[], path: ResponsePath | undefined): unknown {
  if (!(error instanceof Error) || error instanceof GraphQLError) return error;
  const located = new GraphQLError(error.message, { path: responsePathAsArray(path), originalError: error });
  const nodes = fields.map(({ node }) => node);
  const source = nodes[0]?.loc?.source;
  const positions = nodes.flatMap(({ loc }) => loc?.start ?? []);
  return Object.assign(located, { nodes, source, positions, locations: nodes.flatMap(placeOf) });
}
