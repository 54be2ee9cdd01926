import { builder } from '../../graphql/builder.ts';
import { requireServer } from '../../graphql/context.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { AppError } from '../../kernel/errors.ts';
import { userUuidOf, uuidOf } from '../../kernel/ids.ts';
import { customLimits } from '../contents/custom.service.ts';
import { textLimit } from '../contents/text.service.ts';
import { ExternalIdInput } from '../identity/person.schema.ts';
import { MessageRef } from '../messages/message.schema.ts';
import type { NewServerNotice } from './notice.service.ts';

announceFeature('notices');

const NoticeTargetInput = builder.inputType('NoticeTargetInput', {
  description: 'To whom a notice goes: a person, by either id, in whose SYSTEM conversation it is written then; or a conversation of any kind.',
  isOneOf: true,
  fields: (t) => ({
    userId: t.id({ description: "A User's id or uuid. Their SYSTEM conversation is made by the first notice." }),
    external: t.field({ type: ExternalIdInput, description: "Likewise, by the operator's own id." }),
    conversationId: t.id({ description: "A Conversation's id: also one of two people, or a group." }),
  }),
});

const SendNoticeInput = builder.inputType('SendNoticeInput', {
  description: "What a server of the operator's sends: a message without a sender.",
  fields: (t) => ({
    to: t.field({ type: NoticeTargetInput, required: true, description: 'To whom.' }),
    clientId: t.field({
      type: 'UUID',
      required: true,
      description: 'Made by the server for this notice. Sent again with the same one, by whatever key, the same message comes back and nothing is sent twice.',
    }),
    text: t.string({
      required: true,
      description: `1 to ${textLimit} Unicode code points with something to see among them, stored and delivered as sent; beside \`type\` and \`data\` what those show who do not know the type.`,
    }),
    type: t.string({
      description: `With \`data\`, for a \`CustomContent\` in the place of a text: 1 to ${customLimits.type} characters of a-z, 0-9, ".", "_" and "-".`,
    }),
    data: t.string({ description: `With \`type\`: JSON, at most ${customLimits.dataBytes} bytes in UTF-8, stored and delivered as sent.` }),
  }),
});

builder.mutationFields((t) => ({
  sendNotice: t.field({
    type: MessageRef,
    nullable: true,
    authScopes: { right: 'NOTICES' },
    description:
      'Sends a message without a sender. The answer means that it is committed: it will reach everybody concerned. It counts as unread, is found by searching, and can be neither blocked nor recalled. ' +
      'For server keys with NOTICES. `NOT_FOUND` for a recipient that is not there, `RECIPIENT_UNAVAILABLE` for a person who is disabled, `CONFLICT` for a `clientId` that was used for another notice, ' +
      '`RATE_LIMITED` where a person was sent too many in their SYSTEM conversation. What is a member’s own of the conversation, such as its title, is `FORBIDDEN` to a key.',
    args: { input: t.arg({ type: SendNoticeInput, required: true, description: 'The notice.' }) },
    resolve: async (_root, { input: { to, clientId, text, type, data } }, context) =>
      await context.services.notices.send(requireServer(context), {
        to: targetOf(to),
        clientId,
        text,
        type: type ?? null,
        data: data ?? null,
      }),
  }),
}));

/** Whom a target names. Throws `NOT_FOUND` for an id that is none of its type. */
function targetOf({ userId, external, conversationId }: typeof NoticeTargetInput.$inferInput): NewServerNotice['to'] {
  if (external) return { external };
  const userUuid = userId == null ? null : userUuidOf(userId);
  if (userUuid !== null) return { userUuid };
  const conversationUuid = conversationId == null ? null : uuidOf('Conversation', conversationId);
  if (conversationUuid !== null) return { conversationUuid };
  throw new AppError('NOT_FOUND', { field: 'to' });
}
