import { builder } from '../../graphql/builder.ts';
import { AuthPayload, callerOf } from '../auth/auth.schema.ts';

const IdentifyInput = builder.inputType('IdentifyInput', {
  description: 'Somebody for whom a provider vouches.',
  fields: (t) => ({
    provider: t.string({ description: 'Key of the provider. Needed where several are enabled: `BAD_USER_INPUT` otherwise.' }),
    proof: t.string({
      required: true,
      description:
        'A JWT of less than 8,192 characters. Of a SECRET: HS256, `aud` its key. Of a JWKS: RS256, ES256 or EdDSA, `iss` and `aud` as the provider says. Both with `sub`, 1 to 128 characters, `iat` and `exp`, which is at most `secretProofSeconds` or `publicKeyProofSeconds` of `serverInfo.limits` ahead; optionally `name`, `picture` (an https URL) and `traits`, an object of at most 20 texts or a list of `{ key, value }`: of these, what does not fit is cut or left out. Times by the database’s clock, and a little grace.',
    }),
    deviceId: t.field({
      type: 'UUID',
      description:
        "Uses this device's visitor up: it turns into the user, conversations and all, where the user is new; else its sessions end, and accounts are never merged.",
    }),
    device: t.string({ description: 'How the session is named in the list of sessions, at most 100 characters.' }),
  }),
});

builder.mutationField('identify', (t) =>
  t.field({
    type: AuthPayload,
    nullable: true,
    description:
      'Logs in whoever a proof is about, who is made at the first one. The same `sub` of the same provider is the same user for ever, and nickname and avatar are as the newest proof says. A proof is good until its `exp`, as often as it comes, but not where it is older than the last `endSessions` of that person. `IDENTITY_INVALID` is the same answer for everything that is wrong with it; `UNAVAILABLE` where the keys of the provider cannot be had.',
    authScopes: { newcomer: true },
    args: { input: t.arg({ type: IdentifyInput, required: true, description: 'The proof.' }) },
    resolve: (_root, { input }, context) => context.services.identity.identify(input, callerOf(context)),
  }),
);
