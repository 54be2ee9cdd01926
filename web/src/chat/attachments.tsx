import type { StoredFile, UploadState } from 'parley-client';
import { useRef, useState } from 'preact/hooks';
import { formatBytes } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { Icon } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { AudioPlayer } from './audio-player.tsx';
import { reasonOf } from './errors.ts';
import { ThumbHash } from './thumb-hash.tsx';
import { useFileUrl, useSteadyUrl } from './use-file-url.ts';

type Picture = Extract<StoredFile, { readonly __typename: 'ImageFile' }>;
type Film = Extract<StoredFile, { readonly __typename: 'VideoFile' }>;

const isPicture = (file: StoredFile): file is Picture => file.__typename === 'ImageFile';

/** The largest box that a single picture or film takes, in pixels. */
const most = { width: 320, height: 340 };

/** The size in which something is shown, so that its room is there before its bytes are. */
function sizeIn(width: number | null, height: number | null): { readonly width: number; readonly height: number } {
  const [w, h] = width && height ? [width, height] : [4, 3];
  const scale = Math.min(most.width / w, most.height / h, width && height ? Math.max(1, 120 / Math.max(w, h)) : Number.POSITIVE_INFINITY);
  return { width: Math.max(96, Math.round(w * scale)), height: Math.max(64, Math.round(h * scale)) };
}

/** The files of a message: pictures together, then each other one. `onOpen` gets the place among the pictures. */
export function Attachments({
  files,
  onOpen,
}: {
  readonly files: readonly StoredFile[];
  readonly onOpen: (pictures: readonly Picture[], index: number) => void;
}) {
  const pictures = files.filter(isPicture);
  return (
    <div class="attachments">
      {pictures.length === 1 && pictures[0] && <SinglePicture file={pictures[0]} onOpen={() => onOpen(pictures, 0)} />}
      {pictures.length > 1 && (
        <div class={pictures.length === 2 || pictures.length === 4 ? 'picture-grid picture-grid-2' : 'picture-grid'}>
          {pictures.map((file, index) => (
            <PictureButton key={file.id} file={file} onOpen={() => onOpen(pictures, index)} />
          ))}
        </div>
      )}
      {files.map((file) => (isPicture(file) ? null : <OneFile key={file.id} file={file} />))}
    </div>
  );
}

function SinglePicture({ file, onOpen }: { readonly file: Picture; readonly onOpen: () => void }) {
  const { width, height } = sizeIn(file.width, file.height);
  return (
    <div class="picture-single" style={{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}>
      <PictureButton file={file} onOpen={onOpen} />
    </div>
  );
}

/** A picture that opens large. What it will look like is drawn until it is there. */
export function PictureButton({ file, onOpen }: { readonly file: Picture; readonly onOpen: () => void }) {
  const t = useTexts(chatTexts);
  const { url, thumbnailUrl, renew } = useFileUrl(file);
  const [state, setState] = useState<'loading' | 'there' | 'gone'>('loading');
  return (
    <button type="button" class="picture" aria-label={t.openPicture(file.name)} onClick={onOpen}>
      {state !== 'there' && file.placeholder !== null && <ThumbHash hash={file.placeholder} />}
      {state === 'gone' && <span class="picture-gone">{t.pictureGone}</span>}
      <img
        src={file.isAnimated ? url : (thumbnailUrl ?? url)}
        alt=""
        loading="lazy"
        decoding="async"
        class={state === 'there' ? 'picture-there' : ''}
        onLoad={() => setState('there')}
        onError={() => {
          setState('gone');
          renew();
        }}
      />
    </button>
  );
}

function OneFile({ file }: { readonly file: Exclude<StoredFile, Picture> }) {
  if (file.__typename === 'AudioFile') return <AudioPlayer file={file} />;
  if (file.__typename === 'VideoFile') return <FilmPlayer file={file} />;
  return <FileRow file={file} />;
}

function FilmPlayer({ file }: { readonly file: Film }) {
  const film = useRef<HTMLVideoElement>(null);
  const { url, thumbnailUrl, renew } = useFileUrl(file);
  const steadyUrl = useSteadyUrl(film, url);
  const { width, height } = sizeIn(file.width ?? 16, file.height ?? 9);
  return (
    // biome-ignore lint/a11y/useMediaCaption: what somebody filmed has none.
    <video
      ref={film}
      class="film"
      src={steadyUrl}
      poster={thumbnailUrl ?? undefined}
      controls
      playsInline
      preload={thumbnailUrl === null ? 'metadata' : 'none'}
      aria-label={file.name}
      style={{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}
      onError={renew}
    />
  );
}

/** Any other file: its name, its size, and the way to have it. */
export function FileRow({ file }: { readonly file: StoredFile }) {
  const t = useTexts(chatTexts);
  const { url } = useFileUrl(file);
  return (
    <a class="file-row" href={url} download={file.name}>
      <span class="unseen">{t.download}</span>
      <span class="file-icon">
        <Icon name="file" />
      </span>
      <span class="file-words">
        <span class="line">{file.name}</span>
        <span class="small soft">{formatBytes(file.size)}</span>
      </span>
      <Icon name="download" />
    </a>
  );
}

/** A file on its way: how far it is, or why it does not go on. */
export function UploadRow({ upload }: { readonly upload: UploadState }) {
  const t = useTexts(chatTexts);
  const percent = upload.size > 0 ? Math.floor((100 * upload.sentBytes) / upload.size) : 0;
  const words = {
    waiting: t.uploading(percent),
    uploading: t.uploading(percent),
    paused: t.uploading(percent),
    checking: t.checking,
    ready: t.sending,
    failed: t.failed,
  };
  return (
    <div class="file-row">
      <span class="file-icon">
        <Icon name={upload.kind === 'AUDIO' ? 'mic' : upload.kind === 'IMAGE' ? 'image' : 'file'} />
      </span>
      <span class="file-words">
        <span class="line">{upload.name}</span>
        <span class="small soft">{upload.error ? reasonOf(upload.error) : words[upload.status]}</span>
        <progress max={100} value={upload.status === 'ready' ? 100 : percent} aria-label={upload.name} />
      </span>
    </div>
  );
}
