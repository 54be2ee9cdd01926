import type { Chat, Conversation, User } from 'parley-client';
import { useMemo } from 'preact/hooks';
import { formatAgo, formatList } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { useReadable } from '../app/readable.ts';
import { chatTexts } from '../texts/chat.ts';

interface Props {
  readonly chat: Chat;
  readonly conversation: Conversation | null;
  readonly peer: User | null;
  readonly nameOf: (user: User) => string;
}

/** Under the title: who is writing, else whether the other one is there, else how many are in the group. */
export function PresenceLine({ chat, conversation, peer, nameOf }: Props) {
  const t = useTexts(chatTexts);
  const typing = useReadable(chat.typing);
  if (typing.length > 0) {
    const names = typing.map(nameOf);
    const words = peer ? t.typing : names.length === 1 ? t.typingOne(names[0] ?? t.someone) : t.typingMany(formatList(names));
    return <span class="typing-line">{words}</span>;
  }
  if (peer) return <PeerLine peer={peer} />;
  if (conversation?.group) return <span>{t.members(conversation.group.memberCount)}</span>;
  return null;
}

function PeerLine({ peer }: { readonly peer: User }) {
  const t = useTexts(chatTexts);
  const { status, lastSeenAt } = usePresence(peer.id);
  if (status === 'ONLINE') return <span class="online-line">{t.online}</span>;
  return lastSeenAt === null ? <span>{peer.username}</span> : <span>{t.lastSeen(formatAgo(lastSeenAt))}</span>;
}

/** Whether somebody is there, while it is shown. */
export function usePresence(userId: string) {
  return useReadable(useMemo(() => parley.presence(userId), [userId]));
}
