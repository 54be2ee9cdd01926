import type { StoredFile } from 'parley-client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { Icon, IconButton } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { ThumbHash } from './thumb-hash.tsx';
import { useFileUrl } from './use-file-url.ts';

type Picture = Extract<StoredFile, { readonly __typename: 'ImageFile' }>;

interface Props {
  readonly pictures: readonly Picture[];
  readonly index: number;
  readonly onClose: () => void;
}

/** Pictures as large as the screen lets them be. */
export function Lightbox({ pictures, index, onClose }: Props) {
  const t = useTexts(chatTexts);
  const dialog = useRef<HTMLDialogElement>(null);
  const [at, setAt] = useState(index);
  const file = pictures[at];
  useEffect(() => {
    const node = dialog.current;
    const before = document.activeElement;
    node?.showModal();
    return () => {
      node?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const step = (by: number) => setAt((now) => Math.max(0, Math.min(pictures.length - 1, now + by)));
  if (!file) return null;
  return (
    <dialog
      ref={dialog}
      class="lightbox"
      aria-label={file.name}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft') step(-1);
        if (event.key === 'ArrowRight') step(1);
      }}
      onClick={(event) => {
        if (event.target instanceof Element && !event.target.closest('button, a, img')) onClose();
      }}
    >
      <header class="lightbox-bar">
        <span class="line">
          {file.name}
          {pictures.length > 1 && ` · ${at + 1}/${pictures.length}`}
        </span>
        <Download file={file} />
        <IconButton icon="close" label={t.close} onClick={onClose} />
      </header>
      <div class="lightbox-stage">
        {at > 0 && (
          <span class="lightbox-previous">
            <IconButton icon="back" label={t.previous} onClick={() => step(-1)} />
          </span>
        )}
        <LargePicture key={file.id} file={file} />
        {at < pictures.length - 1 && (
          <span class="lightbox-next">
            <IconButton icon="back" label={t.next} onClick={() => step(1)} />
          </span>
        )}
      </div>
    </dialog>
  );
}

function Download({ file }: { readonly file: Picture }) {
  const t = useTexts(chatTexts);
  const { url } = useFileUrl(file);
  return (
    <a class="icon-button icon-button-quiet" href={url} download={file.name} aria-label={t.download} title={t.download}>
      <Icon name="download" />
    </a>
  );
}

function LargePicture({ file }: { readonly file: Picture }) {
  const t = useTexts(chatTexts);
  const { url, renew } = useFileUrl(file);
  const [state, setState] = useState<'loading' | 'there' | 'gone'>('loading');
  const [width, height] = [file.width ?? 4, file.height ?? 3];
  return (
    <div class="lightbox-picture" style={{ aspectRatio: `${width} / ${height}`, maxWidth: `min(100%, ${Math.max(width, 320)}px)` }}>
      {state !== 'there' && file.placeholder !== null && <ThumbHash hash={file.placeholder} />}
      {state === 'gone' && <span class="picture-gone">{t.pictureGone}</span>}
      <img
        src={url}
        alt={file.name}
        class={state === 'there' ? 'picture-there' : ''}
        onLoad={() => setState('there')}
        onError={() => {
          setState('gone');
          renew();
        }}
      />
    </div>
  );
}
