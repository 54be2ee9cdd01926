import { builder } from '../../graphql/builder.ts';

/** The `ExternalIdInput` type: a person, by the operator's own id. */
export const ExternalIdInput = builder.inputType('ExternalIdInput', {
  description: "The operator's own id of a person.",
  fields: (t) => ({
    id: t.string({ required: true, description: 'As the provider says it: 1 to 128 characters, of which case and blanks count.' }),
    provider: t.string({ description: 'Key of the provider. Needed where there are several: `BAD_USER_INPUT` otherwise.' }),
  }),
});

/** The `PersonInput` type: a person, as the operator's servers name them. */
export const PersonInput = builder.inputType('PersonInput', {
  description: "A person, named by the operator's own id or by Parley's. `NOT_FOUND` where there is none.",
  isOneOf: true,
  fields: (t) => ({
    userId: t.id({ description: 'Id or uuid of the user.' }),
    external: t.field({ type: ExternalIdInput, description: "The operator's own id." }),
  }),
});
