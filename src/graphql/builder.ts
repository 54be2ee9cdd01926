import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { isObjectType } from 'graphql';
import { AppError } from '../kernel/errors.ts';
import { decodeGlobalId, encodeGlobalId } from '../kernel/ids.ts';
import type { ServerRight } from '../kernel/server-caller.ts';
import { hasOwnSession } from '../kernel/viewer.ts';
import type { Context } from './context.ts';
import { nodeIds } from './node-ids.ts';
import { scopesOf } from './scopes.ts';

/** Who may use a field. Every root field says one of these. */
export interface Scopes {
  /** Anybody, without a token, and server keys too. */
  public: boolean;
  /** Anybody, without a token, but no server key: whoever wants to come in as a person. */
  newcomer: boolean;
  /** Any session, visitors included; also a server key that acts as somebody. */
  session: boolean;
  /** Registered users, likewise. */
  user: boolean;
  /** Any session, visitors included, but no server key that acts as somebody. */
  ownSession: boolean;
  /** Registered users, likewise. */
  ownUser: boolean;
  /** Admins; no server key that acts. */
  admin: boolean;
  /** A server key with this right, that does not act as somebody. */
  right: ServerRight;
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
      description:
        'Anything that has a global id; null, without an error, where it does not exist or is not for the viewer to see. A server key with READ reads users by it.',
      authScopes: { session: true, right: 'READ' },
      args: { id: { description: 'Its global id.' } },
      resolve: async (_root, { id }, { viewer }, { schema }, resolveNode) => {
        // A server key by itself reads people, and is member of nothing.
        if (viewer === null && id.typename !== 'User') return null;
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
      ownSession: () => context.viewer !== null && hasOwnSession(context.viewer),
      ownUser: () => context.viewer !== null && context.viewer.role !== 'VISITOR' && hasOwnSession(context.viewer),
      admin: () => context.viewer !== null && context.viewer.role === 'ADMIN' && hasOwnSession(context.viewer),
      newcomer: () => context.server === null,
      right: (right) => context.viewer === null && context.server !== null && context.server.rights.has(right),
    }),
    unauthorizedError: (_parent, { viewer, server }, { parentType, fieldName }) => {
      if (viewer === null) return new AppError(server === null ? 'TOKEN_MISSING' : 'FORBIDDEN');
      // Where a visitor needs nothing but to register. A key that acts as one is refused what no key may do in other words.
      const wanted: readonly string[] = server === null ? ['user', 'ownUser', 'admin'] : ['user'];
      const field = parentType.getFields()[fieldName];
      const isForUsers = field !== undefined && scopesOf(field)?.some((scope) => wanted.includes(scope)) === true;
      return new AppError(viewer.role === 'VISITOR' && isForUsers ? 'VISITOR_FORBIDDEN' : 'FORBIDDEN');
    },
  },
});

builder.queryType({ description: 'What can be asked.' });
builder.mutationType({ description: 'What can be done. Fields are nullable, so that one refused mutation does not hide another that was done.' });
builder.subscriptionType({ description: 'What can be listened to, over the WebSocket.' });
