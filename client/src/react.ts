import { createContext, createElement, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react';
import type { Chat, ChatState, ConnectionState, Conversation, ConversationsState, Parley, Presence, Readable, SessionState, User } from './types.ts';

const ParleyContext = createContext<Parley | null>(null);

/** Gives a page's Parley to all components below it. Make it once, outside of components: `createParley` opens nothing before it is used. */
export function ParleyProvider({ parley, children }: { readonly parley: Parley; readonly children?: ReactNode }): ReactNode {
  return createElement(ParleyContext.Provider, { value: parley }, children);
}

/** The Parley of the provider above. Throws where there is none. */
export function useParley(): Parley {
  const parley = useContext(ParleyContext);
  if (!parley) throw new Error('useParley and the other hooks need a ParleyProvider above them');
  return parley;
}

/**
 * The present state of anything that changes, such as `parley.waiting` or an upload. It is subscribed to while the component is mounted, so it has to be
 * the same object from one render to the next: what a function makes, as `parley.entity(id)` does, belongs into `useMemo`.
 */
export function useReadable<T>(readable: Readable<T>): T {
  return useSyncExternalStore(readable.subscribe, readable.get, readable.get);
}

/** How the page is connected. */
export function useConnection(): ConnectionState {
  return useReadable(useParley().connection);
}

/** Who the page is, or why it is nobody. */
export function useSession(): SessionState {
  return useReadable(useParley().session);
}

/** Who is signed in; null while nobody is. */
export function useViewer(): User | null {
  const session = useSession();
  return session.status === 'signedIn' ? session.user : null;
}

/** How many unread messages there are in all conversations that are not muted. */
export function useUnread(): number {
  return useReadable(useParley().unread);
}

/** The conversations of the viewer, newest activity first; with `archived`, those that were put away. */
export function useConversations({ archived = false }: { readonly archived?: boolean } = {}): ConversationsState & { loadMore(): Promise<void> } {
  const parley = useParley();
  const list = archived ? parley.archived : parley.conversations;
  const state = useReadable(list);
  return useMemo(() => ({ ...state, loadMore: () => list.loadMore() }), [state, list]);
}

/** Which conversation: by its id, by the id of the person with whom it is, or a chat that is at hand. */
export type ChatTarget = string | { readonly userId: string } | Chat;

function useChat(target: ChatTarget): Chat {
  const parley = useParley();
  const id = typeof target === 'string' ? target : 'userId' in target ? target.userId : target;
  const isPerson = typeof target === 'object' && 'userId' in target;
  return useMemo(() => {
    if (typeof id !== 'string') return id;
    return isPerson ? parley.conversationWith(id) : parley.conversation(id);
  }, [parley, id, isPerson]);
}

/** A part of a chat's state: the component renders again only when that part has changed. */
function usePart<T>(chat: Chat, part: (state: ChatState) => T): T {
  const get = () => part(chat.get());
  return useSyncExternalStore(chat.subscribe, get, get);
}

/** A conversation and whether it is gone; `chat` is what can be done there, such as `chat.send('Hello')`. */
export function useConversation(target: ChatTarget): { readonly conversation: Conversation | null; readonly isGone: boolean; readonly chat: Chat } {
  const chat = useChat(target);
  const conversation = usePart(chat, (state) => state.conversation);
  const isGone = usePart(chat, (state) => state.isGone);
  return useMemo(() => ({ conversation, isGone, chat }), [conversation, isGone, chat]);
}

/** The messages of a conversation as it shows them, those on their way included; `chat` is what can be done there. */
export function useMessages(target: ChatTarget): ChatState & { readonly chat: Chat } {
  const chat = useChat(target);
  const state = useReadable(chat);
  return useMemo(() => ({ ...state, chat }), [state, chat]);
}

/** Who is writing in a conversation at the moment, without the viewer. */
export function useTyping(target: ChatTarget): readonly User[] {
  return useReadable(useChat(target).typing);
}

/** Whether somebody is there, and when they last were. */
export function usePresence(userId: string): Presence {
  const parley = useParley();
  return useReadable(useMemo(() => parley.presence(userId), [parley, userId]));
}

/** What is known of an object by its global id, such as a person; null while nothing is. */
export function useEntity<T extends { readonly __typename: string; readonly id: string } = User>(id: string): T | null {
  const parley = useParley();
  return useReadable(useMemo(() => parley.entity<T>(id), [parley, id]));
}
