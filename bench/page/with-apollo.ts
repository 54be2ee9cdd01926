import { ChatEventsDocument, ChatHistoryDocument, ChatSendDocument, ChatStartDocument } from '../../test/generated/graphql.ts';
import { createApollo, onData } from './apollo.ts';
import { createSession } from './session.ts';
import { createSocket, type Place } from './socket.ts';
import { createView } from './view.ts';

const { api, token, conversationId } = window.setting;
let pair = { token, refreshToken: '' };
const store = {
  get: () => pair,
  set(tokens: typeof pair) {
    pair = tokens;
  },
};
const session = createSession(api, store);
const place: Place = { cursor: null };
const client = createApollo(api, session, createSocket(api.replace('http', 'ws'), session, place));

const start = client.watchQuery({ query: ChatStartDocument, variables: { first: 50 } });
const history = client.watchQuery({ query: ChatHistoryDocument, variables: { id: conversationId, last: 50 } });
const draw = createView(
  () => ({
    list: (start.getCurrentResult().data?.conversations?.edges ?? []).map(({ node }) => ({
      id: node?.id ?? '',
      title: node?.title ?? '',
      text: node?.lastMessage?.content?.text ?? '',
      unread: node?.unreadCount ?? 0,
    })),
    lines: (history.getCurrentResult().data?.conversation?.messages?.edges ?? []).map(({ node }) => ({
      id: node?.id ?? '',
      name: node?.sender?.nickname ?? '',
      text: node?.content?.text ?? '',
    })),
  }),
  (text) => {
    const input = { to: conversationId, clientId: crypto.randomUUID(), content: { text } };
    void client.mutate({ mutation: ChatSendDocument, variables: { input } });
  },
);
history.subscribe(draw);
let isFollowing = false;
start.subscribe(({ data, loading }) => {
  draw();
  if (loading || !data) return;
  if (!isFollowing) {
    isFollowing = true;
    place.cursor = data.viewer?.cursor ?? null;
    const hear = onData(place);
    client.subscribe({ query: ChatEventsDocument, variables: { after: place.cursor } }).subscribe((result) => hear({ client, data: { data: result.data } }));
    void readOn();
  }
});

async function readOn(): Promise<void> {
  for (;;) {
    const { data } = start.getCurrentResult();
    const info = data?.conversations?.pageInfo;
    if (!info?.hasNextPage) return;
    await start.fetchMore({ variables: { first: 50, after: info.endCursor } });
  }
}
