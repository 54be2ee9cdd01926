import { builder } from '../../graphql/builder.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { MessageContentRef } from './content.schema.ts';
import type { CustomContent } from './custom.service.ts';

announceFeature('customContents');

builder.objectRef<CustomContent>('CustomContent').implement({
  description: 'A content of an app that brings its own. Clients that do not know its type show its text.',
  interfaces: [MessageContentRef],
  fields: (t) => ({
    type: t.exposeString('type', { description: 'By what the app knows it again.' }),
    data: t.exposeString('data', { description: 'JSON, exactly as it was sent. It is what a stranger has written: the server has looked at nothing in it.' }),
  }),
});
