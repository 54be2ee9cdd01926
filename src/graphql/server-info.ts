import { builder } from './builder.ts';

const announced = new Set<string>();

/** Announces something that the first edition of the API has not, under a name that clients look for: called where it is defined. */
export function announceFeature(name: string): void {
  announced.add(name);
}

const ServerInfo = builder.objectRef<{ readonly version: string; readonly features: readonly string[] }>('ServerInfo').implement({
  description: 'What serves here.',
  fields: (t) => ({
    name: t.string({ description: 'The name of the software: "Parley".', resolve: () => 'Parley' }),
    version: t.exposeString('version', { description: 'Its version, as semver.org has it.' }),
    features: t.stringList({
      most: 50,
      description: 'What this server has beyond the first edition of the API, so that newer clients can ask less of it.',
      resolve: ({ features }) => [...features],
    }),
  }),
});

builder.queryField('serverInfo', (t) =>
  t.field({
    type: ServerInfo,
    description: 'What serves here, and what it can do.',
    authScopes: { public: true },
    resolve: (_root, _args, { services }) => ({ version: services.version, features: [...announced].sort() }),
  }),
);
