import type { GraphQLResolveInfo } from 'graphql';

/** Whether an operation asks an object for its id and its type at most, which are known without reading it. Of fragments it says no. */
export function asksOnlyForId({ fieldNodes }: Pick<GraphQLResolveInfo, 'fieldNodes'>): boolean {
  return fieldNodes.every(({ selectionSet }) =>
    selectionSet?.selections.every((selection) => selection.kind === 'Field' && (selection.name.value === 'id' || selection.name.value === '__typename')),
  );
}
