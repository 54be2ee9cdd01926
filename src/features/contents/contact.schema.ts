import { builder } from '../../graphql/builder.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { AppError } from '../../kernel/errors.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import type { ContactContent } from './contact.service.ts';
import { MessageContentRef } from './content.schema.ts';

announceFeature('contactCards');

builder.objectRef<ContactContent>('ContactContent').implement({
  description: 'The card of somebody. Its text has the name as it was when the message was sent.',
  interfaces: [MessageContentRef],
  fields: (t) => ({
    user: t.field({
      type: UserRef,
      description: 'Who it is, as the reader may see them now; disabled ones too.',
      resolve: async ({ userId }, _args, context) => {
        const user = await userLoader(context).load(userId);
        if (!user) throw new AppError('NOT_FOUND');
        return user;
      },
    }),
  }),
});
