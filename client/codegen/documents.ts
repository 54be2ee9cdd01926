import { type DocumentNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, print, stripIgnoredCharacters, visit } from 'graphql';

/** Of the operations that the config names, where it names some: their types are imported then. */
interface Config {
  readonly only?: readonly string[];
}

/**
 * A plugin of graphql-codegen: each operation as a text with the types of its variables and its result. A fragment stands there once, however many
 * documents use it, and what a page does not use is not bundled.
 */
export function plugin(
  _schema: unknown,
  files: readonly { document?: DocumentNode | undefined }[],
  { only }: Config = {},
): { prepend: string[]; content: string } {
  const definitions = files.flatMap(({ document }) => document?.definitions ?? []);
  const known = new Map(definitions.flatMap((it) => (it.kind === Kind.FRAGMENT_DEFINITION ? [[it.name.value, it] as const] : [])));
  const operations = definitions.flatMap((it) => (it.kind === Kind.OPERATION_DEFINITION && (only?.includes(it.name?.value ?? '') ?? true) ? [it] : []));
  const used = new Set(operations.flatMap((operation) => fragmentsIn(operation, known)));
  const fragments = only ? [...known].filter(([name]) => used.has(name)) : [...known];
  const types = operations.flatMap((operation) => [typeOf(operation), `${typeOf(operation)}Variables`]).sort();
  return {
    prepend: only
      ? ["import type { TypedDocument } from '../types.ts';", `import type {\n  ${types.join(',\n  ')},\n} from './graphql.ts';`]
      : ["import { type TypedDocument, text } from '../document.ts';"],
    content: [
      // Of its own: a shared one would put the file that it stands in beside the bundle of the page.
      ...(only ? ["const text = <Result, Variables>(...parts: readonly string[]): TypedDocument<Result, Variables> => parts.join('');"] : []),
      ...fragments.map(([, fragment]) => `const ${fragment.name.value}Text = ${JSON.stringify(textOf(fragment))};`),
      ...operations.map((operation) => {
        const name = operation.name?.value ?? '';
        const type = typeOf(operation);
        const parts = [JSON.stringify(textOf(operation)), ...fragmentsIn(operation, known).map((fragment) => `${fragment}Text`)];
        return `export const ${name}Document: TypedDocument<${type}, ${type}Variables> = /* @__PURE__ */ text(${parts.join(', ')});`;
      }),
    ].join('\n'),
  };
}

const typeOf = ({ name, operation }: OperationDefinitionNode): string => `${name?.value ?? ''}${kinds[operation]}`;

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
