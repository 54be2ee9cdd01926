import type { Message } from 'parley-client';
import { type MessageFragment, PinnedMessagesDocument } from 'parley-client/documents';
import { useEffect, useState } from 'preact/hooks';
import { formatMoment } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { Dialog, Icon } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { summaryOf } from './content.tsx';

interface Props {
  readonly conversationId: string;
  /** Those of the window: a pin that changes among them is a reason to read the list anew. */
  readonly messages: readonly Message[];
  readonly onJump: (messageId: string) => void;
}

/** The message that was pinned last, above all others, and the way to those before. */
export function PinnedBar({ conversationId, messages, onJump }: Props) {
  const t = useTexts(chatTexts);
  const [pinned, setPinned] = useState<readonly MessageFragment[]>([]);
  const [isOpen, setOpen] = useState(false);
  const inWindow = messages.reduce((all, { id, rev, pinnedAt }) => (pinnedAt === null ? all : `${all} ${id} ${rev}`), '');
  useEffect(() => {
    const stop = new AbortController();
    parley.request(PinnedMessagesDocument, { conversationId }, { signal: stop.signal }).then(
      ({ conversation }) => !stop.signal.aborted && setPinned(conversation?.pinnedMessages ?? []),
      // Without it the messages say themselves that they are pinned.
      () => {},
    );
    return () => stop.abort();
  }, [conversationId, inWindow]);
  const newest = pinned[0];
  if (!newest) return null;
  return (
    <div class="pinned-bar">
      <Icon name="pin" size={18} />
      <button type="button" class="pinned-words" onClick={() => onJump(newest.id)}>
        <span class="line small pinned-title">{t.pinnedMessages(pinned.length)}</span>
        <span class="line small">{summaryOf(newest.content)}</span>
      </button>
      {pinned.length > 1 && (
        <button type="button" class="text-button small" aria-haspopup="dialog" onClick={() => setOpen(true)}>
          {t.showPinned}
        </button>
      )}
      {isOpen && (
        <Dialog title={t.pinnedMessages(pinned.length)} onClose={() => setOpen(false)}>
          <ul class="results">
            {pinned.map((message) => (
              <li key={message.id}>
                <button
                  type="button"
                  class="result"
                  onClick={() => {
                    setOpen(false);
                    onJump(message.id);
                  }}
                >
                  <span class="conversation-words">
                    <span class="conversation-top">
                      <span class="conversation-title line">{message.sender?.nickname ?? t.server}</span>
                      <time class="small soft">{formatMoment(message.createdAt)}</time>
                    </span>
                    <span class="snippet soft">{summaryOf(message.content)}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </div>
  );
}
