import { CancelUploadDocument } from '../generated/graphql.ts';
import type { Case } from './state-cases.ts';
import { announce, upload } from './uploads.ts';

/** Files on their way to the server. */
export const uploadCases: Readonly<Record<string, readonly Case[]>> = {
  createUpload: [
    { name: 'that waits for bytes', act: ({ actor }) => announce(actor[0]) },
    { name: 'that becomes ready', act: ({ actor }) => upload(actor[0]) },
    { name: 'that is refused', act: ({ actor }) => upload(actor[1], {}, Buffer.from('no picture')) },
    { name: 'of a visitor', actorIs: 'visitor', act: ({ actor }) => upload(actor[0]) },
  ],
  cancelUpload: [
    { name: 'that waits for bytes', act: async ({ actor }) => actor[1].ask(CancelUploadDocument, { id: (await announce(actor[0])).id }) },
    { name: 'that is ready', act: async ({ actor }) => actor[0].ask(CancelUploadDocument, { id: (await upload(actor[0])).id }) },
  ],
};
