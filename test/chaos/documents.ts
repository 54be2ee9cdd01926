import type { ChatConversationFragment, ChatMessageFragment } from '../generated/graphql.ts';

const message = `fragment ChatMessage on Message {
  id seq rev clientId createdAt recalledAt sender { id nickname } content { __typename text }
}`;

const conversation = `fragment ChatConversation on Conversation {
  id title rev readSeq peerReadSeq unreadCount lastMessage { ...ChatMessage }
}
${message}`;

/** What the clients ask for beside what parley-client does by itself. */
export const documents = {
  openChatset: 'mutation { updateChatset(input: { user: { sendCount: 2, needFollow: false } }) { id } }',
  start: `query ($after: String) {
    viewer { cursor }
    conversations(first: 100, after: $after) { edges { node { ...ChatConversation } } pageInfo { hasNextPage endCursor } }
  }
  ${conversation}`,
  history: `query ($id: ID!, $before: String) {
    conversation(id: $id) { messages(last: 100, before: $before) { edges { node { ...ChatMessage } } pageInfo { hasPreviousPage startCursor } } }
  }
  ${message}`,
  recall: 'mutation ($id: ID!) { recallMessage(id: $id) { id recalledAt content { text } } }',
  markRead: 'mutation ($conversationId: ID!, $seq: Int!) { markRead(conversationId: $conversationId, seq: $seq) { id readSeq } }',
  presence: 'query ($uuid: UUID!) { userInfo(uuid: $uuid) { presence } }',
  createGroup: 'mutation ($input: CreateGroupInput!) { createGroup(input: $input) { id group { inviteCode } } }',
  joinGroup: 'mutation ($inviteCode: String!) { joinGroup(inviteCode: $inviteCode) { status } }',
  leaveGroup: 'mutation ($conversationId: ID!) { leaveGroup(conversationId: $conversationId) }',
  members: 'query ($id: ID!) { conversation(id: $id) { group { members(first: 100) { edges { node { id user { id } } } } } } }',
  removeMember: 'mutation ($memberId: ID!) { removeMember(memberId: $memberId) { id } }',
} as const;

/** The answer to `start`. */
export interface StartAnswer {
  readonly viewer: { readonly cursor: string } | null;
  readonly conversations: {
    readonly edges: readonly { readonly node: ChatConversationFragment }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  } | null;
}

/** The answer to `history`. */
export interface HistoryAnswer {
  readonly conversation: {
    readonly messages: {
      readonly edges: readonly { readonly node: ChatMessageFragment }[];
      readonly pageInfo: { readonly hasPreviousPage: boolean; readonly startCursor: string | null };
    };
  } | null;
}
