import type { StoredFile } from 'parley-client';
import { ConversationAttachmentsDocument, type ConversationAttachmentsQuery } from 'parley-client/documents';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Bar } from '../app/bar.tsx';
import { formatMoment } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { Empty, Icon, IconButton } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { FileRow, PictureButton } from './attachments.tsx';
import { AudioPlayer } from './audio-player.tsx';
import { More } from './conversation-list.tsx';
import { tell } from './errors.ts';
import { openMessage } from './jump.ts';
import { Lightbox } from './lightbox.tsx';

type Sent = NonNullable<ConversationAttachmentsQuery['conversation']>['attachments']['edges'][number]['node'];
type Picture = Extract<StoredFile, { readonly __typename: 'ImageFile' }>;

const kinds = ['IMAGE', 'VIDEO', 'AUDIO', 'FILE'] as const;
type Kind = (typeof kinds)[number];
const typeOf = { IMAGE: 'ImageFile', VIDEO: 'VideoFile', AUDIO: 'AudioFile', FILE: 'OtherFile' } as const;

interface Props {
  readonly conversationId: string;
  readonly onClose: () => void;
  readonly onOpen: () => void;
}

/** All files of a conversation, by kind, newest first. */
export function GalleryPanel({ conversationId, onClose, onOpen }: Props) {
  const t = useTexts(chatTexts);
  const [kind, setKind] = useState<Kind>('IMAGE');
  const [messages, setMessages] = useState<readonly Sent[] | null>(null);
  const [after, setAfter] = useState<string | null>(null);
  const [isLoading, setLoading] = useState(true);
  const [isFailed, setFailed] = useState(false);
  const [opened, setOpened] = useState<number | null>(null);

  /** Ends what is read of a kind that is not looked at any more. */
  const stop = useRef(new AbortController());
  const read = (from: string | null) => {
    const { signal } = stop.current;
    setLoading(true);
    setFailed(false);
    parley
      .request(ConversationAttachmentsDocument, { conversationId, kind, first: 30, after: from }, { signal })
      .then(({ conversation }) => {
        if (signal.aborted) return;
        const page = conversation?.attachments;
        const more = page?.edges.map(({ node }) => node) ?? [];
        setMessages((known) => (from === null ? more : [...(known ?? []), ...more]));
        setAfter(page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null);
      })
      .catch((error) => {
        if (signal.aborted) return;
        tell(error);
        setFailed(true);
      })
      .finally(() => !signal.aborted && setLoading(false));
  };
  useEffect(() => {
    const one = new AbortController();
    stop.current = one;
    setMessages(null);
    read(null);
    return () => one.abort();
  }, [conversationId, kind]);

  const files = (messages ?? []).flatMap((message) =>
    message.content?.__typename === 'AttachmentsContent'
      ? message.content.files.filter((file) => file.__typename === typeOf[kind]).map((file) => ({ file, message }))
      : [],
  );
  const pictures = files.map(({ file }) => file).filter((file): file is Picture => file.__typename === 'ImageFile');

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes, wherever the focus is.
    <div class="panel" onKeyDown={(event) => event.key === 'Escape' && opened === null && onClose()}>
      <Bar title={t.gallery} actions={<IconButton icon="close" label={t.close} onClick={onClose} />} />
      <div class="tabs" role="tablist" aria-label={t.gallery} onKeyDown={moveTab}>
        {kinds.map((one) => (
          <button key={one} type="button" role="tab" class="tab" aria-selected={one === kind} tabIndex={one === kind ? 0 : -1} onClick={() => setKind(one)}>
            {t.galleryKinds[one]}
          </button>
        ))}
      </div>
      <div class="pane-scroll" role="tabpanel" aria-label={t.galleryKinds[kind]}>
        {messages === null ? (
          <More isLoading={isLoading} isFailed={isFailed} onMore={() => read(null)} />
        ) : files.length === 0 && !after ? (
          <Empty icon={kind === 'IMAGE' ? 'image' : 'file'} title={t.galleryNothing} />
        ) : kind === 'IMAGE' ? (
          <div class="gallery-grid">
            {pictures.map((file, index) => (
              <PictureButton key={`${file.id} ${index}`} file={file} onOpen={() => setOpened(index)} />
            ))}
          </div>
        ) : (
          <ul class="gallery-list">
            {files.map(({ file, message }, index) => (
              <li key={`${file.id} ${index}`}>
                {file.__typename === 'AudioFile' ? <AudioPlayer file={file} /> : <FileRow file={file} />}
                <button
                  type="button"
                  class="text-button small"
                  onClick={() => {
                    openMessage(conversationId, message.id);
                    onOpen();
                  }}
                >
                  <Icon name="chat" size={14} /> {message.sender?.nickname ?? t.server} · {formatMoment(message.createdAt)}
                </button>
              </li>
            ))}
          </ul>
        )}
        {messages !== null && after && <More isLoading={isLoading} isFailed={isFailed} onMore={() => read(after)} />}
      </div>
      {opened !== null && <Lightbox pictures={pictures} index={opened} onClose={() => setOpened(null)} />}
    </div>
  );
}

function moveTab(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')];
  const next = all[(all.findIndex((element) => element.matches(':focus')) + step + all.length) % all.length];
  event.preventDefault();
  next?.focus();
  next?.click();
}
