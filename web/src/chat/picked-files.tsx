import type { Upload, UploadState } from 'parley-client';
import { useEffect, useMemo } from 'preact/hooks';
import { formatBytes } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { useReadable } from '../app/readable.ts';
import { Icon, IconButton } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { reasonOf } from './errors.ts';

/** The most files that one message takes. */
export const mostFiles = 10;

/** A file that was picked and goes up already, before the message is sent. */
export interface PickedFile {
  readonly key: string;
  readonly blob: File;
  readonly upload: Upload;
}

let picked = 0;

/** Begins to upload a file. As what kind, the client judges by its type where nothing is given. */
export function pickFile(blob: File, kind?: UploadState['kind']): PickedFile {
  const upload = parley.upload(blob, { name: blob.name || 'file', ...(kind ? { kind } : {}) });
  // A file that is refused shows it where it stands, and in the message.
  upload.ready.catch(() => {});
  picked += 1;
  return { key: `${picked}`, blob, upload };
}

interface Props {
  readonly files: readonly PickedFile[];
  readonly onChange: (files: readonly PickedFile[]) => void;
}

/** What is attached to the message that is being written. */
export function PickedFiles({ files, onChange }: Props) {
  const t = useTexts(chatTexts);
  return (
    <ul class="picked" aria-label={t.attachments}>
      {files.map((file) => (
        <OnePicked
          key={file.key}
          file={file}
          onRemove={() => {
            file.upload.cancel().catch(() => {});
            onChange(files.filter((other) => other !== file));
          }}
          onAsFile={() => {
            file.upload.cancel().catch(() => {});
            onChange(files.map((other) => (other === file ? pickFile(file.blob, 'FILE') : other)));
          }}
        />
      ))}
    </ul>
  );
}

function OnePicked({ file, onRemove, onAsFile }: { readonly file: PickedFile; readonly onRemove: () => void; readonly onAsFile: () => void }) {
  const t = useTexts(chatTexts);
  const { blob, upload } = file;
  const state = useReadable(upload);
  const preview = useMemo(() => (state.kind === 'IMAGE' && blob.type.startsWith('image/') ? URL.createObjectURL(blob) : null), [blob, state.kind]);
  useEffect(
    () => () => {
      if (preview) URL.revokeObjectURL(preview);
    },
    [preview],
  );
  const percent = state.size > 0 ? Math.floor((100 * state.sentBytes) / state.size) : 0;
  const isOnItsWay = state.status === 'waiting' || state.status === 'uploading' || state.status === 'paused';
  return (
    <li class="picked-file" data-status={state.status}>
      <span class="picked-picture">
        {preview ? <img src={preview} alt="" /> : <Icon name={state.kind === 'AUDIO' ? 'mic' : state.kind === 'VIDEO' ? 'play' : 'file'} />}
      </span>
      <span class="file-words">
        <span class="line">{blob.name}</span>
        {state.status === 'failed' ? (
          <span class="small picked-error" role="alert">
            {state.error ? reasonOf(state.error) : t.failed}
          </span>
        ) : (
          <span class="small soft">
            {formatBytes(blob.size)}
            {isOnItsWay ? ` · ${percent} %` : ''}
            {state.status === 'checking' ? ` · ${t.checking}` : ''}
          </span>
        )}
        {state.status === 'failed' && state.error?.code === 'FILE_TYPE' && state.kind !== 'FILE' && (
          <button type="button" class="text-button small" onClick={onAsFile}>
            {t.sendAsFile}
          </button>
        )}
        {state.status !== 'failed' && state.status !== 'ready' && (
          <progress max={100} value={state.status === 'checking' ? 100 : percent} aria-label={blob.name} />
        )}
      </span>
      {state.status === 'paused' ? (
        <IconButton icon="play" size={16} label={t.resume} onClick={() => upload.resume()} />
      ) : state.status === 'uploading' && blob.size > 1_000_000 ? (
        <IconButton icon="pause" size={16} label={t.pause} onClick={() => upload.pause()} />
      ) : null}
      <IconButton icon="close" size={16} label={t.removeFile(blob.name)} onClick={onRemove} />
    </li>
  );
}
