import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import { encodeGlobalId } from '../kernel/ids.ts';

/**
 * Gives the id of a node at once. The relay plugin gives a promise of it, and whatever selects an `id` (nearly every object) would be a promise
 * too, with all that is around it. Scopes are asked before, as for every field.
 */
class NodeIdsPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { name, parentType }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (name !== 'id') return resolver;
    const { pothosOptions }: { pothosOptions: object } = this.buildCache.getTypeConfig(parentType);
    const keyOf = keyFunction(pothosOptions);
    if (keyOf === null) return resolver;
    return (row, args, context, info) => {
      const key = keyOf(row);
      return typeof key === 'string' ? encodeGlobalId(parentType, key) : resolver(row, args, context, info);
    };
  }
}

/** What `builder.node` was given as `id.resolve`. */
function keyFunction(options: object): ((row: unknown) => unknown) | null {
  const id: unknown = 'id' in options ? options.id : null;
  if (typeof id !== 'object' || id === null || !('resolve' in id)) return null;
  const { resolve } = id;
  return isFunction(resolve) ? resolve : null;
}

function isFunction(value: unknown): value is (row: unknown) => unknown {
  return typeof value === 'function';
}

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      nodeIds: NodeIdsPlugin<Types>;
    }
  }
}

/** The name of the plugin, for the list of the builder: behind the one for scopes. */
export const nodeIds = 'nodeIds';

SchemaBuilder.registerPlugin(nodeIds, NodeIdsPlugin);
