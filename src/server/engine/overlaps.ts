import type { ASTNode, DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql';
import { AppError } from '../../kernel/errors.ts';

/** How much of a document is looked at. */
interface OverlapLimits {
  /** Comparisons of two things. */
  readonly documentOverlaps: number;
  /** What is deeper has been refused, or ends nowhere, which another rule says. */
  readonly depth: number;
}

/**
 * Throws `BAD_QUERY` where so much of a document that was only parsed stands at the same places of the answer that to compare it would take long:
 * validating compares everything at a place with everything there. Fragments count wherever they are spread, and what is looked at counts too, so
 * that this ends soon however they spread each other.
 */
export function requireFewOverlaps(document: DocumentNode, { documentOverlaps: most, depth }: OverlapLimits): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition);
  const reached = new Set<string>();
  const sizes = new Map<FieldNode, number>();
  let overlaps = 0;

  /** So many things at one place, which take so much altogether to be compared with one other. */
  const count = (things: number, size: number) => {
    overlaps += things + ((things - 1) * size) / 2;
    if (overlaps > most)
      throw new AppError('BAD_QUERY', {}, { zh: '同一位置重复的字段和片段过多', en: 'Too many fields and fragments stand at the same places of the answer' });
  };

  const sizeOf = (field: FieldNode): number => {
    const known = sizes.get(field);
    if (known !== undefined) return known;
    const size = 1 + (field.arguments ?? []).reduce((sum, argument) => sum + 1 + valuesIn(argument.value), 0);
    sizes.set(field, size);
    return size;
  };

  /** Looks at selections that come together at one place. */
  const look = (sets: readonly SelectionSetNode[], left: number) => {
    const groups = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    let spreads = 0;
    const open = [...sets];
    let looked = 0;
    for (let set = open.pop(); set; set = open.pop()) {
      looked += 1;
      for (const node of set.selections) {
        if (node.kind === 'InlineFragment') open.push(node.selectionSet);
        else if (node.kind === 'Field') {
          const name = node.alias?.value ?? node.name.value;
          const group = groups.get(name);
          if (group) group.push(node);
          else groups.set(name, [node]);
        } else {
          spreads += 1;
          const name = node.name.value;
          const fragment = spread.has(name) ? undefined : fragments.get(name);
          spread.add(name);
          reached.add(name);
          if (fragment) open.push(fragment.selectionSet);
        }
      }
    }
    count(looked, 0);
    if (spreads > 0) count(spreads, spreads);
    for (const group of groups.values()) {
      count(
        group.length,
        group.reduce((sum, field) => sum + sizeOf(field), 0),
      );
      const inner = group.map(({ selectionSet }) => selectionSet).filter((set) => set !== undefined);
      if (inner.length > 0 && left > 1) look(inner, left - 1);
    }
  };

  for (const definition of document.definitions) if (definition.kind === 'OperationDefinition') look([definition.selectionSet], depth);
  for (const [name, { selectionSet }] of fragments) if (!reached.has(name)) look([selectionSet], depth);
}

function valuesIn(value: ASTNode): number {
  if (value.kind === 'ListValue') return value.values.reduce((sum, inner) => sum + valuesIn(inner), 1);
  if (value.kind === 'ObjectValue') return value.fields.reduce((sum, inner) => sum + 1 + valuesIn(inner.value), 1);
  return 1;
}
