import { builder } from '../../graphql/builder.ts';
import { requireViewer } from '../../graphql/context.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { otherwise } from '../../graphql/stored-enums.ts';
import { AppError } from '../../kernel/errors.ts';
import { exactUuid, uuidOf } from '../../kernel/ids.ts';
import type { ProviderRow } from './provider.entity.ts';
import { providersMost } from './provider.policy.ts';
import type { MadeProviderSecret } from './provider.service.ts';

announceFeature('identity');

const ProviderKindRef = builder.enumType('ProviderKind', {
  ...otherwise('JWKS'),
  description: 'How proofs of a provider are judged.',
  values: {
    SECRET: { description: 'HS256, by a secret that the operator’s server shares with this one.' },
    JWKS: { description: 'RS256, ES256 or EdDSA, by keys that an identity provider publishes.' },
  } as const,
});

const ProviderRef = builder.objectRef<ProviderRow>('Provider');

builder.node(ProviderRef, {
  description: 'Who vouches for people that have no password here: the operator’s own server, or an identity provider. Seen by admins only.',
  id: { resolve: ({ uuid }) => uuid },
  loadOne: (key, context) => {
    const uuid = exactUuid(String(key));
    return uuid === null ? null : context.read((tx) => context.services.providers.find(tx, context.viewer, uuid));
  },
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Public: what `provider` names, and `aud` of the proofs of a SECRET. That of the environment is `default`.' }),
    name: t.exposeString('name', { description: 'How admins call it.' }),
    kind: t.field({ type: ProviderKindRef, description: 'How its proofs are judged.', resolve: ({ kind }) => kind }),
    jwksUrl: t.exposeString('jwksUrl', { nullable: true, description: 'Where a JWKS publishes its keys.' }),
    issuer: t.exposeString('issuer', { nullable: true, description: '`iss` of the proofs of a JWKS.' }),
    audience: t.exposeString('audience', { nullable: true, description: '`aud` of the proofs of a JWKS.' }),
    secretsSetAt: t.field({
      type: ['DateTime'],
      most: 2,
      description: 'When the secrets that are good were made, the newest first; never the secrets. Empty for a JWKS and for that of the environment.',
      resolve: ({ secretSetAt, previousSetAt }) => [secretSetAt, previousSetAt].filter((at) => at !== null),
    }),
    enabled: t.boolean({ description: 'Whether anybody can come by it.', resolve: ({ enabled }) => enabled === 1 }),
  }),
});

const ProviderInput = builder.inputType('ProviderInput', {
  description: 'What a provider is, or what becomes of it.',
  fields: (t) => ({
    id: t.id({ description: 'Id of the provider to change. Absent or null: a new one, whose key is made from its name.' }),
    name: t.string({ required: true, description: 'How admins call it: one line of at most 50 characters.' }),
    kind: t.field({ type: ProviderKindRef, required: true, description: 'Stays as it is once somebody came by it: `CONFLICT`.' }),
    jwksUrl: t.string({
      description:
        'Needed for a JWKS: an https address of the internet, of at most 2,048 characters, where at most 64 KB come in time and without a redirect to another host. Null or absent leaves.',
    }),
    issuer: t.string({
      description: 'Needed for a JWKS: 1 to 255 characters, exactly as `iss` says it. Null or absent leaves; stays once somebody came by it: `CONFLICT`.',
    }),
    audience: t.string({ description: 'Needed for a JWKS: 1 to 255 characters, such as the id of the client there. Null or absent leaves.' }),
    enabled: t.boolean({ description: 'Whether anybody can come by it; sessions that there are go on. Null or absent leaves; a new one is enabled.' }),
  }),
});

const ProviderSecret = builder.objectRef<MadeProviderSecret>('ProviderSecret').implement({
  description: 'A secret that was just made.',
  fields: (t) => ({
    secret: t.exposeString('secret', {
      description:
        'Told this once: 43 characters, whose bytes as they stand are the key of HS256. It belongs on a server, never into a page or an app: whoever has it is everybody of this provider.',
    }),
    provider: t.field({ type: ProviderRef, description: 'Whose it is.', resolve: ({ provider }) => provider }),
  }),
});

builder.queryField('providers', (t) =>
  t.field({
    type: [ProviderRef],
    most: providersMost,
    nullable: true,
    description: `Who vouches for people, in the order in which they were made, at most ${providersMost}. That of the environment has the key \`default\`.`,
    authScopes: { admin: true },
    resolve: (_root, _args, { read, services }) => read((tx) => services.providers.list(tx)),
  }),
);

builder.mutationField('saveProvider', (t) =>
  t.field({
    type: ProviderRef,
    nullable: true,
    description: `Makes or changes a provider. A new SECRET has no secret before \`rotateProviderSecret\`. \`CONFLICT\` for that of the environment, where somebody came by it and its kind or issuer would change, and where there are ${providersMost} already.`,
    authScopes: { admin: true },
    args: { input: t.arg({ type: ProviderInput, required: true, description: 'What it is to be.' }) },
    resolve: (_root, { input: { id, ...input } }, context) =>
      context.services.providers.save(requireViewer(context), typeof id === 'string' ? requireProviderUuid(id) : null, input),
  }),
);

builder.mutationField('rotateProviderSecret', (t) =>
  t.field({
    type: ProviderSecret,
    nullable: true,
    description:
      'Makes a new secret for a SECRET, in force at once on every node. The one until now stays good beside it. `CONFLICT` for that of the environment, `BAD_USER_INPUT` for a JWKS.',
    authScopes: { admin: true },
    args: {
      id: t.arg.id({ required: true, description: 'Id of the provider.' }),
      dropsPrevious: t.arg.boolean({ description: 'Only the new one is good from now on: the one until now has leaked. Default false.' }),
    },
    resolve: (_root, { id, dropsPrevious }, context) =>
      context.services.providers.rotate(requireViewer(context), requireProviderUuid(id), dropsPrevious ?? false),
  }),
);

function requireProviderUuid(id: string): string {
  const uuid = uuidOf('Provider', id);
  if (uuid === null) throw new AppError('NOT_FOUND');
  return uuid;
}
