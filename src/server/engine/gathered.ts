import { type FieldNode, type FragmentDefinitionNode, type GraphQLObjectType, type OperationDefinitionNode, visit } from 'graphql';

/** The fields of a selection by their response names, as graphql-js gathers them for one type. */
export type GroupedFields = ReadonlyMap<string, FieldsOfName>;

/** What stands under one response name. */
export type FieldsOfName = readonly { readonly node: FieldNode }[];

/** What an object with such a selection adds to a run, without the values of its leaves. */
export interface Weight {
  readonly values: number;
  readonly cost: number;
  readonly bytes: number;
}

/** What graphql-js finds under a field for one type. */
export interface Subfields {
  readonly groupedFieldSet: GroupedFields;
  readonly newDeferUsages: readonly unknown[];
}

/** What was gathered of the selections of one operation: for all its runs, or for one. */
export class Gathered {
  private readonly roots = new Map<GraphQLObjectType, GroupedFields>();
  private readonly subfields = new Map<FieldsOfName, Map<GraphQLObjectType, Subfields>>();
  private readonly weights = new Map<GroupedFields, Weight>();

  /** What was gathered first: the same fields, as what is under them is remembered by them. */
  rootOf(type: GraphQLObjectType, gathered: GroupedFields): GroupedFields {
    const first = this.roots.get(type);
    if (first) return first;
    this.roots.set(type, gathered);
    return gathered;
  }

  subfieldsOf(fields: FieldsOfName, type: GraphQLObjectType, gather: () => Subfields): Subfields {
    let byType = this.subfields.get(fields);
    if (!byType) {
      byType = new Map();
      this.subfields.set(fields, byType);
    }
    let found = byType.get(type);
    if (!found) {
      found = gather();
      byType.set(type, found);
    }
    return found;
  }

  weightOf(grouped: GroupedFields, weigh: () => Weight): Weight {
    let weight = this.weights.get(grouped);
    if (!weight) {
      weight = weigh();
      this.weights.set(grouped, weight);
    }
    return weight;
  }
}

/** Documents are kept by their text, so an operation is mostly looked at once. Null: what is selected depends on the variables. */
const known = new WeakMap<OperationDefinitionNode, Gathered | null>();

/** What there is of an operation: nothing has to be gathered again, unless `@skip` or `@include` ask a variable. */
export function gatheredOf(operation: OperationDefinitionNode, fragments: Readonly<Record<string, FragmentDefinitionNode | undefined>>): Gathered {
  let gathered = known.get(operation);
  if (gathered === undefined) {
    gathered = [operation, ...Object.values(fragments)].some((node) => node !== undefined && asksVariable(node)) ? null : new Gathered();
    known.set(operation, gathered);
  }
  return gathered ?? new Gathered();
}

function asksVariable(node: OperationDefinitionNode | FragmentDefinitionNode): boolean {
  let asks = false;
  visit(node, {
    Directive: ({ arguments: given = [] }) => {
      if (given.some(({ value }) => value.kind === 'Variable')) asks = true;
    },
  });
  return asks;
}
