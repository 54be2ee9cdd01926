import { randomUUID } from 'node:crypto';
import { bytesOf } from '../harness/requests.ts';
import { subscriptions } from '../harness/room.ts';
import { type Aim, operations, requests, sockets, unreadRequests } from './lanes.ts';

/** An account of the attacker's. */
export interface Account {
  readonly username: string;
  readonly password: string;
  readonly token: string;
  /** The global id of a conversation to write into. */
  readonly room: string;
  /** A cursor from long ago. */
  readonly cursor: string;
}

/** What a connection of an attack does, by the number of the connection. */
type Attack = (aim: Aim, account: Account, index: number) => void;

const post = (query: string, variables: object, token?: string): Buffer =>
  bytesOf({
    path: '/graphql',
    body: JSON.stringify({ query, variables }),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

/** Something that nobody has said before. */
const fresh = () => randomUUID().replaceAll('-', '').slice(0, 12);

const login = 'mutation ($input: LoginInput!) { login(input: $input) { token } }';
const register = 'mutation ($input: RegisterInput!) { register(input: $input) { token } }';
const registerVisitor = 'mutation ($input: RegisterVisitorInput!) { registerVisitor(input: $input) { token } }';
const searchMessages =
  'query ($keyword: String!) { searchMessages(keyword: $keyword, first: 50) { edges { node { id content { text } sender { username } } } } }';
const searchUsers = 'query ($keyword: String!) { searchUsers(keyword: $keyword, first: 50) { edges { node { id username } } } }';
const send = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id seq createdAt content { text } sender { id username } } }';
const replay = subscriptions.events.replace('subscription { events', 'subscription ($after: String) { events(after: $after)');

/** Just what a user may ask for at once. */
const dearest = `{ conversations(first: 50) { edges { node { id title rev kind unreadCount lastSeq messages(last: 45) { edges { node {
  id seq rev clientId createdAt recalledAt editedAt mentionsEveryone content { __typename text } sender { id uuid username nickname } conversation { id rev }
} } } } } } }`;

/** Words that stand in every text, in many and in none. */
const keywords = ['the', 'quick', 'brown fox', 'lazy dog 7', '7', 'nowhere to be found'] as const;

/** Nothing that is valid, different each time, and as long as it may be. */
const nonsense = () => `{ ${Array.from({ length: 600 }, (_, index) => `x${fresh()}${index} { y }`).join(' ')} }`.slice(0, 12_000);

/** Each time the next of them. */
function nextKeyword(asked: number): string {
  return keywords[asked % keywords.length] ?? '';
}

/** The worst that one address can do, by its kind. */
const attacks: Readonly<Record<string, Attack>> = {
  'wrong logins': (aim) => requests(aim, () => post(login, { input: { username: fresh(), password: fresh() } })),
  'good logins': (aim, { username, password }) => requests(aim, () => post(login, { input: { username, password } })),
  registrations: (aim, _account, index) =>
    requests(aim, () =>
      index % 2 === 0
        ? post(register, { input: { username: `r${fresh()}`, password: `word ${fresh()}` } })
        : post(registerVisitor, { input: { deviceId: randomUUID() } }),
    ),
  searches: (aim, { token }) => {
    let asked = 0;
    const next = () => ({ query: ++asked % 2 === 0 ? searchUsers : searchMessages, variables: { keyword: nextKeyword(asked >> 1) } });
    void operations(aim, { token, atOnce: 20, next });
  },
  replays: (aim, { token, cursor }) =>
    void operations(aim, {
      token,
      atOnce: 20,
      next: () => ({ query: replay, variables: { after: cursor } }),
      isEnd: (frame) => frame.includes('CaughtUp') || frame.includes('"errors"'),
    }),
  documents: (aim, { token }) => requests(aim, () => post(dearest, {}, token)),
  'bad documents': (aim) => requests(aim, () => post(nonsense(), {})),
  sockets: (aim, { token }) => void sockets(aim, [token, '', 'no token']),
  sends: (aim, { token, room }) =>
    void operations(aim, {
      token,
      atOnce: 20,
      next: () => ({ query: send, variables: { input: { clientId: randomUUID(), to: room, content: { text: fresh() } } } }),
    }),
  'unread answers': (aim, { token }, index) => {
    if (index % 2 === 0) unreadRequests(aim, post(dearest, {}, token), 20);
    else void operations(aim, { token, atOnce: 50, next: () => ({ query: dearest }), isDeaf: true });
  },
};

/** All of them together, each over its part of the connections. */
export const everything = 'all of these';

/** The kinds of attacks, and all of them together. */
export const kinds: readonly string[] = [...Object.keys(attacks), everything];

/** What a connection does. */
export function attackOf(kind: string, index: number): Attack {
  const all = Object.values(attacks);
  const found = kind === everything ? all[index % all.length] : attacks[kind];
  if (!found) throw new Error(`no attack is called ${kind}`);
  return found;
}
