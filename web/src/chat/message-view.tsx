import type { Message } from 'parley-client';
import { memo } from 'preact/compat';
import { useState } from 'preact/hooks';
import { formatMoment, formatTime } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { Avatar, Button, Icon, IconButton } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { Content, summaryOf } from './content.tsx';
import { reasonOf } from './errors.ts';
import type { MessageActions } from './message-actions.ts';
import type { MessageRow } from './rows.ts';
import { useLongPress } from './use-long-press.ts';

interface Props {
  readonly row: MessageRow;
  /** Names and pictures of senders are shown where more than two people write. */
  readonly isGroup: boolean;
  /** The other one has read it. */
  readonly isRead: boolean;
  /** Nothing can be written here. */
  readonly isReadOnly: boolean;
  readonly isMarked: boolean;
  /** Its menu is open. */
  readonly isOpen: boolean;
  readonly isOffline: boolean;
  readonly actions: MessageActions;
}

/** A message, with all that belongs to it. It is rendered again only when something of it changes. */
export const MessageView = memo(function MessageView({ row, isGroup, isRead, isReadOnly, isMarked, isOpen, isOffline, actions }: Props) {
  const t = useTexts(chatTexts);
  const { message, isFirst, isLast } = row;
  // Tools are many, and only the message under the pointer needs them.
  const [isNear, setNear] = useState(false);
  const press = useLongPress((place) => actions.openMenu(message, place));
  const name = message.isOwn ? t.you : message.sender ? actions.nameOf(message.sender) : t.server;
  if (row.kind === 'notice') return <p class="log-notice">{message.content?.text}</p>;
  if (message.recalledAt !== null) return <p class="log-notice">{message.isOwn ? t.recalledOwn : t.recalled(name)}</p>;

  const hasMenu = message.state !== 'sending';
  const classes = [
    'message',
    message.isOwn ? 'message-own' : 'message-other',
    isFirst ? 'message-first' : '',
    isLast ? 'message-last' : '',
    isMarked ? 'message-marked' : '',
    isOpen ? 'message-open' : '',
  ];

  return (
    <article
      class={classes.join(' ')}
      data-message={message.id}
      tabIndex={-1}
      aria-label={`${name}, ${formatMoment(message.createdAt)}`}
      onContextMenu={(event) => {
        if (!hasMenu || keepsOwnMenu(event)) return;
        event.preventDefault();
        if (press.isPressed()) return;
        const isByKeyboard = event.clientX === 0 && event.clientY === 0;
        actions.openMenu(message, isByKeyboard ? event.currentTarget : { x: event.clientX, y: event.clientY });
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.target !== event.currentTarget || !hasMenu) return;
        event.preventDefault();
        actions.openMenu(message, event.currentTarget);
      }}
      onPointerEnter={(event) => event.pointerType === 'mouse' && setNear(true)}
      onFocusIn={() => setNear(true)}
      {...(hasMenu ? press.handlers : {})}
    >
      {isGroup && !message.isOwn && <span class="message-face">{isFirst && <Sender message={message} actions={actions} />}</span>}
      <div class="message-body">
        {isGroup && !message.isOwn && isFirst && <span class="message-name line">{name}</span>}
        <div class="message-line">
          <div class={`bubble ${isBare(message) ? 'bubble-bare' : isPlain(message) ? 'bubble-plain' : ''}`}>
            {message.forwardedFrom && (
              <span class="bubble-label">
                <Icon name="forward" size={14} />
                {t.forwardedFrom(actions.nameOf(message.forwardedFrom))}
              </span>
            )}
            {message.replyTo && <Quote quote={message.replyTo} actions={actions} />}
            <Content message={message} actions={actions} />
            <Meta message={message} isRead={isRead} isOffline={isOffline} />
          </div>
          {hasMenu && isNear && (
            <div class="message-tools">
              {!isReadOnly && message.state === 'sent' && (
                <>
                  <IconButton
                    icon="emoji"
                    size={18}
                    label={t.react}
                    onClick={(event) => event.currentTarget instanceof Element && actions.openEmoji(message, event.currentTarget)}
                  />
                  <IconButton icon="reply" size={18} label={t.reply} onClick={() => actions.reply(message)} />
                </>
              )}
              <IconButton
                icon="more"
                size={18}
                label={t.messageMenu}
                aria-haspopup="menu"
                onClick={(event) => event.currentTarget instanceof Element && actions.openMenu(message, event.currentTarget)}
              />
            </div>
          )}
        </div>
        {message.reactions.length > 0 && <Reactions message={message} isReadOnly={isReadOnly} actions={actions} />}
        {message.state === 'failed' && (
          <div class="message-failed" role="alert">
            <Icon name="warning" size={16} />
            <span>
              {t.failed}
              {message.error ? `: ${reasonOf(message.error)}` : ''}
            </span>
            <Button tone="quiet" onClick={() => actions.retry(message)}>
              {t.retry}
            </Button>
            <Button tone="quiet" onClick={() => actions.discard(message)}>
              {t.discard}
            </Button>
          </div>
        )}
      </div>
    </article>
  );
});

