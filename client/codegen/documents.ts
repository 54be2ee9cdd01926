import { type DocumentNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, print, stripIgnoredCharacters, visit } from 'graphql';

/**
 * A plugin of graphql-codegen: each operation as a text with the types of its variables and its result. A fragment stands there once, however many
 * documents use it, and what a page does not use is not bundled.
 */
export function plugin(_schema: unknown, files: readonly { document?: DocumentNode | undefined }[]): { prepend: string[]; content: string } {
  const definitions = files.flatMap(({ document }) => document?.definitions ?? []);
  const fragments = new Map(definitions.flatMap((it) => (it.kind === Kind.FRAGMENT_DEFINITION ? [[it.name.value, it] as const] : [])));
  const operations = definitions.flatMap((it) => (it.kind === Kind.OPERATION_DEFINITION ? [it] : []));
  return {
    prepend: ["import { type TypedDocument, text } from '../document.ts';"],
    content: [
      ...[...fragments.values()].map((fragment) => `const ${fragment.name.value}Text = ${JSON.stringify(textOf(fragment))};`),
      ...operations.map((operation) => {
        const name = operation.name?.value ?? '';
        const types = `${name}${kinds[operation.operation]}`;
        const parts = [JSON.stringify(textOf(operation)), ...fragmentsIn(operation, fragments).map((fragment) => `${fragment}Text`)];
        return `export const ${name}Document: TypedDocument<${types}, ${types}Variables> = /* @__PURE__ */ text(${parts.join(', ')});`;
      }),
    ].join('\n'),
  };
}

const kinds = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' };

const textOf = (node: OperationDefinitionNode | FragmentDefinitionNode): string => stripIgnoredCharacters(print(node));

function fragmentsIn(
  node: OperationDefinitionNode | FragmentDefinitionNode,
  known: ReadonlyMap<string, FragmentDefinitionNode>,
  found: Set<string> = new Set(),
): readonly string[] {
  visit(node, {
    FragmentSpread({ name: { value } }) {
      const fragment = known.get(value);
      if (!fragment || found.has(value)) return;
      found.add(value);
      fragmentsIn(fragment, known, found);
    },
  });
  return [...found];
}
