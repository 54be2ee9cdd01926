import type { Conversation } from 'parley-client';
import { UpdateConversationDocument } from 'parley-client/documents';
import { memo } from 'preact/compat';
import { useState } from 'preact/hooks';
import { formatMoment, formatShort } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { Avatar, Badge, Icon, IconButton, type MenuItem, MenuList, type MenuPlace } from '../app/ui/index.ts';
import { chatPath } from '../people/paths.ts';
import { chatTexts } from '../texts/chat.ts';
import { summaryOf } from './content.tsx';
import { tell } from './errors.ts';
import { usePresence } from './presence-line.tsx';
import { useLongPress } from './use-long-press.ts';
import { useOnScreen } from './use-on-screen.ts';

interface Props {
  readonly conversation: Conversation;
  readonly draft: string;
  readonly isSelected: boolean;
  readonly viewerId: string | null;
}

/** A conversation in the list: who, the newest words, when, and what is unread. */
export const ConversationItem = memo(function ConversationItem({ conversation, draft, isSelected, viewerId }: Props) {
  const t = useTexts(chatTexts);
  const [place, setPlace] = useState<MenuPlace | null>(null);
  const press = useLongPress(setPlace);
  const { id, title, unreadCount, unreadMentionCount, isMuted, lastMessage } = conversation;
  return (
    <li
      class="conversation"
      {...press.handlers}
      onContextMenu={(event) => {
        event.preventDefault();
        if (press.isPressed()) return;
        setPlace(event.clientX === 0 && event.clientY === 0 ? event.currentTarget : { x: event.clientX, y: event.clientY });
      }}
    >
      <a class="conversation-link" href={chatPath(id)} aria-current={isSelected ? 'page' : undefined}>
        <Face conversation={conversation} />
        <span class="conversation-words">
          <span class="conversation-top">
            <span class="conversation-title line">{title}</span>
            {isMuted && (
              <span class="soft" title={t.muted}>
                <Icon name="bellOff" size={14} />
                <span class="unseen">{t.muted}</span>
              </span>
            )}
            {lastMessage && (
              <time class="small soft" dateTime={lastMessage.createdAt} title={formatMoment(lastMessage.createdAt)}>
                {formatShort(lastMessage.createdAt)}
              </time>
            )}
          </span>
          <span class="conversation-bottom">
            <span class="line soft">{draft !== '' && !isSelected ? <Draft text={draft} /> : <Newest conversation={conversation} viewerId={viewerId} />}</span>
            {unreadMentionCount > 0 && (
              <span class="badge" title={t.mentioned}>
                <span aria-hidden="true">@</span>
                <span class="unseen">{t.mentioned}</span>
              </span>
            )}
            <Badge count={unreadCount} label={t.unread(unreadCount)} isQuiet={isMuted} />
          </span>
        </span>
      </a>
      <span class="conversation-more">
        <IconButton
          icon="more"
          size={18}
          label={t.conversationMenu(title)}
          aria-haspopup="menu"
          aria-expanded={place !== null}
          onClick={(event) => event.currentTarget instanceof Element && setPlace(event.currentTarget)}
        />
      </span>
      {place && <MenuList label={t.conversationMenu(title)} place={place} items={menuOf(t, conversation)} onClose={() => setPlace(null)} />}
    </li>
  );
});

function Draft({ text }: { readonly text: string }) {
  const t = useTexts(chatTexts);
  return (
    <>
      <span class="conversation-draft">{t.draft}</span> {text.replace(/\s+/gu, ' ')}
    </>
  );
}

/** A face with a dot where the other one is there. */
function Face({ conversation }: { readonly conversation: Conversation }) {
  const { peer } = conversation;
  return peer ? <PeerFace conversation={conversation} userId={peer.id} /> : <ConversationFace conversation={conversation} size={44} isOnline={false} />;
}

/** Asks for the presence of those alone who are on the screen. */
function PeerFace({ conversation, userId }: { readonly conversation: Conversation; readonly userId: string }) {
  const { ref, isOnScreen } = useOnScreen<HTMLSpanElement>();
  return (
    <span ref={ref} class="conversation-face">
      {isOnScreen ? <PresentFace conversation={conversation} userId={userId} /> : <ConversationFace conversation={conversation} size={44} isOnline={false} />}
    </span>
  );
}

function PresentFace({ conversation, userId }: { readonly conversation: Conversation; readonly userId: string }) {
  const { status } = usePresence(userId);
  return <ConversationFace conversation={conversation} size={44} isOnline={status === 'ONLINE'} />;
}

export function ConversationFace({ conversation, size, isOnline }: { readonly conversation: Conversation; readonly size: number; readonly isOnline: boolean }) {
  const { id, peer, title, avatar, kind } = conversation;
  return <Avatar id={peer?.id ?? id} name={title} url={avatar} size={size} isOnline={isOnline} isGroup={kind !== 'DIRECT'} />;
}

function Newest({ conversation, viewerId }: { readonly conversation: Conversation; readonly viewerId: string | null }) {
  const t = useTexts(chatTexts);
  const { lastMessage, kind } = conversation;
  if (!lastMessage) return <>{t.noMessages}</>;
  const { sender, recalledAt, content } = lastMessage;
  const isOwn = sender !== null && sender.id === viewerId;
  const name = isOwn ? t.you : (sender?.nickname ?? t.server);
  if (recalledAt !== null) return <>{isOwn ? t.recalledOwn : t.recalled(name)}</>;
  const words = summaryOf(content);
  if (content?.__typename === 'NoticeContent' || (kind !== 'GROUP' && !isOwn)) return <>{words}</>;
  return <>{t.incoming(name, words)}</>;
}

function menuOf(t: (typeof chatTexts)['en'], { id, isMuted, isArchived, unreadCount, lastSeq }: Conversation): MenuItem[] {
  const change = (input: { readonly isMuted?: boolean; readonly isArchived?: boolean }) => {
    parley.request(UpdateConversationDocument, { conversationId: id, ...input }).catch(tell);
  };
  const items: MenuItem[] = [
    { label: isMuted ? t.unmute : t.mute, icon: isMuted ? 'bell' : 'bellOff', onSelect: () => change({ isMuted: !isMuted }) },
    { label: isArchived ? t.unarchive : t.archive, icon: 'archive', onSelect: () => change({ isArchived: !isArchived }) },
  ];
  if (unreadCount > 0) items.unshift({ label: t.markRead, icon: 'checks', onSelect: () => parley.conversation(id).markRead(lastSeq) });
  return items;
}