/** Links and selected text keep the menu of the browser. */
function keepsOwnMenu(event: MouseEvent): boolean {
  if (event.target instanceof Element && event.target.closest('a, video')) return true;
  return getSelection()?.isCollapsed === false;
}

/** Nothing but words. */
function isPlain({ content, replyTo, forwardedFrom }: Message): boolean {
  return (content?.__typename === 'TextContent' || content?.__typename === 'CustomContent') && !replyTo && !forwardedFrom;
}

/** Pictures alone need no frame around them. */
function isBare({ content, replyTo, forwardedFrom }: Message): boolean {
  if (content?.__typename !== 'AttachmentsContent' || replyTo || forwardedFrom) return false;
  return !content.caption && content.files.length > 0 && content.files.every(({ __typename: type }) => type === 'ImageFile' || type === 'VideoFile');
}

function Sender({ message, actions }: { readonly message: Message; readonly actions: MessageActions }) {
  const { sender } = message;
  if (!sender) return <Avatar id="server" name="P" size={32} />;
  return (
    <button type="button" class="message-sender" tabIndex={-1} onClick={() => actions.openUser(sender)}>
      <Avatar id={sender.id} name={sender.nickname} url={sender.avatar} size={32} />
      <span class="unseen">{actions.nameOf(sender)}</span>
    </button>
  );
}

function Quote({ quote, actions }: { readonly quote: NonNullable<Message['replyTo']>; readonly actions: MessageActions }) {
  const t = useTexts(chatTexts);
  const name = quote.sender ? actions.nameOf(quote.sender) : t.server;
  return (
    <button type="button" class="quote" onClick={() => actions.jumpTo(quote.id)}>
      <span class="unseen">{t.jumpToQuote(name)}</span>
      <span class="quote-name line">{name}</span>
      <span class="line">{quote.recalledAt === null ? summaryOf(quote.content) : t.quoteGone}</span>
    </button>
  );
}

function Meta({ message, isRead, isOffline }: { readonly message: Message; readonly isRead: boolean; readonly isOffline: boolean }) {
  const t = useTexts(chatTexts);
  return (
    <span class="meta">
      {message.pinnedAt !== null && (
        <span title={t.pinned}>
          <Icon name="pin" size={14} />
          <span class="unseen">{t.pinned}</span>
        </span>
      )}
      {message.editedAt !== null && <span title={formatMoment(message.editedAt)}>{t.edited}</span>}
      <time dateTime={message.createdAt} title={formatMoment(message.createdAt)}>
        {formatTime(message.createdAt)}
      </time>
      {message.isOwn && <State message={message} isRead={isRead} isOffline={isOffline} />}
    </span>
  );
}

function State({ message, isRead, isOffline }: { readonly message: Message; readonly isRead: boolean; readonly isOffline: boolean }) {
  const t = useTexts(chatTexts);
  const [icon, words] =
    message.state === 'failed'
      ? (['warning', t.failed] as const)
      : message.state === 'sending'
        ? (['clock', isOffline ? t.waitingForNetwork : t.sending] as const)
        : isRead
          ? (['checks', t.read] as const)
          : (['check', t.sent] as const);
  return (
    <span class={`state state-${message.state}`} title={words} data-state={isRead && message.state === 'sent' ? 'read' : message.state}>
      <Icon name={icon} size={16} />
      <span class="unseen">{words}</span>
    </span>
  );
}

function Reactions({ message, isReadOnly, actions }: { readonly message: Message; readonly isReadOnly: boolean; readonly actions: MessageActions }) {
  const t = useTexts(chatTexts);
  return (
    <div class="reactions">
      {message.reactions.map(({ emoji, count, viewerReacted }) => (
        <button
          key={emoji}
          type="button"
          class="reaction"
          aria-pressed={viewerReacted}
          aria-label={t.reaction(emoji, count)}
          disabled={isReadOnly}
          onClick={() => actions.toggleReaction(message, emoji)}
        >
          <span aria-hidden="true">{emoji}</span>
          <span aria-hidden="true">{count}</span>
        </button>
      ))}
    </div>
  );
}
