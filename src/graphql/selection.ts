import type { GraphQLResolveInfo, SelectionSetNode } from 'graphql';

/** Whether an operation asks an object for its id and its type at most, which are known without reading it. Of fragments it says no. */
export function asksOnlyForId({ fieldNodes }: Pick<GraphQLResolveInfo, 'fieldNodes'>): boolean {
  return fieldNodes.every(({ selectionSet }) =>
    selectionSet?.selections.every((selection) => selection.kind === 'Field' && (selection.name.value === 'id' || selection.name.value === '__typename')),
  );
}

/** Whether an operation asks an object for a field of this name, on whatever conditions. */
export function asksFor({ fieldNodes, fragments }: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>, name: string): boolean {
  const isIn = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.kind === 'Field') return selection.name.value === name;
      const set = selection.kind === 'InlineFragment' ? selection.selectionSet : fragments[selection.name.value]?.selectionSet;
      return set !== undefined && isIn(set);
    });
  return fieldNodes.some(({ selectionSet }) => selectionSet !== undefined && isIn(selectionSet));
}
