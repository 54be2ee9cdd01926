import {
  type ASTNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  print,
  type SelectionSetNode,
  type ValidatedSubscriptionArgs,
  visit,
} from 'graphql';
import { isPerViewer } from '../../graphql/per-viewer.ts';
import type { Locale } from '../../kernel/errors.ts';

/** What a subscription selects, as far as it matters for running it once for several readers. */
export interface Selection {
  /** Two subscriptions with the same name get the same for the same event, where its type is among `types`. */
  readonly name: string;
  /** The object types of events of which nothing is selected that depends on the viewer. */
  readonly types: ReadonlySet<string>;
}

/**
 * Looks at what a subscription selects. Variables that stand only in the arguments of the root field (`after`, `afterRev`) decide where a stream
 * begins, and not what it shows.
 */
export function selectionOf(args: ValidatedSubscriptionArgs, locale: Locale): Selection {
  const { operation, rawVariableValues } = args;
  const { types, used, text } = lookAt(args);
  const variables = used.map((name) => [name, rawVariableValues?.[name] ?? null]);
  return { name: JSON.stringify([locale, operation.name?.value ?? null, variables, text]), types };
}

interface Looked {
  readonly types: ReadonlySet<string>;
  /** The variables that decide what is shown. */
  readonly used: readonly string[];
  readonly text: string;
}

/** Documents are kept by their text, so the same text is the same object nearly always, and looked at once. */
const looked = new WeakMap<ASTNode, Looked>();

function lookAt(args: ValidatedSubscriptionArgs): Looked {
  const { schema, document, operation, fragmentDefinitions } = args;
  const known = looked.get(operation);
  if (known) return known;
  const used = new Set<string>();
  const types = new Set<string>();
  for (const { set, type } of rootSelections(args)) {
    for (const name of variablesIn(set)) used.add(name);
    for (const { name } of concreteTypes(schema, type)) if (isSameForAll(args, set, name)) types.add(name);
  }
  for (const fragment of Object.values(fragmentDefinitions)) if (fragment) for (const name of variablesIn(fragment)) used.add(name);
  const found = { types, used: [...used].sort(), text: document.loc?.source.body ?? print(document) };
  looked.set(operation, found);
  return found;
}

/** What is selected of the root field, each time that it stands in the operation, with the field's type. */
function rootSelections({ schema, operation, fragmentDefinitions }: ValidatedSubscriptionArgs) {
  const root = schema.getSubscriptionType();
  const found: { readonly set: SelectionSetNode; readonly type: GraphQLNamedType }[] = [];
  const look = (set: SelectionSetNode) => {
    for (const node of set.selections) {
      if (node.kind === 'InlineFragment') look(node.selectionSet);
      else if (node.kind === 'FragmentSpread') {
        const fragment = fragmentDefinitions[node.name.value];
        if (fragment) look(fragment.selectionSet);
      } else {
        const field = root?.getFields()[node.name.value];
        if (field && node.selectionSet) found.push({ set: node.selectionSet, type: getNamedType(field.type) });
      }
    }
  };
  look(operation.selectionSet);
  return found;
}

/** Whether a selection on an object of a type is answered alike for everybody. */
function isSameForAll({ schema, fragmentDefinitions }: ValidatedSubscriptionArgs, set: SelectionSetNode, typename: string): boolean {
  const looked = new Set<SelectionSetNode>();
  const inside = (part: SelectionSetNode, parents: readonly GraphQLNamedType[]): boolean => {
    if (looked.has(part)) return true;
    looked.add(part);
    return part.selections.every((node) => {
      if (node.kind === 'Field') {
        const fields = parents.flatMap((type) => (isObjectType(type) || isInterfaceType(type) ? (type.getFields()[node.name.value] ?? []) : []));
        return fields.every((field) => {
          if (isPerViewer(field)) return false;
          const type = getNamedType(field.type);
          return !node.selectionSet || !isCompositeType(type) || inside(node.selectionSet, [type, ...concreteTypes(schema, type)]);
        });
      }
      const fragment = node.kind === 'FragmentSpread' ? fragmentDefinitions[node.name.value] : node;
      if (!fragment) return false;
      const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
      if (!condition) return inside(fragment.selectionSet, parents);
      const matching = concreteTypes(schema, condition);
      const both = parents.filter((type) => type === condition || matching.some(({ name }) => name === type.name));
      return both.length === 0 || inside(fragment.selectionSet, both);
    });
  };
  const type = schema.getType(typename);
  return type !== undefined && inside(set, [type]);
}

function concreteTypes(schema: GraphQLSchema, type: GraphQLNamedType) {
  if (isAbstractType(type)) return schema.getPossibleTypes(type);
  return isObjectType(type) ? [type] : [];
}

function variablesIn(node: ASTNode): string[] {
  const names: string[] = [];
  visit(node, {
    VariableDefinition: () => false,
    Variable({ name }) {
      names.push(name.value);
    },
  });
  return names;
}
