import type { Message, User } from 'parley-client';
import { ReactorsDocument } from 'parley-client/documents';
import { useEffect, useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { Avatar, Dialog, Spinner } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { tell } from './errors.ts';

type Reacted = readonly { readonly emoji: string; readonly users: readonly User[] }[];

/** Who reacted to a message, and with what. */
export function ReactorsDialog({
  message,
  nameOf,
  onClose,
}: {
  readonly message: Message;
  readonly nameOf: (user: User) => string;
  readonly onClose: () => void;
}) {
  const t = useTexts(chatTexts);
  const [reacted, setReacted] = useState<Reacted | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    parley.request(ReactorsDocument, { messageId: message.id, first: 50 }, { signal: stop.signal }).then(
      ({ node }) => !stop.signal.aborted && setReacted(node && 'reactions' in node ? node.reactions : []),
      (error) => !stop.signal.aborted && tell(error),
    );
    return () => stop.abort();
  }, [message.id, message.rev]);
  return (
    <Dialog title={t.reactions} size="small" onClose={onClose}>
      {reacted === null ? (
        <Spinner label={t.loading} />
      ) : (
        reacted.map(({ emoji, users }) => (
          <section key={emoji} class="reactors" aria-label={emoji}>
            <span class="reactors-emoji" aria-hidden="true">
              {emoji}
            </span>
            <ul>
              {users.map((user) => (
                <li key={user.id} class="reactor">
                  <Avatar id={user.id} name={user.nickname} url={user.avatar} size={28} />
                  <span class="line">{nameOf(user)}</span>
                </li>
              ))}
            </ul>
          </section>
        ))
      )}
    </Dialog>
  );
}
