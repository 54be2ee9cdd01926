import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidatedExecutionArgs,
} from 'graphql';
import type { DocumentLimits } from '../../config.ts';
import { isConnection, mostOf, pageSizeOf, priceOf } from '../../graphql/cost.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Asker } from '../../kernel/viewer.ts';

/** What of an operation decides its cost: one that was validated, with its variables. */
export type Priced = Pick<ValidatedExecutionArgs, 'schema' | 'operation' | 'fragmentDefinitions' | 'variableValues'>;

/** What is remembered of an operation: what it costs for each sizes of pages that its variables have said. */
interface Known {
  /** The variables that say how large a page is. */
  readonly variables: readonly string[];
  readonly costs: Map<string, number>;
}

/** Documents are kept by their text, so the same operation is the same object nearly always, and looked at once. */
const known = new WeakMap<OperationDefinitionNode, Known>();

/** Different sizes that are remembered of one operation. */
const sizesKept = 50;

/**
 * What an operation costs at most, whatever others have written: 1 for each field, or what it declares, times the items of the lists around it.
 * What is about the schema itself costs nothing here.
 */
export function costOf(args: Priced): number {
  const { operation, variableValues } = args;
  const sizes = (names: readonly string[]) => names.map((name) => pageSizeOf(variableValues.coerced[name])).join();
  const before = known.get(operation);
  const found = before?.costs.get(before.variables.length === 0 ? '' : sizes(before.variables));
  if (found !== undefined) return found;
  const used = new Set<string>();
  const cost = analyse(args, (variable) => {
    used.add(variable);
    return variableValues.coerced[variable];
  });
  const { variables, costs } = before ?? { variables: [...used], costs: new Map<string, number>() };
  if (costs.size >= sizesKept) costs.clear();
  known.set(operation, { variables, costs: costs.set(sizes(variables), cost) });
  return cost;
}

/** What a selection costs: once, and for each item where it is that of a page. */
interface SetCost {
  readonly once: number;
  readonly perItem: number;
}

const free: SetCost = { once: 0, perItem: 0 };

/** Each selection is looked at once for each type that it can stand on, so that the time is that of the document's length. */
function analyse({ schema, operation, fragmentDefinitions }: Priced, given: (variable: string) => unknown): number {
  const seen = new Map<SelectionSetNode, Map<GraphQLObjectType, SetCost>>();

  const ofSet = (set: SelectionSetNode, type: GraphQLObjectType): SetCost => {
    const byType = seen.get(set) ?? new Map<GraphQLObjectType, SetCost>();
    const before = byType.get(type);
    if (before) return before;
    seen.set(set, byType.set(type, free));
    let once = 0;
    let perItem = 0;
    for (const node of set.selections) {
      const cost = node.kind === 'Field' ? ofField(node, type) : ofFragment(node.kind === 'FragmentSpread' ? fragmentDefinitions[node.name.value] : node, type);
      once += cost.once;
      perItem += cost.perItem;
    }
    const cost = { once, perItem };
    byType.set(type, cost);
    return cost;
  };

  const ofFragment = (
    fragment: (Pick<FragmentDefinitionNode, 'selectionSet'> & { readonly typeCondition?: FragmentDefinitionNode['typeCondition'] | undefined }) | undefined,
    type: GraphQLObjectType,
  ): SetCost => {
    if (!fragment) return free;
    const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
    const fits = !condition || condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
    return fits ? ofSet(fragment.selectionSet, type) : free;
  };

  const ofField = (node: FieldNode, parent: GraphQLObjectType): SetCost => {
    // `__typename`, and what is about the schema itself, which has limits of its own.
    const field = parent.getFields()[node.name.value];
    if (!field) return free;
    const type = getNamedType(field.type);
    const { selectionSet } = node;
    if (!selectionSet) return { once: priceOf(field), perItem: 0 };
    const types = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : [];
    const { once, perItem } = types.map((each) => ofSet(selectionSet, each)).reduce(dearer, free);
    if (field.name === 'edges' && isConnection(parent)) return { once: priceOf(field), perItem: once };
    const items = itemsOf(field, node);
    return { once: priceOf(field) + (isConnection(field.type) ? once + items * perItem : items * once), perItem: 0 };
  };

  const itemsOf = (field: GraphQLField<unknown, unknown>, node: FieldNode): number => {
    const most = mostOf(field);
    if (typeof most === 'number') return most;
    // That every list has a bound is held by a test.
    return most === null ? pageSizeOf(Number.POSITIVE_INFINITY) : Math.max(...wantedOf(node).map(pageSizeOf));
  };

  /** What `first` and `last` say; where neither says anything, that. */
  const wantedOf = (node: FieldNode): readonly unknown[] => {
    const said = (node.arguments ?? [])
      .filter(({ name }) => name.value === 'first' || name.value === 'last')
      .map(({ value }) => (value.kind === 'Variable' ? given(value.name.value) : value.kind === 'IntValue' ? Number(value.value) : undefined))
      .filter((wanted) => wanted != null);
    return said.length === 0 ? [undefined] : said;
  };

  const root = schema.getRootType(operation.operation);
  // No number of JSON is endless.
  return root ? Math.min(ofSet(operation.selectionSet, root).once, Number.MAX_SAFE_INTEGER) : 0;
}

function dearer(a: SetCost, b: SetCost): SetCost {
  return { once: Math.max(a.once, b.once), perItem: Math.max(a.perItem, b.perItem) };
}

/** The refusal of what costs more than it may; null where it does not. */
export function findTooDear(cost: number, limit: number): AppError | null {
  if (cost <= limit) return null;
  return new AppError(
    'BAD_QUERY',
    { cost, limit },
    { zh: `查询的开销为 ${cost}，不能超过 ${limit}`, en: `This would cost ${cost}, and may cost at most ${limit}` },
  );
}

/** What one event of each subscription of a socket costs together. */
export interface SocketCosts {
  /** The refusal of one more that costs so much; null where there is room for it. */
  findTooDear(socket: Socket | null, cost: number): AppError | null;
  add(socket: Socket | null, cost: number): void;
  remove(socket: Socket | null, cost: number): void;
}

/** A socket of which nothing but its id is needed. */
interface Socket {
  readonly id: string;
}

/** Makes it for one node. Nothing is kept of a socket without subscriptions. */
export function createSocketCosts(limit: number): SocketCosts {
  const sums = new Map<string, number>();
  const change = (socket: Socket | null, by: number) => {
    if (!socket) return;
    const sum = (sums.get(socket.id) ?? 0) + by;
    if (sum > 0) sums.set(socket.id, sum);
    else sums.delete(socket.id);
  };
  return {
    findTooDear: (socket, cost) => (socket ? findTooDear((sums.get(socket.id) ?? 0) + cost, limit) : null),
    add: change,
    remove: (socket, cost) => change(socket, -cost),
  };
}

/** What an operation of somebody may cost. */
export function mostCostOf({ viewer, server }: Asker, { anonymousCost, visitorCost, userCost, agentCost }: DocumentLimits): number {
  if (server !== null) return agentCost;
  if (viewer === null) return anonymousCost;
  switch (viewer.role) {
    case 'USER':
      return userCost;
    case 'AGENT':
    case 'ADMIN':
      return agentCost;
    default:
      // A newer version may have stored a role that this one does not know.
      return visitorCost;
  }
}
