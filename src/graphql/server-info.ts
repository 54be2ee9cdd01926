import type { Limit } from '../kernel/limit.ts';
import { builder } from './builder.ts';
import type { Services } from './context.ts';

const announced = new Set<string>();

/** Announces something that the first edition of the API has not, under a name that clients look for: called where it is defined. */
export function announceFeature(name: string): void {
  announced.add(name);
}

const LimitRef = builder.objectRef<Limit>('Limit').implement({
  description: 'A number that a client can run into, as this server is configured.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What is bounded. It ends with its unit, such as `textCharacters`, `recallSeconds` or `sendsPerSecond`.' }),
    value: t.exposeFloat('value', { description: 'The most that there may be of it, or the least where the name says so.' }),
  }),
});

announceFeature('limits');

const ServerInfo = builder.objectRef<Pick<Services, 'version' | 'limits'> & { readonly features: readonly string[] }>('ServerInfo').implement({
  description: 'What serves here.',
  fields: (t) => ({
    name: t.string({ description: 'The name of the software: "Parley".', resolve: () => 'Parley' }),
    version: t.exposeString('version', { description: 'Its version, as semver.org has it.' }),
    features: t.stringList({
      most: 50,
      description: 'What this server has beyond the first edition of the API, so that newer clients can ask less of it.',
      resolve: ({ features }) => [...features],
    }),
    limits: t.field({
      type: [LimitRef],
      most: 200,
      description: 'Every number that a client can run into, so that it can say so before it asks. Newer servers have more of them.',
      resolve: ({ limits }) => [...limits],
    }),
  }),
});

builder.queryField('serverInfo', (t) =>
  t.field({
    type: ServerInfo,
    description: 'What serves here, and what it can do.',
    authScopes: { public: true },
    resolve: (_root, _args, { services: { version, limits, features } }) => ({ version, limits, features: [...announced, ...features].sort() }),
  }),
);
