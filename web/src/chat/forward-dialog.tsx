import type { Message } from 'parley-client';
import { useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { useReadable } from '../app/readable.ts';
import { Button, Dialog, Icon, toast } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { summaryOf } from './content.tsx';
import { ConversationFace } from './conversation-item.tsx';
import { More } from './conversation-list.tsx';

/** Chooses the conversations to which a message is sent on. */
export function ForwardDialog({ message, onClose }: { readonly message: Message; readonly onClose: () => void }) {
  const t = useTexts(chatTexts);
  const { conversations, hasMore, isLoading, error } = useReadable(parley.conversations);
  const [filter, setFilter] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const wanted = filter.trim().toLowerCase();
  const shown = conversations.filter(({ kind, title }) => kind !== 'SYSTEM' && title.toLowerCase().includes(wanted));
  const send = () => {
    // What is refused shows in the conversation that it was for.
    for (const id of chosen)
      parley
        .conversation(id)
        .send({ forward: message.id })
        .catch(() => {});
    toast(t.forwardDone(chosen.length));
    onClose();
  };
  return (
    <Dialog
      title={t.forwardTitle}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button tone="main" icon="forward" disabled={chosen.length === 0} onClick={send}>
            {t.forward}
          </Button>
        </>
      }
    >
      <p class="forward-words line soft">{summaryOf(message.content)}</p>
      <label class="search-field">
        <Icon name="search" size={18} />
        <span class="unseen">{t.filter}</span>
        <input type="search" value={filter} placeholder={t.filter} onInput={(event) => setFilter(event.currentTarget.value)} />
      </label>
      {shown.length === 0 && !hasMore && <p class="soft">{t.forwardNothing}</p>}
      <ul class="forward-list">
        {shown.map((conversation) => {
          const { id, title } = conversation;
          const isChosen = chosen.includes(id);
          return (
            <li key={id}>
              <label class="forward-row">
                <input type="checkbox" checked={isChosen} onChange={() => setChosen(isChosen ? chosen.filter((other) => other !== id) : [...chosen, id])} />
                <ConversationFace conversation={conversation} size={32} isOnline={false} />
                <span class="line">{title}</span>
              </label>
            </li>
          );
        })}
      </ul>
      {hasMore && <More isLoading={isLoading} isFailed={error !== null} onMore={() => void parley.conversations.loadMore().catch(() => {})} />}
    </Dialog>
  );
}
