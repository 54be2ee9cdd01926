/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What kind of conversation it is. */
export type ConversationKind =
  /** Of two people. */
  | 'DIRECT'
  /** Of many people. */
  | 'GROUP'
  /** Messages of the operator's servers to the viewer, who has one such conversation at most, and only reads there: marks as read, mutes, archives, searches and forwards from it. Everything else is `FORBIDDEN`. */
  | 'SYSTEM';

/** Who comes into a group by its invite code. Whom the owner or an admin invites is in at once under every policy. */
export type JoinPolicy =
  /** The owner or an admin approves. */
  | 'APPROVAL'
  /** Whoever has the invite code joins, and whomever a member invites. */
  | 'OPEN'
  /** As APPROVAL, and visitors must register first. */
  | 'USERS_ONLY';

/** What an account may do. Only an admin makes an AGENT or ADMIN. */
export type Role =
  /** May administer accounts. */
  | 'ADMIN'
  /** Customer service: by default everybody may write to an agent, visitors too, and everybody sees whether one is online. */
  | 'AGENT'
  /** Registered. */
  | 'USER'
  /** Anonymous, known by a device id. */
  | 'VISITOR';

export type UserFragment = { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role };

type File_AudioFile_Fragment = { __typename: 'AudioFile', duration: number | null, peaks: Array<number> | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string };

type File_ImageFile_Fragment = { __typename: 'ImageFile', width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, isAnimated: boolean, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string };

type File_OtherFile_Fragment = { __typename: 'OtherFile', id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string };

type File_VideoFile_Fragment = { __typename: 'VideoFile', duration: number | null, width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string };

export type FileFragment =
  | File_AudioFile_Fragment
  | File_ImageFile_Fragment
  | File_OtherFile_Fragment
  | File_VideoFile_Fragment
;

