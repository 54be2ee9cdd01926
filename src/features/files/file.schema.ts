import { builder } from '../../graphql/builder.ts';
import { requireViewer } from '../../graphql/context.ts';
import { ErrorCodeRef } from '../../graphql/error-code.ts';
import { createLoader } from '../../graphql/loader.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { otherwise } from '../../graphql/stored-enums.ts';
import { AppError, errorCodes } from '../../kernel/errors.ts';
import { exactUuid, uuidOf } from '../../kernel/ids.ts';
import type { FileRow } from './file.entity.ts';
import { factsOf } from './file-facts.policy.ts';
import { FileRef } from './file-types.schema.ts';

announceFeature('uploads');

/** What a file is uploaded as. */
export const UploadKindRef = builder.enumType('UploadKind', {
  ...otherwise('FILE'),
  description: 'What a file is uploaded as. Its bytes have to be that: see `FILE_TYPE`.',
  values: {
    IMAGE: { description: 'A picture for a message: PNG, JPEG, WebP, GIF or AVIF.' },
    AUDIO: { description: 'Sound for a message, such as a voice.' },
    VIDEO: { description: 'A film for a message.' },
    FILE: { description: 'Anything else for a message, or what is to be downloaded as it is.' },
    AVATAR: { description: 'A picture for a person or a group.' },
  } as const,
});

/** Up to four questions to a store elsewhere. */
const receivedBytesPrice = 20;

const UploadState = builder.enumType('UploadState', {
  ...otherwise('CHECKING'),
  description: 'How far an upload is.',
  values: {
    WAITING: { description: 'It waits for bytes.' },
    CHECKING: { description: 'All bytes are there, and the server looks at them.' },
    READY: { description: 'It can be used.' },
    REFUSED: { description: 'It cannot be used: `reason` says why.' },
  } as const,
});

/** The `Upload` type: a file as its maker sees it. */
export const UploadRef = builder.objectRef<FileRow>('Upload');

/** Uploads by their numeric id; null for those that are not the viewer's. */
export const uploadLoader = createLoader<number, FileRow>((tx, ids, context) => context.services.files.byIds(tx, requireViewer(context), ids));

builder.node(UploadRef, {
  description: 'A file on its way to the server, seen by its maker only. It is removed when nothing uses it in time.',
  id: { resolve: ({ uuid }) => uuid },
  loadWithoutCache: async (key, context) => {
    const uuid = exactUuid(key);
    return uuid === null ? null : await context.read((tx) => context.services.files.find(tx, requireViewer(context), uuid));
  },
  fields: (t) => ({
    clientId: t.expose('clientId', { type: 'UUID', description: 'As the maker gave it.' }),
    kind: t.field({ type: UploadKindRef, description: 'What it is uploaded as.', resolve: ({ kind }) => kind }),
    name: t.exposeString('name', { description: 'The name of the file as it is kept: without folders and what nobody sees.' }),
    size: t.exposeFloat('size', { description: 'How many bytes it has, as announced.' }),
    receivedBytes: t.float({
      description: 'How many of them are there: the store is asked.',
      price: receivedBytesPrice,
      resolve: (upload, _args, { services }) => services.files.receivedBytes(upload),
    }),
    state: t.field({ type: UploadState, description: 'How far it is.', resolve: ({ state }) => (state === 'GONE' ? 'REFUSED' : state) }),
    reason: t.field({
      type: ErrorCodeRef,
      nullable: true,
      description: 'Why it was refused: `FILE_TYPE` or `FILE_TOO_LARGE`; null while it was not.',
      resolve: ({ reason }) => (reason === null ? null : (errorCodes.find((code) => code === reason) ?? 'FILE_TYPE')),
    }),
    uploadUrl: t.string({
      nullable: true,
      description: 'Where the bytes go, by tus 1.0 and without a session; whoever has it may write. Null once all bytes are there.',
      resolve: (upload, _args, { services }) => (upload.state === 'WAITING' ? services.fileLinks.upload(upload) : null),
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it is removed unless it goes on, or once it is READY unless something uses it.' }),
    file: t.field({
      type: FileRef,
      nullable: true,
      description: 'The file; null before it is READY.',
      resolve: (row) => (row.state === 'READY' ? factsOf(row) : null),
    }),
  }),
});

const CreateUploadInput = builder.inputType('CreateUploadInput', {
  description: 'A file that is to be uploaded.',
  fields: (t) => ({
    clientId: t.field({
      type: 'UUID',
      required: true,
      description: 'Made by the client for this file: the same again gives the same upload. With anything else given, or after it was removed: `CONFLICT`.',
    }),
    kind: t.field({ type: UploadKindRef, required: true, description: 'What it is to be.' }),
    name: t.string({
      required: true,
      description: 'Its name, 1 to 255 characters. Folders before it, control characters and what turns the direction of text are left out.',
    }),
    size: t.float({ required: true, description: 'How many bytes it has: a whole number, at least 1.' }),
    duration: t.float({ description: 'In seconds, of AUDIO and VIDEO: used where this server cannot measure it.' }),
    coverId: t.id({ description: 'Of VIDEO: an IMAGE upload of the viewer that is READY, whose picture is the cover where this server can make none.' }),
  }),
});

builder.mutationFields((t) => ({
  createUpload: t.field({
    type: UploadRef,
    nullable: true,
    authScopes: { session: true },
    description:
      'Announces a file, and gives where its bytes go. The maker’s devices get UploadChanged when they are there, and when they were looked at. ' +
      '`FILE_TOO_LARGE` with `extensions.limit` for more bytes than a file of its kind may have; `QUOTA_EXCEEDED` where there is no room for it beside the viewer’s other files, or too many uploads are under way; `NOT_FOUND` and `FILE_NOT_READY` with the field for a cover that is not there yet.',
    args: { input: t.arg({ type: CreateUploadInput, required: true, description: 'The file.' }) },
    resolve: (_root, { input: { coverId, duration, ...given } }, context) => {
      const coverUuid = typeof coverId === 'string' ? uuidOf('Upload', coverId) : null;
      if (typeof coverId === 'string' && coverUuid === null) throw new AppError('NOT_FOUND', { field: 'coverId' });
      return context.services.files.create(requireViewer(context), { ...given, duration: duration ?? null, coverUuid });
    },
  }),
  cancelUpload: t.boolean({
    nullable: true,
    authScopes: { session: true },
    description:
      'Takes an upload back and removes its bytes; no event tells of it. `NOT_FOUND` where there is none, and for one that a message, a person or a group shows.',
    args: { id: t.arg.id({ required: true, description: 'The upload.' }) },
    resolve: async (_root, { id }, context) => {
      const uuid = uuidOf('Upload', id);
      if (uuid === null || !(await context.services.files.cancel(requireViewer(context), uuid))) throw new AppError('NOT_FOUND');
      return true;
    },
  }),
}));
