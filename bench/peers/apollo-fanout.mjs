import { createServer } from 'node:http';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { PubSub } from 'graphql-subscriptions';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { message, onTold, typeDefs } from './message.mjs';

/** Apollo Server’s recipe for subscriptions, in which Apollo itself has no part: https://www.apollographql.com/docs/apollo-server/data/subscriptions */
const pubSub = new PubSub();
pubSub.ee.setMaxListeners(0);
const resolvers = { Subscription: { messages: { subscribe: () => pubSub.asyncIterableIterator(['message']), resolve: (it) => it } } };
const server = createServer();
useServer({ schema: makeExecutableSchema({ typeDefs, resolvers }) }, new WebSocketServer({ server, path: '/graphql' }));
onTold(() => void pubSub.publish('message', message));
server.listen(Number(process.env.PORT), '127.0.0.1', 4096);
