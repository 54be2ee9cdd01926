import './graphql/error-code.ts';
import './graphql/scalars.ts';
import './graphql/server-info.ts';
import './features/files/file-types.schema.ts';
import './features/files/file.schema.ts';
import './features/users/user.schema.ts';
import './features/audit/audit.schema.ts';
import './features/auth/viewer.schema.ts';
import './features/auth/auth.schema.ts';
import './features/contacts/relationship.schema.ts';
import './features/contacts/contact.schema.ts';
import './features/providers/provider.schema.ts';
import './features/server-keys/server-key.schema.ts';
import './features/identity/person.schema.ts';
import './features/identity/identify.schema.ts';
import './features/identity/external-user.schema.ts';
import './features/identity/identity.schema.ts';
import './features/conversations/conversation.schema.ts';
import './features/conversations/settings.schema.ts';
import './features/contents/text.schema.ts';
import './features/contents/notice.schema.ts';
import './features/contents/attachments.schema.ts';
import './features/contents/custom.schema.ts';
import './features/contents/location.schema.ts';
import './features/contents/contact.schema.ts';
import './features/messages/message.schema.ts';
import './features/messages/gallery.schema.ts';
import './features/messages/mention.schema.ts';
import './features/messages/edit.schema.ts';
import './features/reactions/reaction.schema.ts';
import './features/pins/pin.schema.ts';
import './features/typing/typing.schema.ts';
import './features/friends/friend.schema.ts';
import './features/friends/friend-request.schema.ts';
import './features/groups/group.schema.ts';
import './features/groups/member.schema.ts';
import './features/groups/join.schema.ts';
import './features/search/search.schema.ts';
import './features/presence/presence.schema.ts';
import './features/events/event.schema.ts';
import './features/notices/notice.schema.ts';
import './features/moderation/moderation.schema.ts';
import type { GraphQLSchema } from 'graphql';
import { builder } from './graphql/builder.ts';
import type { Context } from './graphql/context.ts';
import { forgetLoaded } from './graphql/loader.ts';
import { scopesOf } from './graphql/scopes.ts';
import { withStoredEnums } from './graphql/stored-enums.ts';
import { AppError } from './kernel/errors.ts';
import type { Services as AllServices } from './services.ts';

declare module './graphql/context.ts' {
  interface Services extends AllServices {}
}

/** The whole schema: every file that adds to it is imported here. */
export const schema = admitting(forgetting(auditing(withStoredEnums(builder.toSchema()))));

/** Whoever asks has to be let in for each root field of queries and mutations, before anything of it is done. */
function admitting(built: GraphQLSchema): GraphQLSchema {
  for (const field of [built.getQueryType(), built.getMutationType()].flatMap((type) => Object.values(type?.getFields() ?? {}))) {
    const { resolve } = field;
    if (!resolve) continue;
    field.resolve = (root: unknown, args: Record<string, unknown>, context: Context, info) => {
      const admitted = context.admit(field.name, args);
      return admitted ? admitted.then(() => resolve(root, args, context, info)) : resolve(root, args, context, info);
    };
  }
  return built;
}

/** Whoever has a session and is refused what only admins may do leaves a record, in whatever way they are refused. */
function auditing(built: GraphQLSchema): GraphQLSchema {
  for (const field of [built.getQueryType(), built.getMutationType()].flatMap((type) => Object.values(type?.getFields() ?? {}))) {
    const { resolve } = field;
    if (!resolve || !scopesOf(field)?.includes('admin')) continue;
    field.resolve = async (root: unknown, args: Record<string, unknown>, context: Context, info) => {
      try {
        return await resolve(root, args, context, info);
      } catch (error) {
        const isRefusal = error instanceof AppError && (error.code === 'FORBIDDEN' || error.code === 'VISITOR_FORBIDDEN');
        if (isRefusal && context.viewer !== null && context.server === null)
          await context.services.audit.refused(context.viewer, field.name, context.address());
        throw error;
      }
    };
  }
  return built;
}

/** Mutations of one document run one after the other, on one context: what the first has loaded for its answer is stale after the second. */
function forgetting(built: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(built.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (!resolve) continue;
    field.resolve = async (root: unknown, args: Record<string, unknown>, context: Context, info) => {
      try {
        return await resolve(root, args, context, info);
      } finally {
        forgetLoaded(context);
      }
    };
  }
  return built;
}
