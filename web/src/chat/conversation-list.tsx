import { useEffect, useRef, useState } from 'preact/hooks';
import { Bar } from '../app/bar.tsx';
import { useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { useReadable } from '../app/readable.ts';
import { Button, Empty, IconButton, LinkButton, Notice, Spinner } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { ConversationItem } from './conversation-item.tsx';
import { drafts } from './drafts.ts';
import { NoticeOffer } from './notice-offer.tsx';

interface Props {
  readonly selectedId: string | null;
  readonly onSearch: () => void;
}

/** The conversations, newest activity first, and those in the archive. */
export function ConversationList({ selectedId, onSearch }: Props) {
  const t = useTexts(chatTexts);
  const [isArchive, setArchive] = useState(false);
  const session = useReadable(parley.session);
  const list = isArchive ? parley.archived : parley.conversations;
  const { conversations, hasMore, isLoading, error } = useReadable(list);
  const viewerId = session.status === 'signedIn' ? session.user.id : null;
  return (
    <>
      <Bar
        level={1}
        title={isArchive ? t.archivedTitle : t.conversations}
        before={isArchive ? <IconButton icon="back" label={t.backToList} onClick={() => setArchive(false)} /> : null}
        actions={
          <>
            <IconButton icon="search" label={t.search} onClick={onSearch} />
            {!isArchive && <IconButton icon="archive" label={t.archivedTitle} onClick={() => setArchive(true)} />}
          </>
        }
      />
      <NoticeOffer />
      <div class="pane-scroll">
        {error && conversations.length === 0 ? (
          <Notice tone="danger" action={<Button onClick={() => void list.loadMore().catch(() => {})}>{t.tryAgain}</Button>}>
            {error.message}
          </Notice>
        ) : conversations.length > 0 ? (
          <ul class="conversations">
            {conversations.map((conversation) => (
              <ConversationItem
                key={conversation.id}
                conversation={conversation}
                draft={drafts.value.get(conversation.id) ?? ''}
                isSelected={conversation.id === selectedId}
                viewerId={viewerId}
              />
            ))}
          </ul>
        ) : isLoading ? (
          <div class="pane-wait">
            <Spinner label={t.loading} />
          </div>
        ) : isArchive ? (
          <Empty icon="archive" title={t.noArchived}>
            {t.noArchivedHint}
          </Empty>
        ) : (
          <Empty icon="chat" title={t.noConversations} action={<LinkButton href="/people">{t.findPeople}</LinkButton>}>
            {t.noConversationsHint}
          </Empty>
        )}
        {hasMore && <More isLoading={isLoading} isFailed={error !== null} onMore={() => void list.loadMore().catch(() => {})} />}
      </div>
    </>
  );
}

interface MoreProps {
  readonly isLoading: boolean;
  /** The last time that it was asked. */
  readonly isFailed: boolean;
  readonly onMore: () => void;
}

/** Asks for more when it comes near the screen, and can be pressed where that fails. */
export function More({ isLoading, isFailed, onMore }: MoreProps) {
  const t = useTexts(chatTexts);
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(onMore);
  latest.current = onMore;
  useEffect(() => {
    // Where it is in view it would ask again at once, as long as what fails lasts.
    if (isLoading || isFailed || !box.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), { rootMargin: '400px' });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [isLoading, isFailed]);
  return (
    <div ref={box} class="pane-wait">
      {isLoading ? (
        <Spinner label={t.loading} />
      ) : (
        <Button tone="quiet" onClick={onMore}>
          {t.loadMore}
        </Button>
      )}
    </div>
  );
}
