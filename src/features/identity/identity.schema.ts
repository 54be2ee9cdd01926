import { builder } from '../../graphql/builder.ts';
import { requireServer } from '../../graphql/context.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { externalIdLimit } from '../../platform/identity-proof.ts';
import { AuthPayload } from '../auth/auth.schema.ts';
import { UserRef } from '../users/user.schema.ts';
import { PersonInput } from './person.schema.ts';
import { traitLimits } from './traits.policy.ts';

announceFeature('externalUsers');

const providerDescription = 'Key of the provider. Needed where there are several: `BAD_USER_INPUT` otherwise.';
const ofStaff = '`FORBIDDEN` for an ADMIN, and for an AGENT unless the key has ALL.';

const TraitInput = builder.inputType('TraitInput', {
  description: 'Something that the operator says of somebody.',
  fields: (t) => ({
    key: t.string({ required: true, description: `What is said: 1 to ${traitLimits.key} characters. Each once.` }),
    value: t.string({ required: true, description: `1 to ${traitLimits.value} characters.` }),
  }),
});

const UpsertUserInput = builder.inputType('UpsertUserInput', {
  description: 'A person of a provider. What is absent stays as it is.',
  fields: (t) => ({
    provider: t.string({ description: providerDescription }),
    externalId: t.string({
      required: true,
      description: `The id by which the provider calls the person: 1 to ${externalIdLimit} characters, of which case and blanks count. It is never taken for an id of Parley's.`,
    }),
    userId: t.id({
      description:
        "Id or uuid of an account of Parley's own that becomes this person: it keeps its uuid, its conversations and its name, its password goes and its sessions end. `CONFLICT` for an ADMIN, an AGENT and somebody of a provider, and where this person has another account already.",
    }),
    nickname: t.string({ description: 'A name: one line of at most 50 characters. Null: the username.' }),
    avatar: t.string({
      description: 'An https URL without a name and a password, of at most 2048 characters; kept in its canonical form. Null takes it away.',
    }),
    enabled: t.boolean({ description: 'False ends all sessions at once, and nothing opens the account but true. Null leaves.' }),
    traits: t.field({ type: [TraitInput], description: `A list of at most ${traitLimits.traits} replaces what there was. Null leaves.` }),
  }),
});

const IssueSessionInput = builder.inputType('IssueSessionInput', {
  description: 'A session to be handed to a page.',
  fields: (t) => ({
    person: t.field({ type: PersonInput, required: true, description: 'Whose session it is.' }),
    device: t.string({
      description:
        'How it is named in the list of sessions, at most 100 characters. The newest session that was issued to the person under the same name goes on, so that a page which is loaded again makes no further one: give each browser a name of its own.',
    }),
    ttlSeconds: t.int({
      description: 'How long the session lives without a refresh; each refresh gives it as long again. At most and by default `limits.refreshTokenSeconds`.',
    }),
  }),
});

builder.mutationField('upsertUser', (t) =>
  t.field({
    type: UserRef,
    nullable: true,
    description:
      'Makes a person of a provider, or changes them: for server keys with USERS. The same call again changes nothing and tells nobody. `FORBIDDEN` for an ADMIN.',
    authScopes: { right: 'USERS' },
    args: { input: t.arg({ type: UpsertUserInput, required: true, description: 'The person.' }) },
    resolve: (_root, { input }, context) => context.services.upserts.upsert(requireServer(context), input),
  }),
);

builder.mutationField('issueSession', (t) =>
  t.field({
    type: AuthPayload,
    nullable: true,
    description: `Tokens of a session for somebody, to hand to their page: for server keys with SESSIONS. ${ofStaff} \`USER_DISABLED\` where the account is disabled, \`NOT_FOUND\` where there is no such person.`,
    authScopes: { right: 'SESSIONS' },
    args: { input: t.arg({ type: IssueSessionInput, required: true, description: 'The session.' }) },
    resolve: (_root, { input }, context) => context.services.issuedSessions.issue(requireServer(context), input),
  }),
);

builder.mutationField('endSessions', (t) =>
  t.boolean({
    nullable: true,
    description: `Ends all sessions of somebody at once and on every node, open sockets included; proofs that were made before it open nothing any more. For server keys with SESSIONS. ${ofStaff} \`NOT_FOUND\` where there is no such person.`,
    authScopes: { right: 'SESSIONS' },
    args: { person: t.arg({ type: PersonInput, required: true, description: 'Whose.' }) },
    resolve: async (_root, { person }, context) => {
      await context.services.issuedSessions.endAll(requireServer(context), person);
      return true;
    },
  }),
);

builder.mutationField('allowToWrite', (t) =>
  t.boolean({
    nullable: true,
    description:
      'Lets two people write to each other as if each had written to the other, until they are unfriended: for server keys with USERS. Whoever blocks the other is not reached all the same. Again it changes nothing. `FORBIDDEN` for an ADMIN, `BAD_USER_INPUT` where both are the same, `NOT_FOUND` where there is no such person.',
    authScopes: { right: 'USERS' },
    args: {
      a: t.arg({ type: PersonInput, required: true, description: 'The one.' }),
      b: t.arg({ type: PersonInput, required: true, description: 'The other.' }),
    },
    resolve: async (_root, { a, b }, context) => {
      await context.services.allowances.allow(requireServer(context), a, b);
      return true;
    },
  }),
);
