import type { Parley } from 'parley-client';
import {
  ParleyProvider,
  useConnection,
  useConversation,
  useConversations,
  useEntity,
  useParley,
  usePresence,
  useReadable,
  useSession,
  useTyping,
  useUnread,
  useViewer,
} from 'parley-client/react';
import { Room } from './room.tsx';

/** All of a page is below the provider. */
export function Page({ parley, peerId }: { parley: Parley; peerId: string }) {
  return (
    <ParleyProvider parley={parley}>
      <Banner />
      <List />
      <Head peerId={peerId} />
      <SignOut />
    </ParleyProvider>
  );
}

function Banner() {
  const { status } = useConnection();
  const viewer = useViewer();
  const unread = useUnread();
  return <p id="banner">{`${viewer?.nickname ?? 'nobody'}: ${status}, ${unread} unread`}</p>;
}

function List() {
  const { conversations, hasMore, loadMore } = useConversations();
  const archived = useConversations({ archived: true });
  return (
    <nav>
      {conversations.map(({ id, title }) => (
        <a key={id} href={`#${id}`}>
          {title}
        </a>
      ))}
      {hasMore && (
        <button type="button" onClick={() => loadMore()}>
          More
        </button>
      )}
      <p>{`${archived.conversations.length} archived`}</p>
    </nav>
  );
}

/** Who somebody is, whether they are there, whether they write; and the conversation with them, once there is one. */
function Head({ peerId }: { peerId: string }) {
  const { conversation, isGone } = useConversation({ userId: peerId });
  const peer = useEntity(peerId);
  const { status } = usePresence(peerId);
  const typing = useTyping({ userId: peerId });
  return (
    <section>
      <h1>{`${peer?.nickname ?? '…'} ${typing.length > 0 ? 'is writing' : status}`}</h1>
      {conversation && !isGone && <Room id={conversation.id} />}
    </section>
  );
}

function SignOut() {
  const parley = useParley();
  const session = useSession();
  const waiting = useReadable(parley.waiting);
  return (
    <button type="button" disabled={session.status !== 'signedIn'} onClick={() => parley.signOut({ drop: true })}>
      {waiting > 0 ? `Sign out and lose ${waiting} messages` : 'Sign out'}
    </button>
  );
}
