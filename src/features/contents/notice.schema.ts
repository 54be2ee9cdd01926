import { builder } from '../../graphql/builder.ts';
import { MessageContentRef } from './content.schema.ts';
import { type NoticeContent, noticeCatalogue } from './notice.service.ts';

builder.objectRef<NoticeContent>('NoticeContent').implement({
  description: "What happened in the conversation. Its text is in the reader's language, with the names as they were then.",
  interfaces: [MessageContentRef],
  fields: (t) => ({
    code: t.exposeString('code', { description: `What happened: ${Object.keys(noticeCatalogue).join(', ')}. New ones may come.` }),
  }),
});
