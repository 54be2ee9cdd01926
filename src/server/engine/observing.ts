import type { OperationDefinitionNode, SelectionSetNode, ValidatedExecutionArgs } from 'graphql';
import { errorCodes } from '../../kernel/errors.ts';
import { type LabelsOf, type Metrics, secondsSince } from '../../platform/metrics.ts';
import { openSpan } from '../../platform/tracing.ts';

/** What an operation is, in words of the schema: its own name is the caller's. */
export interface Kind {
  readonly type: LabelsOf<'operations'>['type'];
  /** The field under its root, or `several`. */
  readonly field: string;
}

const refused: Kind = { type: 'refused', field: '' };

/** Documents are kept by their text, so an operation is mostly looked at once. */
const kinds = new WeakMap<OperationDefinitionNode, Kind>();

/** What a valid operation is. */
export function kindOf({ operation, fragmentDefinitions }: Pick<ValidatedExecutionArgs, 'operation' | 'fragmentDefinitions'>): Kind {
  const known = kinds.get(operation);
  if (known) return known;
  const fields = new Set<string>();
  const look = ({ selections }: SelectionSetNode) => {
    for (const node of selections) {
      if (node.kind === 'Field') fields.add(node.name.value);
      else if (node.kind === 'InlineFragment') look(node.selectionSet);
      else {
        const fragment = fragmentDefinitions[node.name.value];
        if (fragment) look(fragment.selectionSet);
      }
    }
  };
  look(operation.selectionSet);
  if (fields.size > 1) fields.delete('__typename');
  const [field = ''] = fields;
  const kind: Kind = { type: operation.operation, field: fields.size > 1 ? 'several' : field };
  kinds.set(operation, kind);
  return kind;
}

/** One operation, watched from when it was read until it is answered. */
export class Observed {
  private readonly metrics: Metrics;
  private readonly began = performance.now();
  private readonly span = openSpan('operation');

  constructor(metrics: Metrics) {
    this.metrics = metrics;
  }

  /** Runs a part of it. */
  run<T>(work: () => T): T {
    return this.span === null ? work() : this.span.run(work);
  }

  /** It has its answer; `kind` is null where it was not run at all. */
  over(kind: Kind | null, answer: object): void {
    const { type, field } = kind ?? refused;
    const outcome = outcomeOf(answer);
    this.metrics.add('operations', { type, field, outcome });
    this.metrics.observe('operationSeconds', { type }, secondsSince(this.began));
    this.span?.end(
      { 'parley.type': type, 'parley.field': field, 'parley.outcome': outcome },
      { failed: outcome === 'INTERNAL' || outcome === 'UNAVAILABLE', name: `${type} ${field}`.trim() },
    );
  }
}

/** `ok`, or the code of the first error. */
function outcomeOf(answer: object): string {
  if (!('errors' in answer) || !Array.isArray(answer.errors)) return 'ok';
  const [error]: readonly { readonly extensions?: { readonly code?: unknown } }[] = answer.errors;
  if (error === undefined) return 'ok';
  return errorCodes.find((code) => code === error.extensions?.code) ?? 'INTERNAL';
}
