import type { Chat, Message, StoredFile, User } from 'parley-client';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Bar } from '../app/bar.tsx';
import { formatMoment } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { useReadable } from '../app/readable.ts';
import { navigate } from '../app/router.ts';
import { Avatar, Button, Confirm, Empty, IconButton, LinkButton, Menu, type MenuPlace, Spinner } from '../app/ui/index.ts';
import { groupPath, personPath } from '../people/paths.ts';
import { chatTexts } from '../texts/chat.ts';
import { Composer, type Intent } from './composer.tsx';
import { ConversationFace } from './conversation-item.tsx';
import { EmojiPicker } from './emoji-picker.tsx';
import { tell } from './errors.ts';
import { ForwardDialog } from './forward-dialog.tsx';
import { jump } from './jump.ts';
import { Lightbox } from './lightbox.tsx';
import type { Mentionable } from './mentions.ts';
import type { MessageActions } from './message-actions.ts';
import { MessageList } from './message-list.tsx';
import { canEdit, MessageMenu } from './message-menu.tsx';
import { PinnedBar } from './pinned-bar.tsx';
import { PresenceLine, usePresence } from './presence-line.tsx';
import { ReactorsDialog } from './reactors-dialog.tsx';
import { useFileDrop } from './use-file-drop.ts';
import { useLimits } from './use-limits.ts';
import { useMembers } from './use-members.ts';
import type { ListHandle } from './virtual-list.tsx';
import { WritePermission } from './write-permission.tsx';

type Picture = Extract<StoredFile, { readonly __typename: 'ImageFile' }>;

interface Props {
  readonly chat: Chat;
  /** Whom it is with, where there may be no conversation yet. */
  readonly person: User | null;
  readonly draftKey: string;
  /** The message to be shown; another object each time. */
  readonly wanted: { readonly messageId: string } | null;
  readonly onSearch: () => void;
  readonly onGallery: () => void;
}

type Layer =
  | { readonly kind: 'menu' | 'emoji'; readonly message: Message; readonly place: MenuPlace }
  | { readonly kind: 'forward' | 'recall' | 'reactors'; readonly message: Message }
  | { readonly kind: 'pictures'; readonly pictures: readonly Picture[]; readonly index: number };

