import { builder } from '../../graphql/builder.ts';
import type { Context } from '../../graphql/context.ts';
import { createLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { hasOwnSession } from '../../kernel/viewer.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import { externalPeople, findNamed } from './person.service.ts';
import { storedTraits, type Trait, traitLimits } from './traits.policy.ts';

const externalOf = createLoader<number, { readonly externalId: string; readonly traits: string | null }>(
  async (tx, userIds) => new Map((await externalPeople(tx, { userIds })).map((row) => [row.userId, row])),
);

/** No page for everybody asks for these, and each is looked up in a table of its own. */
const ofAdmins = 2;

/**
 * What the operator knows people by is for admins, and for servers that read what admins read or look after people; not for a key that acts as somebody.
 * Events are run with the viewer of when their stream began, who may be no admin any more.
 */
async function mayKnow(context: Context): Promise<boolean> {
  const { viewer, server } = context;
  if (viewer !== null) return hasOwnSession(viewer) && (await userLoader(context).load(viewer.userId))?.role === 'ADMIN';
  return server !== null && (server.rights.has('READ') || server.rights.has('USERS'));
}

const TraitRef = builder.objectRef<Trait>('Trait').implement({
  description: 'Something that a provider, or a server of the operator, says of somebody.',
  fields: (t) => ({
    key: t.exposeString('key', { description: `What is said: 1 to ${traitLimits.key} characters.` }),
    value: t.exposeString('value', { description: `1 to ${traitLimits.value} characters.` }),
  }),
});

builder.objectField(UserRef, 'externalId', (t) =>
  t.string({
    ...perViewer,
    price: ofAdmins,
    nullable: true,
    description:
      "The id by which a provider calls this person, for admins and for server keys with READ or USERS. Null to everybody else, and of an account of Parley's own. No event tells of it.",
    resolve: async ({ id }, _args, context) => ((await mayKnow(context)) ? ((await externalOf(context).load(id))?.externalId ?? null) : null),
  }),
);

builder.objectField(UserRef, 'traits', (t) =>
  t.field({
    ...perViewer,
    price: ofAdmins,
    type: [TraitRef],
    most: traitLimits.traits,
    nullable: true,
    description: `What a provider says of this person, at most ${traitLimits.traits}; likewise.`,
    resolve: async ({ id }, _args, context) => {
      const external = (await mayKnow(context)) ? await externalOf(context).load(id) : null;
      return external && storedTraits(external.traits);
    },
  }),
);

builder.queryField('userByExternalId', (t) =>
  t.field({
    type: UserRef,
    nullable: true,
    description:
      'The person of a provider with an id, disabled or not: for admins and for server keys with USERS. Null where there is none, and, to a key without READ, for an ADMIN.',
    authScopes: { admin: true, right: 'USERS' },
    args: {
      externalId: t.arg.string({ required: true, description: 'The id by which the provider calls the person.' }),
      provider: t.arg.string({ description: 'Key of the provider. Needed where there are several: `BAD_USER_INPUT` otherwise.' }),
    },
    resolve: (_root, { externalId, provider }, { read, server }) => read((tx) => findNamed(tx, server, { id: externalId, provider })),
  }),
);
