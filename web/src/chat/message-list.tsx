import type { Chat, ChatState } from 'parley-client';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatDay } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { Badge, Button, Empty, Icon, Spinner } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { summaryOf } from './content.tsx';
import type { MessageActions } from './message-actions.ts';
import { MessageView } from './message-view.tsx';
import { type Row, rowsOf } from './rows.ts';
import { type ListHandle, VirtualList } from './virtual-list.tsx';

interface Props {
  readonly chat: Chat;
  readonly state: ChatState;
  readonly isGroup: boolean;
  readonly isReadOnly: boolean;
  readonly isOffline: boolean;
  /** The message whose menu is open. */
  readonly openId: string | null;
  readonly actions: MessageActions;
  readonly handle: { current: ListHandle | null };
  /** The message to be shown, once it is there: `count` rises with each wish. */
  readonly target: { readonly id: string; readonly count: number } | null;
}

/** How high a row is before it was measured, in pixels. */
function guess(row: Row): number {
  if (row.kind === 'head') return 56;
  if (row.kind === 'day' || row.kind === 'unread') return 44;
  if (row.kind === 'notice') return 36;
  const { content } = row.message;
  const pictures = content?.__typename === 'AttachmentsContent' ? 260 : 0;
  return 46 + pictures + 20 * Math.floor((content?.text.length ?? 0) / 60) + (row.isFirst ? 8 : 0);
}

/** The messages of a conversation: begins at what is unread, stays where one reads, and follows at the end. */
export function MessageList({ chat, state, isGroup, isReadOnly, isOffline, openId, actions, handle, target }: Props) {
  const t = useTexts(chatTexts);
  const { conversation, messages, hasOlder, hasNewer, isLoading, error } = state;
  const [isAtEnd, setAtEnd] = useState(true);
  const [marked, setMarked] = useState<string | null>(null);
  // The line stays where it was when the conversation was opened, until the viewer answers.
  const [openedAt] = useState(() => (conversation && conversation.unreadCount > 0 ? conversation.readSeq : null));
  const [isLineShown, setLineShown] = useState(true);
  const ownPending = messages.at(-1)?.isOwn === true && messages.at(-1)?.state === 'sending';
  useEffect(() => {
    if (ownPending) setLineShown(false);
  }, [ownPending]);
  const rows = useMemo(() => rowsOf(messages, isLineShown ? openedAt : null), [messages, openedAt, isLineShown]);
  const startAt = useRef(rows.some(({ kind }) => kind === 'unread') ? 'unread' : null);

  /** The wish that was fulfilled: what comes in later moves nobody back to it. */
  const reached = useRef<Props['target']>(null);
  const newestOwn = messages.at(-1)?.isOwn ? messages.at(-1)?.clientId : null;
  useLayoutEffect(() => {
    // What the viewer just sent is what they want to see.
    if (ownPending && newestOwn) handle.current?.showEnd();
  }, [newestOwn]);

  useLayoutEffect(() => {
    if (!target) return;
    const row = rows.find((one) => (one.kind === 'message' || one.kind === 'notice') && one.message.id === target.id);
    if (!row || reached.current === target || !handle.current?.show(row.key, 'centre')) return;
    reached.current = target;
    setMarked(`${target.id} ${target.count}`);
    // The row may come into the document with the next rendering only.
    setTimeout(() => handle.current?.focusRow(row.key));
  }, [rows, target]);
  useEffect(() => {
    if (marked === null) return;
    const timer = setTimeout(() => setMarked((now) => (now === marked ? null : now)), 2500);
    return () => clearTimeout(timer);
  }, [marked]);

  const shownSeq = useRef(0);
  const mark = useCallback(() => {
    if (document.visibilityState === 'visible' && shownSeq.current > (chat.conversation?.readSeq ?? 0)) chat.markRead(shownSeq.current);
  }, [chat]);
  useEffect(() => {
    document.addEventListener('visibilitychange', mark);
    return () => document.removeEventListener('visibilitychange', mark);
  }, [mark]);

  const onShown = (last: Row, isEnd: boolean) => {
    if (isEnd !== isAtEnd) setAtEnd(isEnd);
    if (last.kind !== 'message' && last.kind !== 'notice') return;
    shownSeq.current = Math.max(shownSeq.current, last.message.seq);
    mark();
  };

  const toNewest = () => {
    if (hasNewer)
      chat.jumpToNewest().then(
        () => handle.current?.showEnd(),
        () => {},
      );
    else handle.current?.showEnd();
  };
  const newCount = conversation?.unreadCount ?? 0;
  const markedId = marked?.split(' ')[0];

  if (messages.length === 0 && !hasOlder && !isLoading && !error) {
    return (
      <div class="log-frame">
        <Empty icon="chat" title={t.noMessages} />
      </div>
    );
  }

  return (
    <div class="log-frame">
      <VirtualList
        rows={rows}
        guess={guess}
        label={t.messages}
        handle={handle}
        startAt={startAt.current}
        followsEnd={!hasNewer}
        onNearTop={() => {
          if (hasOlder && !isLoading && !error) chat.loadOlder().catch(() => {});
        }}
        onNearEnd={() => {
          if (hasNewer && !isLoading && !error) chat.loadNewer().catch(() => {});
        }}
        onShown={onShown}
        onKeyDown={moveFocus}
        renderRow={(row) => {
          switch (row.kind) {
            case 'head':
              return (
                <div class="log-head">
                  {error ? (
                    <>
                      <span role="alert">{t.loadFailed}</span>
                      <Button tone="quiet" icon="retry" onClick={() => chat.loadOlder().catch(() => {})}>
                        {t.tryAgain}
                      </Button>
                    </>
                  ) : hasOlder || isLoading ? (
                    <Spinner label={t.loading} />
                  ) : (
                    t.beginning
                  )}
                </div>
              );
            case 'day':
              return (
                <div class="log-day">
                  <span>{formatDay(row.at)}</span>
                </div>
              );
            case 'unread':
              return (
                <div class="log-unread">
                  <span>{t.unreadLine}</span>
                </div>
              );
            default:
              return (
                <MessageView
                  row={row}
                  isGroup={isGroup}
                  isRead={row.message.isOwn && row.message.seq > 0 && row.message.seq <= (conversation?.peerReadSeq ?? 0)}
                  isReadOnly={isReadOnly}
                  isMarked={row.message.id === markedId}
                  isOpen={row.message.id === openId}
                  isOffline={isOffline && row.message.state === 'sending'}
                  actions={actions}
                />
              );
          }
        }}
      />
      {(!isAtEnd || hasNewer) && (
        <button type="button" class="to-newest" aria-label={newCount > 0 ? t.newMessages(newCount) : t.toNewest} onClick={toNewest}>
          <Icon name="down" />
          <Badge count={newCount} label="" />
        </button>
      )}
      <Incoming chat={chat} actions={actions} />
    </div>
  );
}