/** One conversation: what was said, and where the next is written. */
export function ChatPane({ chat, person, draftKey, wanted, onSearch, onGallery }: Props) {
  const t = useTexts(chatTexts);
  const state = useReadable(chat);
  const connection = useReadable(parley.connection);
  const limits = useLimits();
  const { conversation, messages } = state;
  const isGroup = conversation?.kind === 'GROUP';
  const members = useMembers(isGroup ? conversation.id : null);
  const nicknames = useMemo(() => new Map(members.map(({ user, nickname }) => [user.id, nickname])), [members]);
  const [layer, setLayer] = useState<Layer | null>(null);
  const [intent, setIntent] = useState<Intent>(null);
  const [target, setTarget] = useState<{ readonly id: string; readonly count: number } | null>(null);
  const list = useRef<ListHandle | null>(null);
  const composer = useRef<{ addFiles(files: Iterable<File>): void; focus(): void } | null>(null);
  const peer = conversation?.peer ?? person;
  const mutedUntil = conversation?.group?.viewerMember?.mutedUntil ?? null;
  const isMuted = mutedUntil !== null && Date.parse(mutedUntil) > Date.now();
  const isReadOnly = conversation?.kind === 'SYSTEM' || state.isGone || isMuted;
  const isOffline = connection.status !== 'live' && connection.status !== 'catchingUp';

  const nameOf = useCallback((user: User) => nicknames.get(user.id) || user.nickname, [nicknames]);
  const jumpTo = (id: string) => {
    setTarget((now) => ({ id, count: (now?.count ?? 0) + 1 }));
    if (!chat.messages.some((message) => message.id === id)) chat.jumpTo(id).catch(tell);
  };
  // Before the next key comes: whoever writes to somebody for the first time goes on in another field when there is a conversation.
  useLayoutEffect(() => {
    // On a phone the keyboard would hide what was said.
    if (wanted === null && matchMedia('(pointer: fine)').matches) composer.current?.focus();
  }, []);
  useEffect(() => {
    if (!wanted) return;
    jumpTo(wanted.messageId);
    // Once: whoever comes back to the conversation later is not led there again.
    jump.value = null;
  }, [wanted]);

  const run = {
    reply: (message: Message) => setIntent({ kind: 'reply', message }),
    edit: (message: Message) => setIntent({ kind: 'edit', message }),
    askRecall: (message: Message) => setLayer({ kind: 'recall', message }),
    showReactors: (message: Message) => setLayer({ kind: 'reactors', message }),
    forward: (message: Message) => setLayer({ kind: 'forward', message }),
    openEmoji: (message: Message, place: MenuPlace) => setLayer({ kind: 'emoji', message, place }),
    toggleReaction: (message: Message, emoji: string) => {
      const isThere = message.reactions.some((one) => one.viewerReacted && one.emoji === emoji);
      (isThere ? chat.unreact(message.id, emoji) : chat.react(message.id, emoji)).catch(tell);
    },
    retry: (message: Message) => message.clientId !== null && chat.retry(message.clientId),
    discard: (message: Message) => message.clientId !== null && chat.discard(message.clientId),
  };
  const latest = useRef({ run, jumpTo });
  latest.current = { run, jumpTo };
  // The same object while names stay, so that messages are not rendered again with every key.
  const actions = useMemo<MessageActions>(
    () => ({
      nameOf,
      openUser: (user) => navigate(personPath(user.uuid)),
      openPictures: (pictures, index) => setLayer({ kind: 'pictures', pictures, index }),
      openMenu: (message, place) => setLayer({ kind: 'menu', message, place }),
      openEmoji: (message, place) => latest.current.run.openEmoji(message, place),
      jumpTo: (id) => latest.current.jumpTo(id),
      reply: (message) => latest.current.run.reply(message),
      toggleReaction: (message, emoji) => latest.current.run.toggleReaction(message, emoji),
      retry: (message) => latest.current.run.retry(message),
      discard: (message) => latest.current.run.discard(message),
    }),
    [nameOf, chat],
  );

  const role = conversation?.group?.viewerMember?.role;
  const mentionables = useMemo<readonly Mentionable[]>(() => {
    const session = parley.session.get();
    const ownId = session.status === 'signedIn' ? session.user.id : null;
    const others = members.filter(({ user }) => user.id !== ownId);
    const people = others.map(({ user, nickname }) => ({ id: user.id, name: nickname || user.nickname, username: user.username, avatar: user.avatar }));
    const everyone = { id: null, name: t.everyone, username: 'all', avatar: null };
    return people.length > 0 && (role === 'OWNER' || role === 'ADMIN') ? [everyone, ...people] : people;
  }, [members, role, t]);

  const drop = useFileDrop((files) => composer.current?.addFiles(files), !isReadOnly);
  const editLast = () => {
    const last = [...messages].reverse().find((message) => message.isOwn && message.state !== 'failed');
    if (last && canEdit(last, limits)) setIntent({ kind: 'edit', message: last });
  };
  const close = () => setLayer(null);
  const message = layer && 'message' in layer ? (messages.find(({ id }) => id === layer.message.id) ?? layer.message) : null;
  const details = isGroup ? groupPath(conversation.id) : peer ? personPath(peer.uuid) : null;
  const title = conversation?.title ?? person?.nickname ?? '';

  const field = (
    <Composer
      chat={chat}
      draftKey={draftKey}
      intent={intent}
      onIntent={setIntent}
      onEditLast={editLast}
      onSent={() => {
        if (state.hasNewer) chat.jumpToNewest().then(() => list.current?.showEnd(), tell);
      }}
      mentionables={mentionables}
      nameOf={({ sender, isOwn }) => (isOwn ? t.you : sender ? nameOf(sender) : t.server)}
      handle={composer}
    />
  );

  if (state.isGone) {
    return <Empty isPage icon="chat" title={t.gone} action={<LinkButton href="/">{t.backToList}</LinkButton>} />;
  }
  return (
    <div class="chat" {...drop.handlers}>
      <Bar
        backTo="/"
        level={1}
        before={
          details ? (
            <a class="chat-face" href={details} title={t.details}>
              <PaneFace conversation={conversation} peer={peer} />
              <span class="unseen">{t.details}</span>
            </a>
          ) : (
            <PaneFace conversation={conversation} peer={peer} />
          )
        }
        title={title}
        subtitle={<PresenceLine chat={chat} conversation={conversation} peer={peer} nameOf={nameOf} />}
        actions={
          conversation && (
            <>
              <IconButton icon="search" label={t.search} onClick={onSearch} />
              <Menu
                label={t.messageMenu}
                items={[
                  { label: t.gallery, icon: 'image', onSelect: onGallery },
                  ...(details ? [{ label: t.details, icon: 'info' as const, onSelect: () => navigate(details) }] : []),
                ]}
              />
            </>
          )
        }
      />
      {conversation && conversation.kind !== 'SYSTEM' && <PinnedBar conversationId={conversation.id} messages={messages} onJump={jumpTo} />}
      {messages.length === 0 && state.isLoading ? (
        <div class="log-frame pane-wait">
          <Spinner label={t.loading} />
        </div>
      ) : messages.length === 0 && state.error ? (
        <div class="log-frame">
          <Empty icon="warning" title={t.loadFailed} action={<Button onClick={() => void chat.jumpToNewest().catch(() => {})}>{t.tryAgain}</Button>}>
            {state.error.message}
          </Empty>
        </div>
      ) : (
        <MessageList
          chat={chat}
          state={state}
          isGroup={isGroup}
          isReadOnly={isReadOnly}
          isOffline={isOffline}
          openId={layer?.kind === 'menu' || layer?.kind === 'emoji' ? layer.message.id : null}
          actions={actions}
          handle={list}
          target={target}
        />
      )}
      {conversation?.kind === 'SYSTEM' ? (
        <p class="composer-closed soft">{t.systemOnly}</p>
      ) : isMuted ? (
        <p class="composer-closed soft">{t.mutedUntil(formatMoment(mutedUntil))}</p>
      ) : peer && conversation?.kind !== 'GROUP' ? (
        <WritePermission peer={peer} lastSeq={conversation?.lastSeq ?? 0}>
          {field}
        </WritePermission>
      ) : (
        field
      )}
      {drop.isOver && <div class="drop-here">{t.dropHere}</div>}
      {layer?.kind === 'menu' && message && (
        <MessageMenu message={message} place={layer.place} conversation={conversation} isReadOnly={isReadOnly} limits={limits} actions={run} onClose={close} />
      )}
      {layer?.kind === 'emoji' && message && <EmojiPicker place={layer.place} onPick={(emoji) => run.toggleReaction(message, emoji)} onClose={close} />}
      {layer?.kind === 'forward' && message && <ForwardDialog message={message} onClose={close} />}
      {layer?.kind === 'reactors' && message && <ReactorsDialog message={message} nameOf={nameOf} onClose={close} />}
      {layer?.kind === 'pictures' && <Lightbox pictures={layer.pictures} index={layer.index} onClose={close} />}
      {layer?.kind === 'recall' && message && (
        <Confirm
          title={t.recallTitle}
          action={t.recall}
          isDanger
          onClose={close}
          onConfirm={() => {
            close();
            chat.recall(message.id).catch(tell);
          }}
        >
          <p>{t.recallText}</p>
        </Confirm>
      )}
    </div>
  );
}

function PaneFace({ conversation, peer }: { readonly conversation: Chat['conversation']; readonly peer: User | null }) {
  if (peer) return <PeerPaneFace conversation={conversation} peer={peer} />;
  return conversation ? <ConversationFace conversation={conversation} size={36} isOnline={false} /> : null;
}

function PeerPaneFace({ conversation, peer }: { readonly conversation: Chat['conversation']; readonly peer: User }) {
  const isOnline = usePresence(peer.id).status === 'ONLINE';
  if (conversation) return <ConversationFace conversation={conversation} size={36} isOnline={isOnline} />;
  return <Avatar id={peer.id} name={peer.nickname} url={peer.avatar} size={36} isOnline={isOnline} />;
}
