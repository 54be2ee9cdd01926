import { createServer } from 'node:http';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { message, onTold, typeDefs } from './message.mjs';

/** GraphQL Yoga with graphql-ws, as its documentation has it: https://the-guild.dev/graphql/yoga-server/docs/features/subscriptions */
const pubSub = createPubSub();
const resolvers = {
  Subscription: { messages: { subscribe: (_root, { conversationId }) => pubSub.subscribe('message', conversationId), resolve: (it) => it } },
};
const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false });
const server = createServer(yoga);
useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (ctx, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...ctx,
        req: ctx.extra.request,
        socket: ctx.extra.socket,
        params,
      });
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length > 0 ? errors : args;
    },
  },
  new WebSocketServer({ server, path: '/graphql' }),
);
onTold(() => pubSub.publish('message', 'room', message));
server.listen(Number(process.env.PORT), '127.0.0.1', 4096);
