import type { Parley, Presence, User } from 'parley-client';
import { StartDocument, type StartQuery } from 'parley-client/documents';

/** Any query or mutation, with the session. What comes back is in the store as well. */
export async function cursorOf(parley: Parley): Promise<string | undefined> {
  const { viewer }: StartQuery = await parley.request(StartDocument, { first: 1 });
  return viewer?.cursor;
}

/** A document that the package does not have: a string, with its types. */
export async function nicknameOf(parley: Parley, uuid: string): Promise<string | undefined> {
  const document = 'query ($uuid: UUID!) { userInfo(uuid: $uuid) { __typename id nickname } }';
  const { userInfo } = await parley.request<{ userInfo: { nickname: string } | null }, { uuid: string }>(document, { uuid });
  return userInfo?.nickname;
}

/** Follows somebody: what they are called, and whether they are there. */
export function watchPerson(parley: Parley, userId: string, show: (user: User | null, presence: Presence) => void): () => void {
  const [user, presence] = [parley.entity(userId), parley.presence(userId)];
  const tell = () => show(user.get(), presence.get());
  const stops = [user.subscribe(tell), presence.subscribe(tell)];
  tell();
  return () => {
    for (const stop of stops) stop();
  };
}

/** Counts what the store keeps no list of. */
export function countFriendRequests(parley: Parley, show: (count: number) => void): () => void {
  let count = 0;
  return parley.onEvent(({ __typename }) => {
    if (__typename !== 'FriendRequestChanged') return;
    count += 1;
    show(count);
  });
}

/** The banner of a page. */
export function connectionText(parley: Parley): string {
  const state = parley.connection.get();
  if (state.status === 'waiting') return `No connection. Trying again in ${Math.ceil(state.seconds)} s`;
  return state.status === 'ended' ? `Please sign in again (${state.reason})` : state.status;
}
