import { builder } from '../../graphql/builder.ts';
import { encodeGlobalId } from '../../kernel/ids.ts';
import { type FileFactsView, mostPeaks } from './file-facts.policy.ts';

const typenames = {
  IMAGE: 'ImageFile',
  AVATAR: 'ImageFile',
  AUDIO: 'AudioFile',
  VIDEO: 'VideoFile',
  FILE: 'OtherFile',
} as const satisfies Record<FileFactsView['kind'], string>;

/** The `File` interface: what was uploaded, as whoever sees what shows it sees it. Made of facts, so that it costs no query. */
export const FileRef = builder.interfaceRef<FileFactsView>('File').implement({
  description: 'A file that was uploaded. New kinds may come: show those that you do not know by their name and url.',
  resolveType: ({ kind }) => typenames[kind],
  fields: (t) => ({
    id: t.id({ description: 'Opaque: the same file has the same one wherever it stands.', resolve: ({ uuid }) => encodeGlobalId('File', uuid) }),
    name: t.exposeString('name', { description: 'As its maker called it, at most 255 characters, without folders.' }),
    mime: t.exposeString('mime', { description: 'What its bytes are, such as `image/png`; never what somebody says that they are.' }),
    size: t.float({
      description: 'How many bytes it has. Of a picture those that are delivered, and not those that were uploaded.',
      resolve: ({ bytes }) => bytes,
    }),
    url: t.string({
      description: 'Where its bytes are, until `urlExpiresAt`; without a session. What begins with a slash is an address of this server.',
      resolve: ({ uuid }, _args, { services }) => services.fileLinks.file(uuid, 'file').url,
    }),
    urlExpiresAt: t.field({
      type: 'DateTime',
      description: 'Until when `url` and `thumbnailUrl` are good: read this again then.',
      resolve: ({ uuid }, _args, { services }) => services.fileLinks.file(uuid, 'file').expiresAt,
    }),
  }),
});

const fileType = (name: string, description: string) => builder.objectRef<FileFactsView>(name).implement({ description, interfaces: [FileRef] });

const placeholder = 'A thumbhash in base64: what can be drawn until the picture is there.';

const ImageFileRef = fileType('ImageFile', 'A picture: PNG, JPEG, WebP or GIF, upright, and without what a camera writes into it.');
builder.objectFields(ImageFileRef, (t) => ({
  width: t.exposeInt('width', { nullable: true, description: 'In pixels; never null.' }),
  height: t.exposeInt('height', { nullable: true, description: 'In pixels; never null.' }),
  isAnimated: t.exposeBoolean('isAnimated', { description: 'It has several frames.' }),
  thumbnailUrl: t.string({ nullable: true, description: 'Where a smaller one is, in WebP; as `url`.', resolve: thumbnailOf }),
  placeholder: t.exposeString('placeholder', { nullable: true, description: placeholder }),
}));

const AudioFileRef = fileType('AudioFile', 'Sound: a voice, or music.');
builder.objectFields(AudioFileRef, (t) => ({
  duration: t.exposeFloat('duration', { nullable: true, description: 'In seconds: measured where this server can, else as its maker said.' }),
  peaks: t.intList({
    nullable: true,
    most: mostPeaks,
    description: 'Its waveform: 64 numbers from 0 to 100. Null where this server has no `ffmpeg`.',
    resolve: ({ peaks }) => peaks && [...peaks],
  }),
}));

const VideoFileRef = fileType('VideoFile', 'A film.');
builder.objectFields(VideoFileRef, (t) => ({
  width: t.exposeInt('width', { nullable: true, description: 'In pixels. Null where this server cannot measure it.' }),
  height: t.exposeInt('height', { nullable: true, description: 'In pixels. Null where this server cannot measure it.' }),
  duration: t.exposeFloat('duration', { nullable: true, description: 'In seconds: measured where this server can, else as its maker said.' }),
  thumbnailUrl: t.string({ nullable: true, description: 'Where its cover is, in WebP; as `url`.', resolve: thumbnailOf }),
  placeholder: t.exposeString('placeholder', { nullable: true, description: placeholder }),
}));

fileType('OtherFile', 'Any other file: it is downloaded, and never shown by itself.');

function thumbnailOf(
  { uuid, hasThumbnail }: FileFactsView,
  _args: object,
  { services }: { readonly services: { readonly fileLinks: { file(uuid: string, part: 'thumbnail'): { readonly url: string } } } },
): string | null {
  return hasThumbnail ? services.fileLinks.file(uuid, 'thumbnail').url : null;
}
