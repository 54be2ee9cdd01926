import { builder } from '../../graphql/builder.ts';
import { AppError } from '../../kernel/errors.ts';
import { userUuidOf, uuidOf } from '../../kernel/ids.ts';
import { attachmentLimits } from './attachments.service.ts';
import type { Content, ContentInput } from './content.service.ts';
import { customLimits } from './custom.service.ts';
import { placeNameLimit } from './location.service.ts';
import { textLimit } from './text.service.ts';

/** The `MessageContent` interface. The type of each kind implements it, in a file of its own. */
export const MessageContentRef = builder.interfaceRef<Content>('MessageContent').implement({
  description: 'What a message says. New types may come: a client that does not know one shows `text`.',
  resolveType: ({ typename }) => typename,
  fields: (t) => ({
    text: t.string({ description: 'What a client shows that does not know the type.', resolve: (content, _args, { locale }) => content.text(locale) }),
  }),
});

const AttachmentsInput = builder.inputType('AttachmentsInput', {
  description: 'Files that the sender has uploaded, with what is said beside them.',
  fields: (t) => ({
    uploadIds: t.idList({
      required: true,
      description:
        `1 to ${attachmentLimits.files} ids of uploads of the sender, each once, in the order in which they are shown; not of the kind AVATAR. ` +
        '`FILE_NOT_READY` while one is not READY, `NOT_FOUND` where there is none. A file may stand in many messages.',
    }),
    caption: t.string({
      description: `At most ${attachmentLimits.caption} Unicode code points, stored and delivered as sent; without anything to see it is none.`,
    }),
  }),
});

const CustomContentInput = builder.inputType('CustomContentInput', {
  description: 'A content of an app that brings its own. The server knows nothing of it but its text.',
  fields: (t) => ({
    type: t.string({
      required: true,
      description: `By what the app knows it again: 1 to ${customLimits.type} characters of a-z, 0-9, ".", "_" and "-". A name that nobody else takes begins with a domain, as in "com.example.poll".`,
    }),
    data: t.string({ required: true, description: `JSON of at most ${customLimits.dataBytes} bytes in UTF-8, stored and delivered as sent.` }),
    text: t.string({
      required: true,
      description: `What clients show that do not know the type, and by what it is found: 1 to ${textLimit} Unicode code points with something to see among them.`,
    }),
  }),
});

const LocationInput = builder.inputType('LocationInput', {
  description: 'A place on the earth.',
  fields: (t) => ({
    latitude: t.float({ required: true, description: 'Degrees north of the equator: -90 to 90.' }),
    longitude: t.float({ required: true, description: 'Degrees east of Greenwich: -180 to 180.' }),
    name: t.string({ description: `What the place is called, by which it is found: one line of at most ${placeNameLimit} characters.` }),
  }),
});

/** The `MessageContentInput` type: what `takeContent` takes, or a message to forward. */
export const MessageContentInput = builder.inputType('MessageContentInput', {
  description: 'What to send: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    text: t.string({ description: `A text of 1 to ${textLimit} Unicode code points with something to see among them, stored and delivered as sent.` }),
    forward: t.id({
      description:
        'The id of a message that the sender can see: what it says now becomes what this one says, a copy of its own that stays when the first one is recalled. Not of notices.',
    }),
    attachments: t.field({ type: AttachmentsInput, description: 'Pictures, voice, video and other files.' }),
    custom: t.field({ type: CustomContentInput, description: 'A content of an app that brings its own.' }),
    location: t.field({ type: LocationInput, description: 'A place.' }),
    contact: t.id({
      description:
        'The card of somebody, by the id or uuid of an enabled user: `NOT_FOUND` for everybody else. Not of visitors who have never been in a conversation.',
    }),
  }),
});

/** What is sent, with the keys that its ids stand for, and without `forward`. Throws `NOT_FOUND` for an id that is none. */
export function givenContent({ text, attachments, custom, location, contact }: typeof MessageContentInput.$inferInput): ContentInput {
  return {
    text,
    attachments: attachments && { uploadUuids: attachments.uploadIds.map(requireUploadUuid), caption: attachments.caption },
    custom,
    location,
    contact: typeof contact === 'string' ? requireUserUuid('content.contact', contact) : null,
  };
}

function requireUploadUuid(id: string): string {
  const uuid = uuidOf('Upload', id);
  if (uuid === null) throw new AppError('NOT_FOUND', { field: 'content.attachments.uploadIds' });
  return uuid;
}

function requireUserUuid(field: string, id: string): string {
  const uuid = userUuidOf(id);
  if (uuid === null) throw new AppError('NOT_FOUND', { field });
  return uuid;
}

/** The `EditedContentInput` type: what `takeEdit` takes. */
export const EditedContentInput = builder.inputType('EditedContentInput', {
  description: 'What a message is to say: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    text: t.string({ description: `Of a text: 1 to ${textLimit} Unicode code points with something to see among them.` }),
    caption: t.string({
      description: `Of a message with attachments: at most ${attachmentLimits.caption} Unicode code points. Without anything to see it takes the caption away.`,
    }),
  }),
});
