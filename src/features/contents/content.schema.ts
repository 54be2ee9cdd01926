import { builder } from '../../graphql/builder.ts';
import type { Content } from './content.service.ts';
import { textLimit } from './text.service.ts';

/** The `MessageContent` interface. The type of each kind implements it, in a file of its own. */
export const MessageContentRef = builder.interfaceRef<Content>('MessageContent').implement({
  description: 'What a message says. New types may come: a client that does not know one shows `text`.',
  resolveType: ({ typename }) => typename,
  fields: (t) => ({
    text: t.string({ description: 'What a client shows that does not know the type.', resolve: (content, _args, { locale }) => content.text(locale) }),
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
        'The id of a message that the sender can see: its text, as it is now, becomes the text of this one, a copy of its own that stays when the first one is recalled. Not of notices.',
    }),
  }),
});

/** The `EditedContentInput` type: what `takeEdit` takes. */
export const EditedContentInput = builder.inputType('EditedContentInput', {
  description: 'What a message is to say: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({ text: t.string({ description: `A text of 1 to ${textLimit} Unicode code points with something to see among them.` }) }),
});
