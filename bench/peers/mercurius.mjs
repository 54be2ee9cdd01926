import fastify from 'fastify';
import mercurius from 'mercurius';
import { message, onTold, typeDefs } from './message.mjs';

/** Mercurius with its own subscriptions: https://mercurius.dev/#/docs/subscriptions */
const app = fastify();
const resolvers = { Subscription: { messages: { subscribe: async (_root, _args, { pubsub }) => await pubsub.subscribe('message') } } };
app.register(mercurius, { schema: typeDefs, resolvers, subscription: true });
await app.ready();
onTold(() => app.graphql.pubsub.publish({ topic: 'message', payload: { messages: message } }));
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
