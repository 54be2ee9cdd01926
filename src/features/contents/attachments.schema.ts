import { builder } from '../../graphql/builder.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { FileRef } from '../files/file-types.schema.ts';
import { type AttachmentsContent, attachmentLimits } from './attachments.service.ts';
import { MessageContentRef } from './content.schema.ts';

announceFeature('attachments');

builder.objectRef<AttachmentsContent>('AttachmentsContent').implement({
  description: 'Pictures, voice, video and other files, with what is said beside them.',
  interfaces: [MessageContentRef],
  fields: (t) => ({
    caption: t.exposeString('caption', { nullable: true, description: 'What is said beside the files; null: nothing.' }),
    files: t.field({
      type: [FileRef],
      most: attachmentLimits.files,
      description: `1 to ${attachmentLimits.files} files, in the order in which they were sent.`,
      resolve: ({ files }) => files,
    }),
  }),
});
