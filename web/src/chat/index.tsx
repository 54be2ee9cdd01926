import './chat.css';
import './messages.css';
import './panels.css';
import type { User } from 'parley-client';
import { UserInfoDocument } from 'parley-client/documents';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { Panes } from '../app/panes.tsx';
import { parley } from '../app/parley.ts';
import { useReadable } from '../app/readable.ts';
import { match, navigate, path } from '../app/router.ts';
import { Empty, LinkButton, Spinner } from '../app/ui/index.ts';
import { chatPath } from '../people/paths.ts';
import { chatTexts } from '../texts/chat.ts';
import { ChatPane } from './chat-pane.tsx';
import { ConversationList } from './conversation-list.tsx';
import { moveDraft } from './drafts.ts';
import { tell } from './errors.ts';
import { GalleryPanel } from './gallery-panel.tsx';
import { jump } from './jump.ts';
import { moveFiles } from './kept-files.ts';
import { SearchPanel } from './search-panel.tsx';

/** Conversations: `/`, `/chats/:id` and `/chats/with/:uuid`. */
export function ChatSection() {
  const t = useTexts(chatTexts);
  const id = match('/chats/:id', path.value)?.id ?? null;
  const uuid = match('/chats/with/:uuid', path.value)?.uuid ?? null;
  const [panel, setPanel] = useState<'search' | 'gallery' | null>(null);
  const wanted = jump.value?.conversationId === id ? jump.value : null;

  useEffect(() => setPanel((now) => (now === 'gallery' ? null : now)), [id]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      setPanel('search');
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  const closePanel = () => setPanel(null);
  // Where the panel lies above the conversation, a result would be hidden by it.
  const afterOpening = () => {
    if (matchMedia('(max-width: 1100px)').matches) setPanel(null);
  };
  const openers = { onSearch: () => setPanel('search'), onGallery: () => setPanel('gallery') };
  const main =
    id !== null ? (
      <Conversation key={id} id={id} wanted={wanted} {...openers} />
    ) : uuid !== null ? (
      <ConversationWith key={uuid} uuid={uuid} {...openers} />
    ) : (
      <Empty icon="chat" title={t.pickOne} />
    );
  return (
    <Panes
      list={<ConversationList selectedId={id} onSearch={openers.onSearch} />}
      listLabel={t.conversations}
      main={main}
      phoneShows={id === null && uuid === null ? 'list' : 'main'}
      {...(panel === null
        ? {}
        : {
            sideLabel: panel === 'search' ? t.search : t.gallery,
            side:
              panel === 'search' ? (
                <SearchPanel conversationId={id} onClose={closePanel} onOpen={afterOpening} />
              ) : id !== null ? (
                <GalleryPanel conversationId={id} onClose={closePanel} onOpen={afterOpening} />
              ) : null,
          })}
    />
  );
}

interface Openers {
  readonly onSearch: () => void;
  readonly onGallery: () => void;
}

function Conversation({ id, wanted, ...openers }: Openers & { readonly id: string; readonly wanted: { readonly messageId: string } | null }) {
  const chat = useMemo(() => parley.conversation(id), [id]);
  return <ChatPane chat={chat} person={null} draftKey={id} wanted={wanted} {...openers} />;
}

/** The conversation with somebody, which there may be none of before the first message. */
function ConversationWith({ uuid, ...openers }: Openers & { readonly uuid: string }) {
  const t = useTexts(chatTexts);
  const [person, setPerson] = useState<User | null | 'nobody'>(null);
  useEffect(() => {
    const stop = new AbortController();
    parley.request(UserInfoDocument, { uuid }, { signal: stop.signal }).then(
      ({ userInfo }) => !stop.signal.aborted && setPerson(userInfo ?? 'nobody'),
      (error) => {
        if (stop.signal.aborted) return;
        tell(error);
        setPerson('nobody');
      },
    );
    return () => stop.abort();
  }, [uuid]);
  if (person === null) {
    return (
      <div class="log-frame pane-wait">
        <Spinner label={t.loading} />
      </div>
    );
  }
  if (person === 'nobody') return <Empty icon="people" title={t.gone} action={<LinkButton href="/">{t.backToList}</LinkButton>} />;
  return <WithPerson person={person} {...openers} />;
}

function WithPerson({ person, ...openers }: Openers & { readonly person: User }) {
  const chat = useMemo(() => parley.conversationWith(person.id), [person.id]);
  const { conversation } = useReadable(chat);
  const id = conversation?.id ?? null;
  useEffect(() => {
    if (id === null) return;
    // Whatever was written and picked since the first message goes along.
    moveDraft(person.id, id);
    moveFiles(person.id, id);
    // Once there is one it has an address of its own.
    navigate(chatPath(id), { replace: true });
  }, [id]);
  return <ChatPane chat={chat} person={person} draftKey={person.id} wanted={null} {...openers} />;
}
