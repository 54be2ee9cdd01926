import { builder } from '../../graphql/builder.ts';
import { requireViewer } from '../../graphql/context.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { EditedContentInput } from '../contents/content.schema.ts';
import { MessageRef, requireMessageKey } from './message.schema.ts';

announceFeature('edit');

builder.objectField(MessageRef, 'editedAt', (t) =>
  t.expose('editedAt', { type: 'DateTime', nullable: true, description: 'When its sender last edited it; null where never, and once recalled.' }),
);

builder.mutationField('editMessage', (t) =>
  t.field({
    type: MessageRef,
    nullable: true,
    authScopes: { session: true },
    description:
      'Gives a message of one’s own another text, or one with attachments another caption, for some time after it was sent (`EDIT_EXPIRED` afterwards). The old one is nowhere any more. The same again changes nothing. ' +
      'Mentions, files and `replyTo` stay. Nothing else is edited: `BAD_USER_INPUT`. Not of notices, nor of what was forwarded: `FORBIDDEN`; of what was recalled: `NOT_FOUND`. Refused where a message would be.',
    args: {
      id: t.arg.id({ required: true, description: 'The message.' }),
      content: t.arg({ type: EditedContentInput, required: true, description: 'What it is to say.' }),
    },
    resolve: (_root, { id, content }, context) => context.services.edits.edit(requireViewer(context), requireMessageKey(id), content),
  }),
);
