import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { isObjectType } from 'graphql';
import { AppError } from '../kernel/errors.ts';
import { decodeGlobalId, encodeGlobalId } from '../kernel/ids.ts';
import type { Context } from './context.ts';
import { nodeIds } from './node-ids.ts';

/** Who may use a field. Every root field says one of these. */
export interface Scopes {
  /** Anybody, without a token. */
  public: boolean;
  /** Any session, visitors included. */
  session: boolean;
  /** Registered users. */
  user: boolean;
  admin: boolean;
}

/** The one schema builder; `schema.ts` imports every file that adds to it. Fields are non-null unless they say otherwise. */
export const builder = new SchemaBuilder<{
  Context: Context;
  AuthScopes: Scopes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    /** In the case in which it was given: whoever compares it makes it lower case. */
    UUID: { Input: string; Output: string };
    /** Milliseconds since 1970. */
    DateTime: { Input: number; Output: number };
    /** YYYY-MM-DD */
    Date: { Input: string; Output: string };
  };
}>({
  defaultFieldNullability: false,
  plugins: [ScopeAuthPlugin, RelayPlugin, nodeIds],
  relay: {
    encodeGlobalID: (typename, id) => encodeGlobalId(typename, String(id)),
    decodeGlobalID: (globalId) => {
      const { typename, key } = decodeGlobalId(globalId) ?? { typename: '', key: '' };
      return { typename, id: key };
    },
    cursorType: 'String',
    nodeTypeOptions: { description: 'A thing that has a global id: `node(id)` reads it again.' },
    idFieldOptions: { description: 'Opaque and global: the same for everybody, for ever.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list.' },
    hasNextPageFieldOptions: { description: 'The list goes on after this page.' },
    hasPreviousPageFieldOptions: { description: 'The list goes on before this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first edge; null where the page is empty.' },
    endCursorFieldOptions: { description: 'Cursor of the last edge; null where the page is empty.' },
    edgesFieldOptions: { nullable: { list: false, items: false }, description: 'The items of this page, in the order of the list.' },
    pageInfoFieldOptions: { description: 'Where this page stands in the list.' },
    cursorFieldOptions: { description: 'Opaque: the place of this item, for `after` and `before`.' },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    nodeQueryOptions: {
      description: 'Anything that has a global id; null, without an error, where it does not exist or is not for the viewer to see.',
      authScopes: { session: true },
      args: { id: { description: 'Its global id.' } },
      resolve: async (_root, { id }, _context, { schema }, resolveNode) => {
        const type = schema.getType(id.typename);
        return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node') ? await resolveNode(id) : null;
      },
    },
    nodesQueryOptions: false,
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: (context) => ({
      public: true,
      session: context.forMany !== null || context.viewer !== null,
      // Asked for only where a field wants it: a run for many has no viewer.
      user: () => context.viewer !== null && context.viewer.role !== 'VISITOR',
      admin: () => context.viewer?.role === 'ADMIN',
    }),
    // A visitor passes "public" and "session": what refuses one wants a registered user.
    unauthorizedError: (_parent, { viewer }) => {
      if (viewer === null) return new AppError('TOKEN_MISSING');
      return new AppError(viewer.role === 'VISITOR' ? 'VISITOR_FORBIDDEN' : 'FORBIDDEN');
    },
  },
});

builder.queryType({ description: 'What can be asked.' });
builder.mutationType({ description: 'What can be done. Fields are nullable, so that one refused mutation does not hide another that was done.' });
builder.subscriptionType({ description: 'What can be listened to, over the WebSocket.' });