/** Arrows go from message to message. */
function moveFocus(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  if ((event.key !== 'ArrowUp' && event.key !== 'ArrowDown') || !(event.target instanceof HTMLElement)) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-message]')];
  const frame = event.currentTarget.getBoundingClientRect();
  const onScreen = all.filter((element) => element.getBoundingClientRect().top < frame.bottom - 8 && element.getBoundingClientRect().bottom > frame.top + 8);
  const now = event.target === event.currentTarget ? null : event.target.closest<HTMLElement>('[data-message]');
  if (event.target !== event.currentTarget && event.target !== now) return;
  const next = now ? all[all.indexOf(now) + (event.key === 'ArrowUp' ? -1 : 1)] : onScreen.at(-1);
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

/** Says what comes in while the conversation is open, for those who do not see it. */
function Incoming({ chat, actions }: { readonly chat: Chat; readonly actions: MessageActions }) {
  const t = useTexts(chatTexts);
  const [said, setSaid] = useState('');
  useEffect(() => {
    let heard = chat.messages.at(-1)?.seq ?? 0;
    return chat.subscribe(() => {
      const newest = chat.messages.at(-1);
      if (!newest || newest.seq <= heard) return;
      const isNext = heard > 0;
      heard = newest.seq;
      if (isNext && !newest.isOwn) setSaid(t.incoming(newest.sender ? actions.nameOf(newest.sender) : t.server, summaryOf(newest.content)));
    });
  }, [chat]);
  return (
    <div class="unseen" aria-live="polite">
      {said}
    </div>
  );
}