type Content_AttachmentsContent_Fragment = { __typename: 'AttachmentsContent', caption: string | null, text: string, files: Array<
    | { __typename: 'AudioFile', duration: number | null, peaks: Array<number> | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
    | { __typename: 'ImageFile', width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, isAnimated: boolean, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
    | { __typename: 'OtherFile', id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
    | { __typename: 'VideoFile', duration: number | null, width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
  > };

type Content_ContactContent_Fragment = { __typename: 'ContactContent', text: string, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } };

type Content_CustomContent_Fragment = { __typename: 'CustomContent', type: string, data: string, text: string };

type Content_LocationContent_Fragment = { __typename: 'LocationContent', latitude: number, longitude: number, name: string | null, text: string };

type Content_NoticeContent_Fragment = { __typename: 'NoticeContent', code: string, text: string };

type Content_TextContent_Fragment = { __typename: 'TextContent', text: string };

export type ContentFragment =
  | Content_AttachmentsContent_Fragment
  | Content_ContactContent_Fragment
  | Content_CustomContent_Fragment
  | Content_LocationContent_Fragment
  | Content_NoticeContent_Fragment
  | Content_TextContent_Fragment
;

export type QuoteFragment = { __typename: 'Message', id: string, seq: number, rev: number, recalledAt: string | null, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, content:
    | { __typename: 'AttachmentsContent', text: string }
    | { __typename: 'ContactContent', text: string }
    | { __typename: 'CustomContent', text: string }
    | { __typename: 'LocationContent', text: string }
    | { __typename: 'NoticeContent', text: string }
    | { __typename: 'TextContent', text: string }
   | null };

export type MessageFragment = { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
    | { __typename: 'AttachmentsContent', caption: string | null, text: string, files: Array<
        | { __typename: 'AudioFile', duration: number | null, peaks: Array<number> | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
        | { __typename: 'ImageFile', width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, isAnimated: boolean, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
        | { __typename: 'OtherFile', id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
        | { __typename: 'VideoFile', duration: number | null, width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
      > }
    | { __typename: 'ContactContent', text: string, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } }
    | { __typename: 'CustomContent', type: string, data: string, text: string }
    | { __typename: 'LocationContent', latitude: number, longitude: number, name: string | null, text: string }
    | { __typename: 'NoticeContent', code: string, text: string }
    | { __typename: 'TextContent', text: string }
   | null, replyTo: { __typename: 'Message', id: string, seq: number, rev: number, recalledAt: string | null, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, content:
      | { __typename: 'AttachmentsContent', text: string }
      | { __typename: 'ContactContent', text: string }
      | { __typename: 'CustomContent', text: string }
      | { __typename: 'LocationContent', text: string }
      | { __typename: 'NoticeContent', text: string }
      | { __typename: 'TextContent', text: string }
     | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } };

export type ConversationFragment = { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy } | null, lastMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
      | { __typename: 'AttachmentsContent', caption: string | null, text: string, files: Array<
          | { __typename: 'AudioFile', duration: number | null, peaks: Array<number> | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
          | { __typename: 'ImageFile', width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, isAnimated: boolean, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
          | { __typename: 'OtherFile', id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
          | { __typename: 'VideoFile', duration: number | null, width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
        > }
      | { __typename: 'ContactContent', text: string, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } }
      | { __typename: 'CustomContent', type: string, data: string, text: string }
      | { __typename: 'LocationContent', latitude: number, longitude: number, name: string | null, text: string }
      | { __typename: 'NoticeContent', code: string, text: string }
      | { __typename: 'TextContent', text: string }
     | null, replyTo: { __typename: 'Message', id: string, seq: number, rev: number, recalledAt: string | null, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, content:
        | { __typename: 'AttachmentsContent', text: string }
        | { __typename: 'ContactContent', text: string }
        | { __typename: 'CustomContent', text: string }
        | { __typename: 'LocationContent', text: string }
        | { __typename: 'NoticeContent', text: string }
        | { __typename: 'TextContent', text: string }
       | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } | null };

export type StartQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  archived?: boolean | null | undefined;
}>;


export type StartQuery = { viewer: { __typename: 'Viewer', id: string, cursor: string, unreadCount: number, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversations: { edges: Array<{ cursor: string, node: { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy } | null, lastMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
            | { __typename: 'AttachmentsContent', caption: string | null, text: string, files: Array<
                | { __typename: 'AudioFile', duration: number | null, peaks: Array<number> | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
                | { __typename: 'ImageFile', width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, isAnimated: boolean, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
                | { __typename: 'OtherFile', id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
                | { __typename: 'VideoFile', duration: number | null, width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
              > }
            | { __typename: 'ContactContent', text: string, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } }
            | { __typename: 'CustomContent', type: string, data: string, text: string }
            | { __typename: 'LocationContent', latitude: number, longitude: number, name: string | null, text: string }
            | { __typename: 'NoticeContent', code: string, text: string }
            | { __typename: 'TextContent', text: string }
           | null, replyTo: { __typename: 'Message', id: string, seq: number, rev: number, recalledAt: string | null, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, content:
              | { __typename: 'AttachmentsContent', text: string }
              | { __typename: 'ContactContent', text: string }
              | { __typename: 'CustomContent', text: string }
              | { __typename: 'LocationContent', text: string }
              | { __typename: 'NoticeContent', text: string }
              | { __typename: 'TextContent', text: string }
             | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const UserFragmentDoc = new TypedDocumentString(`
    fragment User on User {
  __typename
  id
  uuid
  username
  nickname
  avatar
  role
}
    `, {"fragmentName":"User"}) as unknown as TypedDocumentString<UserFragment, unknown>;
export const FileFragmentDoc = new TypedDocumentString(`
    fragment File on File {
  __typename
  id
  name
  mime
  size
  url
  urlExpiresAt
  ... on ImageFile {
    width
    height
    thumbnailUrl
    placeholder
    isAnimated
  }
  ... on AudioFile {
    duration
    peaks
  }
  ... on VideoFile {
    duration
    width
    height
    thumbnailUrl
    placeholder
  }
}
    `, {"fragmentName":"File"}) as unknown as TypedDocumentString<FileFragment, unknown>;
export const ContentFragmentDoc = new TypedDocumentString(`
    fragment Content on MessageContent {
  __typename
  text
  ... on AttachmentsContent {
    caption
    files {
      ...File
    }
  }
  ... on LocationContent {
    latitude
    longitude
    name
  }
  ... on ContactContent {
    user {
      ...User
    }
  }
  ... on CustomContent {
    type
    data
  }
  ... on NoticeContent {
    code
  }
}
    fragment User on User {
  __typename
  id
  uuid
  username
  nickname
  avatar
  role
}
fragment File on File {
  __typename
  id
  name
  mime
  size
  url
  urlExpiresAt
  ... on ImageFile {
    width
    height
    thumbnailUrl
    placeholder
    isAnimated
  }
  ... on AudioFile {
    duration
    peaks
  }
  ... on VideoFile {
    duration
    width
    height
    thumbnailUrl
    placeholder
  }
}`, {"fragmentName":"Content"}) as unknown as TypedDocumentString<ContentFragment, unknown>;
export const QuoteFragmentDoc = new TypedDocumentString(`
    fragment Quote on Message {
  __typename
  id
  seq
  rev
  recalledAt
  sender {
    ...User
  }
  content {
    __typename
    text
  }
}
    fragment User on User {
  __typename
  id
  uuid
  username
  nickname
  avatar
  role
}`, {"fragmentName":"Quote"}) as unknown as TypedDocumentString<QuoteFragment, unknown>;
export const MessageFragmentDoc = new TypedDocumentString(`
    fragment Message on Message {
  __typename
  id
  seq
  rev
  clientId
  createdAt
  editedAt
  recalledAt
  pinnedAt
  mentionsEveryone
  sender {
    ...User
  }
  forwardedFrom {
    ...User
  }
  mentions {
    ...User
  }
  content {
    ...Content
  }
  replyTo {
    ...Quote
  }
  reactions {
    emoji
    count
    viewerReacted
  }
  conversation {
    __typename
    id
  }
}
    fragment User on User {
  __typename
  id
  uuid
  username
  nickname
  avatar
  role
}
fragment File on File {
  __typename
  id
  name
  mime
  size
  url
  urlExpiresAt
  ... on ImageFile {
    width
    height
    thumbnailUrl
    placeholder
    isAnimated
  }
  ... on AudioFile {
    duration
    peaks
  }
  ... on VideoFile {
    duration
    width
    height
    thumbnailUrl
    placeholder
  }
}
fragment Content on MessageContent {
  __typename
  text
  ... on AttachmentsContent {
    caption
    files {
      ...File
    }
  }
  ... on LocationContent {
    latitude
    longitude
    name
  }
  ... on ContactContent {
    user {
      ...User
    }
  }
  ... on CustomContent {
    type
    data
  }
  ... on NoticeContent {
    code
  }
}
fragment Quote on Message {
  __typename
  id
  seq
  rev
  recalledAt
  sender {
    ...User
  }
  content {
    __typename
    text
  }
}`, {"fragmentName":"Message"}) as unknown as TypedDocumentString<MessageFragment, unknown>;
export const ConversationFragmentDoc = new TypedDocumentString(`
    fragment Conversation on Conversation {
  __typename
  id
  kind
  title
  avatar
  rev
  lastSeq
  readSeq
  peerReadSeq
  unreadCount
  unreadMentionCount
  isMuted
  isArchived
  peer {
    ...User
  }
  group {
    __typename
    id
    name
    avatar
    memberCount
    joinPolicy
  }
  lastMessage {
    ...Message
  }
}
    fragment User on User {
  __typename
  id
  uuid
  username
  nickname
  avatar
  role
}
fragment File on File {
  __typename
  id
  name
  mime
  size
  url
  urlExpiresAt
  ... on ImageFile {
    width
    height
    thumbnailUrl
    placeholder
    isAnimated
  }
  ... on AudioFile {
    duration
    peaks
  }
  ... on VideoFile {
    duration
    width
    height
    thumbnailUrl
    placeholder
  }
}
fragment Content on MessageContent {
  __typename
  text
  ... on AttachmentsContent {
    caption
    files {
      ...File
    }
  }
  ... on LocationContent {
    latitude
    longitude
    name
  }
  ... on ContactContent {
    user {
      ...User
    }
  }
  ... on CustomContent {
    type
    data
  }
  ... on NoticeContent {
    code
  }
}
fragment Quote on Message {
  __typename
  id
  seq
  rev
  recalledAt
  sender {
    ...User
  }
  content {
    __typename
    text
  }
}
fragment Message on Message {
  __typename
  id
  seq
  rev
  clientId
  createdAt
  editedAt
  recalledAt
  pinnedAt
  mentionsEveryone
  sender {
    ...User
  }
  forwardedFrom {
    ...User
  }
  mentions {
    ...User
  }
  content {
    ...Content
  }
  replyTo {
    ...Quote
  }
  reactions {
    emoji
    count
    viewerReacted
  }
  conversation {
    __typename
    id
  }
}`, {"fragmentName":"Conversation"}) as unknown as TypedDocumentString<ConversationFragment, unknown>;
export const StartDocument = new TypedDocumentString(`
    query Start($first: Int, $after: String, $archived: Boolean) {
  viewer {
    __typename
    id
    cursor
    unreadCount
    user {
      ...User
    }
  }
  conversations(first: $first, after: $after, archived: $archived) {
    edges {
      cursor
      node {
        ...Conversation
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment User on User {
  __typename
  id
  uuid
  username
  nickname
  avatar
  role
}
fragment File on File {
  __typename
  id
  name
  mime
  size
  url
  urlExpiresAt
  ... on ImageFile {
    width
    height
    thumbnailUrl
    placeholder
    isAnimated
  }
  ... on AudioFile {
    duration
    peaks
  }
  ... on VideoFile {
    duration
    width
    height
    thumbnailUrl
    placeholder
  }
}
fragment Content on MessageContent {
  __typename
  text
  ... on AttachmentsContent {
    caption
    files {
      ...File
    }
  }
  ... on LocationContent {
    latitude
    longitude
    name
  }
  ... on ContactContent {
    user {
      ...User
    }
  }
  ... on CustomContent {
    type
    data
  }
  ... on NoticeContent {
    code
  }
}
fragment Quote on Message {
  __typename
  id
  seq
  rev
  recalledAt
  sender {
    ...User
  }
  content {
    __typename
    text
  }
}
fragment Message on Message {
  __typename
  id
  seq
  rev
  clientId
  createdAt
  editedAt
  recalledAt
  pinnedAt
  mentionsEveryone
  sender {
    ...User
  }
  forwardedFrom {
    ...User
  }
  mentions {
    ...User
  }
  content {
    ...Content
  }
  replyTo {
    ...Quote
  }
  reactions {
    emoji
    count
    viewerReacted
  }
  conversation {
    __typename
    id
  }
}
fragment Conversation on Conversation {
  __typename
  id
  kind
  title
  avatar
  rev
  lastSeq
  readSeq
  peerReadSeq
  unreadCount
  unreadMentionCount
  isMuted
  isArchived
  peer {
    ...User
  }
  group {
    __typename
    id
    name
    avatar
    memberCount
    joinPolicy
  }
  lastMessage {
    ...Message
  }
}`) as unknown as TypedDocumentString<StartQuery, StartQueryVariables>;