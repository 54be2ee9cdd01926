import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { entities } from '../../src/entities.ts';
import { createUserService } from '../../src/features/users/user.service.ts';
import { encodeGlobalId } from '../../src/kernel/ids.ts';
import { createDatabase } from '../../src/platform/database.ts';

/** Apollo Server 5 with our own service and database behind `userInfo`; it asks for no token. */
const database = await createDatabase({ url: process.env.DATABASE_URL, dataDir: process.env.DATA_DIR, pool: 20, timeoutMs: 4000 }, entities);
const users = createUserService({ log: null, profileJobs: null, defaultChatset: {} });
const typeDefs = `
scalar UUID
enum Role { VISITOR USER AGENT ADMIN }
enum Gender { UNKNOWN MALE FEMALE }
type Profile { gender: Gender! bio: String location: String website: String }
type User { id: ID! uuid: UUID! username: String! nickname: String! avatar: String role: Role! profile: Profile! }
type Query { userInfo(uuid: UUID!): User }`;
const resolvers = {
  User: { id: ({ uuid }) => encodeGlobalId('User', uuid), profile: (user) => user },
  Query: { userInfo: (_root, { uuid }) => database.read((tx) => users.findEnabled(tx, uuid)) },
};
await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), { listen: { port: Number(process.env.PORT), host: '127.0.0.1' } });
