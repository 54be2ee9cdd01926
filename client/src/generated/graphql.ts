/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The lists that a user keeps of others. */
export type ContactKind =
  /** Whom the viewer has blocked. */
  | 'BLOCKED'
  /** Whom the viewer follows. */
  | 'FOLLOWING'
  /** Friends of the viewer. */
  | 'FRIEND';

/** What kind of conversation it is. */
export type ConversationKind =
  /** Of two people. */
  | 'DIRECT'
  /** Of many people. */
  | 'GROUP'
  /** Messages of the operator's servers to the viewer, who has one such conversation at most, and only reads there: marks as read, mutes, archives, searches and forwards from it. Everything else is `FORBIDDEN`. */
  | 'SYSTEM';

/** A group to be made. */
export type CreateGroupInput = {
  /** Made by the client for this group: the same again gives the group that was made first, however long ago, so that it can be tried again after a lost answer. With anything else given: `CONFLICT`. */
  clientId?: string | null | undefined;
  /** Who comes in by the invite code. Default: OPEN. */
  joinPolicy?: JoinPolicy | null | undefined;
  /** Ids or uuids of friends of the viewer, at most 100; may be empty. */
  memberIds: Array<string | number>;
  /** One line of at most 50 characters. Without one it is made of the names of the first members. */
  name?: string | null | undefined;
};

/** Every value that `extensions.code` of an error can have. */
export type ErrorCode =
  /** There is nothing to ask for. */
  | 'ALREADY_FRIENDS'
  /** The document does not parse, does not validate, or is over a limit. */
  | 'BAD_QUERY'
  /** An argument or a variable does not fit; `extensions.field` names it. */
  | 'BAD_USER_INPUT'
  /** The recipient has blocked the sender. */
  | 'BLOCKED'
  /** The sender has blocked the recipient. */
  | 'BLOCKED_BY_YOU'
  /** The name is taken, the clientId was used for another message, the request has had another answer, or the group is full; `extensions.field` names it. */
  | 'CONFLICT'
  /** The time in which a message may be edited is over. */
  | 'EDIT_EXPIRED'
  /** The upload waits for bytes, is being looked at, or was refused: its `state` says which. */
  | 'FILE_NOT_READY'
  /** More bytes than a file of its kind may have (`extensions.limit`), or a picture of too many pixels or frames. */
  | 'FILE_TOO_LARGE'
  /** The bytes are not what they were uploaded as, cannot be read, or are of a kind that is not taken for it. */
  | 'FILE_TYPE'
  /** The chatset asks that the sender follows the recipient. */
  | 'FOLLOW_REQUIRED'
  /** The session or the server key is good, but lacks the role or the right. */
  | 'FORBIDDEN'
  /** The chatset refuses strangers, or the person is not a friend. */
  | 'FRIENDSHIP_REQUIRED'
  /** The same answer for every proof that is not good, whatever is wrong with it. */
  | 'IDENTITY_INVALID'
  /** A fault of the server, logged under `extensions.errorId`. */
  | 'INTERNAL'
  /** The same answer for an unknown name and a wrong password. */
  | 'INVALID_CREDENTIALS'
  /** The chatset (or the group) refuses visitors. */
  | 'LOGIN_REQUIRED'
  /** The one message that the chatset allows has been sent. */
  | 'MESSAGE_LIMIT_REACHED'
  /** Muted until `extensions.until`. */
  | 'MUTED'
  /** It does not exist, or it is not yours to see: the two answers are the same. */
  | 'NOT_FOUND'
  /** The node does not know this hash. Send the whole document together with its hash. */
  | 'PERSISTED_QUERY_NOT_FOUND'
  /** Another version of persisted queries than 1. Send the whole document without a hash. */
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  /** The server asks for a proof of work before it serves this request: solve `extensions.challenge`. */
  | 'PROOF_REQUIRED'
  /** All files of one person together would have too many bytes, or too many uploads of theirs are under way. */
  | 'QUOTA_EXCEEDED'
  /** Wait `extensions.retryAfterSeconds`, then try again. */
  | 'RATE_LIMITED'
  /** The time in which the sender may recall a message is over. */
  | 'RECALL_EXPIRED'
  /** The recipient is gone or disabled. */
  | 'RECIPIENT_UNAVAILABLE'
  /** A request from you to this person is pending. */
  | 'REQUEST_PENDING'
  /** With `SESSIONS=single`, another login has replaced this session. */
  | 'SESSION_REPLACED'
  /** Call `refreshSession`, then try again. */
  | 'TOKEN_EXPIRED'
  /** Bad signature or form, or its session is logged out or revoked, or a server key is. Log in again. */
  | 'TOKEN_INVALID'
  /** The operation needs a session and no token was sent. */
  | 'TOKEN_MISSING'
  /** A part that Parley needs is away. Try again, with the same clientId: nothing is done twice. */
  | 'UNAVAILABLE'
  /** The account is disabled; its sessions have ended. */
  | 'USER_DISABLED'
  /** The user of the token is gone. */
  | 'USER_NOT_FOUND'
  /** Registered users only; the session belongs to a visitor. */
  | 'VISITOR_FORBIDDEN';

/** What to do with a friend request. */
export type FriendRequestAnswer =
  /** By the receiver: the two are friends at once. */
  | 'ACCEPT'
  /** By the sender: takes it back. */
  | 'CANCEL'
  /** By the receiver: the sender is not told, and sees it pending. */
  | 'IGNORE'
  /** By the receiver: the sender is told. */
  | 'REFUSE';

/** Which friend requests. */
export type FriendRequestDirection =
  /** To the viewer. */
  | 'INCOMING'
  /** Of the viewer. */
  | 'OUTGOING';

/** How a friend request stands. */
export type FriendRequestStatus =
  /** The two became friends. */
  | 'ACCEPTED'
  /** The sender took it back: the receiver’s list has it no more. */
  | 'CANCELLED'
  /** Shown to the receiver only, who can still accept or refuse; the sender sees PENDING. */
  | 'IGNORED'
  /** It waits for an answer. */
  | 'PENDING'
  /** The receiver refused; for some days the sender cannot ask again. */
  | 'REFUSED';

/** What a profile says of somebody's gender. */
export type Gender =
  /** Female. */
  | 'FEMALE'
  /** Male. */
  | 'MALE'
  /** Not said. */
  | 'UNKNOWN';

/** Who comes into a group by its invite code. Whom the owner or an admin invites is in at once under every policy. */
export type JoinPolicy =
  /** The owner or an admin approves. */
  | 'APPROVAL'
  /** Whoever has the invite code joins, and whomever a member invites. */
  | 'OPEN'
  /** As APPROVAL, and visitors must register first. */
  | 'USERS_ONLY';

/** How a join request stands. */
export type JoinRequestStatus =
  /** The person was let in. */
  | 'ACCEPTED'
  /** The person took it back, or did not want to come where a member had proposed them. */
  | 'CANCELLED'
  /** It waits for the owner or an admin. */
  | 'PENDING'
  /** It was refused, or the group was dissolved. The person may ask again. */
  | 'REFUSED';

/** What a member of a group may do. */
export type MemberRole =
  /** Renames, announces, invites and approves; removes and mutes members below, and recalls their messages. */
  | 'ADMIN'
  /** Writes, invites and leaves. */
  | 'MEMBER'
  /** Everything, also handing the group over and dissolving it. One in each group. */
  | 'OWNER';

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

/** What changes in what the viewer keeps of a friend. */
export type UpdateFriendInput = {
  /** Null or absent leaves. */
  isStarred?: boolean | null | undefined;
  /** The viewer's own name for the friend, one line of 1 to 50 characters without the blanks around them. Null clears, absent leaves. */
  remark?: string | null | undefined;
  /** Id or uuid of the friend. */
  userId: string | number;
};

/** Changes of a group: absent leaves. Name, picture and announcement by the owner and admins, all else by the owner only. */
export type UpdateGroupInput = {
  /** At most 2000 characters. Null clears. */
  announcement?: string | null | undefined;
  /** An https URL without a name and a password, of at most 2048 characters; kept in its canonical form. Null clears. */
  avatar?: string | null | undefined;
  /** An own upload of kind AVATAR that is READY, in place of `avatar`. Null clears. */
  avatarId?: string | number | null | undefined;
  /** The conversation of the group. */
  conversationId: string | number;
  /** Who comes in by the invite code. Null leaves; requests that wait go on waiting. */
  joinPolicy?: JoinPolicy | null | undefined;
  /** One line of 1 to 50 characters. Null leaves. */
  name?: string | null | undefined;
  /** True makes a new invite code, and the old one lets nobody in any more. */
  resetInviteCode?: boolean | null | undefined;
  /** Whether those who join from now on see what was written before. Null leaves. */
  showsHistory?: boolean | null | undefined;
};

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

export type ConversationHeadFragment = { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy, viewerMember: { __typename: 'Member', id: string, role: MemberRole, mutedUntil: string | null } | null } | null };

export type ConversationFragment = { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, lastMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
       | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } | null, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy, viewerMember: { __typename: 'Member', id: string, role: MemberRole, mutedUntil: string | null } | null } | null };

export type MemberFragment = { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } };

export type GroupFragment = { __typename: 'Group', id: string, name: string, avatar: string | null, announcement: string | null, memberCount: number, joinPolicy: JoinPolicy, showsHistory: boolean | null, inviteCode: string | null, viewerMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null };

export type FriendRequestFragment = { __typename: 'FriendRequest', id: string, status: FriendRequestStatus, message: string | null, createdAt: string, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } };

export type JoinRequestFragment = { __typename: 'JoinRequest', id: string, status: JoinRequestStatus, message: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy, conversation: { __typename: 'Conversation', id: string } | null } };

export type RelationshipFragment = { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, status: FriendRequestStatus, message: string | null, createdAt: string, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null };

export type UserDetailsFragment = { __typename: 'User', lastSeenAt: string | null, id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, profile: { bio: string | null, birthday: string | null, gender: Gender, location: string | null, website: string | null }, chatset: { user: { needFollow: boolean, sendCount: number }, visitor: { needFollow: boolean, sendCount: number } }, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, status: FriendRequestStatus, message: string | null, createdAt: string, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null };

export type UploadFragment = { __typename: 'Upload', id: string, clientId: string, kind: UploadKind, name: string, size: number, state: UploadState, reason: ErrorCode | null, uploadUrl: string | null, expiresAt: string, file:
    | { __typename: 'AudioFile', duration: number | null, peaks: Array<number> | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
    | { __typename: 'ImageFile', width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, isAnimated: boolean, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
    | { __typename: 'OtherFile', id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
    | { __typename: 'VideoFile', duration: number | null, width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null, id: string, name: string, mime: string, size: number, url: string, urlExpiresAt: string }
   | null };

export type ViewerFragment = { __typename: 'Viewer', id: string, unreadCount: number, acceptsFriendsAtOnce: boolean, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } };

export type PresenceSubscriptionVariables = Exact<{
  userIds: Array<string | number> | string | number;
}>;


export type PresenceSubscription = { presence: { __typename: 'User', id: string, presence: PresenceStatus | null, lastSeenAt: string | null } };

export type TypingSubscriptionVariables = Exact<{
  conversationId: string | number;
}>;


export type TypingSubscription = { typing: { conversation: { __typename: 'Conversation', id: string }, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } };

export type MemberFragment = { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } };

export type GroupFragment = { __typename: 'Group', id: string, name: string, avatar: string | null, announcement: string | null, inviteCode: string | null, joinPolicy: JoinPolicy, memberCount: number, showsHistory: boolean | null, viewerMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null };

export type JoinRequestFragment = { __typename: 'JoinRequest', id: string, message: string | null, status: JoinRequestStatus, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, group: { __typename: 'Group', id: string, name: string, avatar: string | null, announcement: string | null, inviteCode: string | null, joinPolicy: JoinPolicy, memberCount: number, showsHistory: boolean | null, viewerMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } };

export type GroupQueryVariables = Exact<{
  conversationId: string | number;
}>;


export type GroupQuery = { conversation: { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy, announcement: string | null, inviteCode: string | null, showsHistory: boolean | null, viewerMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, lastMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
         | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } | null } | null };

export type GroupMembersQueryVariables = Exact<{
  conversationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type GroupMembersQuery = { conversation: { __typename: 'Conversation', id: string, group: { __typename: 'Group', id: string, members: { edges: Array<{ node: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null } | null };

export type JoinRequestsQueryVariables = Exact<{
  conversationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type JoinRequestsQuery = { conversation: { __typename: 'Conversation', id: string, group: { __typename: 'Group', id: string, joinRequests: { edges: Array<{ node: { __typename: 'JoinRequest', id: string, message: string | null, status: JoinRequestStatus, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, group: { __typename: 'Group', id: string, name: string, avatar: string | null, announcement: string | null, inviteCode: string | null, joinPolicy: JoinPolicy, memberCount: number, showsHistory: boolean | null, viewerMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null } | null };

export type GroupQrCodeQueryVariables = Exact<{
  conversationId: string | number;
}>;


export type GroupQrCodeQuery = { conversation: { __typename: 'Conversation', id: string, group: { __typename: 'Group', id: string, qrCode: string | null } | null } | null };

export type GroupByCodeQueryVariables = Exact<{
  inviteCode: string;
}>;


export type GroupByCodeQuery = { groupByCode: { __typename: 'Group', id: string, name: string, avatar: string | null, announcement: string | null, inviteCode: string | null, joinPolicy: JoinPolicy, memberCount: number, showsHistory: boolean | null, viewerMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null };

export type CreateGroupMutationVariables = Exact<{
  input: CreateGroupInput;
}>;


export type CreateGroupMutation = { createGroup: { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy } | null, lastMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
         | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } | null } | null };

export type InviteToGroupMutationVariables = Exact<{
  conversationId: string | number;
  userIds: Array<string | number> | string | number;
}>;


export type InviteToGroupMutation = { inviteToGroup: { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy } | null, lastMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
         | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } | null } | null };

export type JoinGroupMutationVariables = Exact<{
  inviteCode: string;
  message?: string | null | undefined;
  clientId?: string | null | undefined;
}>;


export type JoinGroupMutation = { joinGroup: { __typename: 'JoinRequest', id: string, message: string | null, status: JoinRequestStatus, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, group: { __typename: 'Group', id: string, name: string, avatar: string | null, announcement: string | null, inviteCode: string | null, joinPolicy: JoinPolicy, memberCount: number, showsHistory: boolean | null, viewerMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } } | null };

export type WithdrawJoinRequestMutationVariables = Exact<{
  id: string | number;
}>;


export type WithdrawJoinRequestMutation = { withdrawJoinRequest: { __typename: 'JoinRequest', id: string, message: string | null, status: JoinRequestStatus, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, group: { __typename: 'Group', id: string, name: string, avatar: string | null, announcement: string | null, inviteCode: string | null, joinPolicy: JoinPolicy, memberCount: number, showsHistory: boolean | null, viewerMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } } | null };

export type AnswerJoinRequestMutationVariables = Exact<{
  id: string | number;
  accept: boolean;
}>;


export type AnswerJoinRequestMutation = { answerJoinRequest: { __typename: 'JoinRequest', id: string, message: string | null, status: JoinRequestStatus, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, group: { __typename: 'Group', id: string, name: string, avatar: string | null, announcement: string | null, inviteCode: string | null, joinPolicy: JoinPolicy, memberCount: number, showsHistory: boolean | null, viewerMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } } | null };

export type UpdateGroupMutationVariables = Exact<{
  input: UpdateGroupInput;
}>;


export type UpdateGroupMutation = { updateGroup: { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy, announcement: string | null, inviteCode: string | null, showsHistory: boolean | null, viewerMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, lastMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
         | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } | null } | null };

export type UpdateMemberMutationVariables = Exact<{
  memberId: string | number;
  role?: MemberRole | null | undefined;
  nickname?: string | null | undefined;
  mutedUntil?: string | null | undefined;
}>;


export type UpdateMemberMutation = { updateMember: { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null };

export type RemoveMemberMutationVariables = Exact<{
  memberId: string | number;
}>;


export type RemoveMemberMutation = { removeMember: { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy } | null, lastMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
         | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } | null } | null };

export type LeaveGroupMutationVariables = Exact<{
  conversationId: string | number;
}>;


export type LeaveGroupMutation = { leaveGroup: boolean | null };

export type DissolveGroupMutationVariables = Exact<{
  conversationId: string | number;
}>;


export type DissolveGroupMutation = { dissolveGroup: boolean | null };

export type UpdateConversationMutationVariables = Exact<{
  conversationId: string | number;
  isArchived?: boolean | null | undefined;
  isMuted?: boolean | null | undefined;
}>;


export type UpdateConversationMutation = { updateConversation: { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy } | null, lastMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
         | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } | null } | null };

export type PinnedMessagesQueryVariables = Exact<{
  conversationId: string | number;
}>;


export type PinnedMessagesQuery = { conversation: { __typename: 'Conversation', id: string, pinnedMessages: Array<{ __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
         | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } }> } | null };

export type ConversationAttachmentsQueryVariables = Exact<{
  conversationId: string | number;
  kind?: UploadKind | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ConversationAttachmentsQuery = { conversation: { __typename: 'Conversation', id: string, attachments: { edges: Array<{ node: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
             | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type SearchMessagesQueryVariables = Exact<{
  keyword: string;
  conversationId?: string | number | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SearchMessagesQuery = { searchMessages: { edges: Array<{ node: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, conversation: { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy, viewerMember: { __typename: 'Member', id: string, role: MemberRole, mutedUntil: string | null } | null } | null }, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
           | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type ReactorsQueryVariables = Exact<{
  messageId: string | number;
  first?: number | null | undefined;
}>;


export type ReactorsQuery = { node:
    | { __typename: 'AuditRecord' }
    | { __typename: 'Conversation' }
    | { __typename: 'FriendRequest' }
    | { __typename: 'Group' }
    | { __typename: 'JoinRequest' }
    | { __typename: 'Member' }
    | { __typename: 'Message', id: string, reactions: Array<{ emoji: string, users: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }> }> }
    | { __typename: 'Provider' }
    | { __typename: 'Relationship' }
    | { __typename: 'ServerKey' }
    | { __typename: 'Session' }
    | { __typename: 'Upload' }
    | { __typename: 'User' }
    | { __typename: 'Viewer' }
   | null };

export type PinMessageMutationVariables = Exact<{
  messageId: string | number;
}>;


export type PinMessageMutation = { pinMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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

export type UnpinMessageMutationVariables = Exact<{
  messageId: string | number;
}>;


export type UnpinMessageMutation = { unpinMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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

export type LimitsQueryVariables = Exact<{ [key: string]: never; }>;


export type LimitsQuery = { serverInfo: { features: Array<string>, limits: Array<{ name: string, value: number }> } };

export type ContactFragment = { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, status: FriendRequestStatus, message: string | null, createdAt: string, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null };

export type ContactsQueryVariables = Exact<{
  kind: ContactKind;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ContactsQuery = { contacts: { edges: Array<{ node: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type FriendRequestsQueryVariables = Exact<{
  direction: FriendRequestDirection;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type FriendRequestsQuery = { friendRequests: { edges: Array<{ node: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type SearchUsersQueryVariables = Exact<{
  keyword: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SearchUsersQuery = { searchUsers: { edges: Array<{ node: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type UserInfoQueryVariables = Exact<{
  uuid: string;
}>;


export type UserInfoQuery = { userInfo: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, profile: { bio: string | null, birthday: string | null, gender: Gender, location: string | null, website: string | null }, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null } | null };

export type UserCardQueryVariables = Exact<{
  id: string | number;
}>;


export type UserCardQuery = { node:
    | { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, profile: { bio: string | null, birthday: string | null, gender: Gender, location: string | null, website: string | null }, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null }
    | Record<PropertyKey, never>
   | null };

export type UserQrCodeQueryVariables = Exact<{
  uuid: string;
}>;


export type UserQrCodeQuery = { userInfo: { __typename: 'User', id: string, qrCode: string } | null };

export type SendFriendRequestMutationVariables = Exact<{
  userId: string | number;
  message?: string | null | undefined;
  clientId?: string | null | undefined;
}>;


export type SendFriendRequestMutation = { sendFriendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null };

export type AnswerFriendRequestMutationVariables = Exact<{
  id: string | number;
  answer: FriendRequestAnswer;
  remark?: string | null | undefined;
}>;


export type AnswerFriendRequestMutation = { answerFriendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null };

export type RemoveFriendMutationVariables = Exact<{
  userId: string | number;
}>;


export type RemoveFriendMutation = { removeFriend: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null } | null };

export type UpdateFriendMutationVariables = Exact<{
  input: UpdateFriendInput;
}>;


export type UpdateFriendMutation = { updateFriend: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null } | null };

export type BlockUserMutationVariables = Exact<{
  userId: string | number;
}>;


export type BlockUserMutation = { blockUser: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null } | null };

export type UnblockUserMutationVariables = Exact<{
  userId: string | number;
}>;


export type UnblockUserMutation = { unblockUser: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null } | null };

export type FollowMutationVariables = Exact<{
  userId: string | number;
}>;


export type FollowMutation = { follow: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null } | null };

export type UnfollowMutationVariables = Exact<{
  userId: string | number;
}>;


export type UnfollowMutation = { unfollow: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role, relationship: { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: { __typename: 'FriendRequest', id: string, createdAt: string, message: string | null, status: FriendRequestStatus, from: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }, to: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversation: { __typename: 'Conversation', id: string } | null } | null } | null };

export type StartQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  archived?: boolean | null | undefined;
}>;


export type StartQuery = { viewer: { __typename: 'Viewer', cursor: string, id: string, unreadCount: number, acceptsFriendsAtOnce: boolean, user: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } } | null, conversations: { edges: Array<{ cursor: string, node: { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, lastMessage: { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, forwardedFrom: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, mentions: Array<{ __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role }>, content:
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
             | null } | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } } | null, peer: { __typename: 'User', id: string, uuid: string, username: string, nickname: string, avatar: string | null, role: Role } | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy, viewerMember: { __typename: 'Member', id: string, role: MemberRole, mutedUntil: string | null } | null } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

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
export const ConversationHeadFragmentDoc = new TypedDocumentString(`
    fragment ConversationHead on Conversation {
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
    viewerMember {
      __typename
      id
      role
      mutedUntil
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
}`, {"fragmentName":"ConversationHead"}) as unknown as TypedDocumentString<ConversationHeadFragment, unknown>;
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
  ...ConversationHead
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
export const MemberFragmentDoc = new TypedDocumentString(`
    fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
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
}`, {"fragmentName":"Member"}) as unknown as TypedDocumentString<MemberFragment, unknown>;
export const GroupFragmentDoc = new TypedDocumentString(`
    fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  inviteCode
  joinPolicy
  memberCount
  showsHistory
  viewerMember {
    ...Member
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}`, {"fragmentName":"Group"}) as unknown as TypedDocumentString<GroupFragment, unknown>;
export const JoinRequestFragmentDoc = new TypedDocumentString(`
    fragment JoinRequest on JoinRequest {
  __typename
  id
  message
  status
  user {
    ...User
  }
  group {
    ...Group
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  inviteCode
  joinPolicy
  memberCount
  showsHistory
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}`, {"fragmentName":"JoinRequest"}) as unknown as TypedDocumentString<JoinRequestFragment, unknown>;
export const FriendRequestFragmentDoc = new TypedDocumentString(`
    fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
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
}`, {"fragmentName":"FriendRequest"}) as unknown as TypedDocumentString<FriendRequestFragment, unknown>;
export const RelationshipFragmentDoc = new TypedDocumentString(`
    fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}`, {"fragmentName":"Relationship"}) as unknown as TypedDocumentString<RelationshipFragment, unknown>;
export const ContactFragmentDoc = new TypedDocumentString(`
    fragment Contact on User {
  ...User
  relationship {
    ...Relationship
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}`, {"fragmentName":"Contact"}) as unknown as TypedDocumentString<ContactFragment, unknown>;
export const UserCardFragmentDoc = new TypedDocumentString(`
    fragment UserCard on User {
  ...Contact
  profile {
    bio
    birthday
    gender
    location
    website
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`, {"fragmentName":"UserCard"}) as unknown as TypedDocumentString<UserCardFragment, unknown>;
export const GroupDocument = new TypedDocumentString(`
    query Group($conversationId: ID!) {
  conversation(id: $conversationId) {
    ...Conversation
    group {
      ...Group
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
}
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  inviteCode
  joinPolicy
  memberCount
  showsHistory
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}`) as unknown as TypedDocumentString<GroupQuery, GroupQueryVariables>;
export const GroupMembersDocument = new TypedDocumentString(`
    query GroupMembers($conversationId: ID!, $first: Int, $after: String) {
  conversation(id: $conversationId) {
    __typename
    id
    group {
      __typename
      id
      members(first: $first, after: $after) {
        edges {
          node {
            ...Member
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}`) as unknown as TypedDocumentString<GroupMembersQuery, GroupMembersQueryVariables>;
export const JoinRequestsDocument = new TypedDocumentString(`
    query JoinRequests($conversationId: ID!, $first: Int, $after: String) {
  conversation(id: $conversationId) {
    __typename
    id
    group {
      __typename
      id
      joinRequests(first: $first, after: $after) {
        edges {
          node {
            ...JoinRequest
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  inviteCode
  joinPolicy
  memberCount
  showsHistory
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}
fragment JoinRequest on JoinRequest {
  __typename
  id
  message
  status
  user {
    ...User
  }
  group {
    ...Group
  }
}`) as unknown as TypedDocumentString<JoinRequestsQuery, JoinRequestsQueryVariables>;
export const GroupQrCodeDocument = new TypedDocumentString(`
    query GroupQrCode($conversationId: ID!) {
  conversation(id: $conversationId) {
    __typename
    id
    group {
      __typename
      id
      qrCode
    }
  }
}
    `) as unknown as TypedDocumentString<GroupQrCodeQuery, GroupQrCodeQueryVariables>;
export const GroupByCodeDocument = new TypedDocumentString(`
    query GroupByCode($inviteCode: String!) {
  groupByCode(inviteCode: $inviteCode) {
    ...Group
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  inviteCode
  joinPolicy
  memberCount
  showsHistory
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}`) as unknown as TypedDocumentString<GroupByCodeQuery, GroupByCodeQueryVariables>;
export const CreateGroupDocument = new TypedDocumentString(`
    mutation CreateGroup($input: CreateGroupInput!) {
  createGroup(input: $input) {
    ...Conversation
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
}`) as unknown as TypedDocumentString<CreateGroupMutation, CreateGroupMutationVariables>;
export const InviteToGroupDocument = new TypedDocumentString(`
    mutation InviteToGroup($conversationId: ID!, $userIds: [ID!]!) {
  inviteToGroup(conversationId: $conversationId, userIds: $userIds) {
    ...Conversation
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
}`) as unknown as TypedDocumentString<InviteToGroupMutation, InviteToGroupMutationVariables>;
export const JoinGroupDocument = new TypedDocumentString(`
    mutation JoinGroup($inviteCode: String!, $message: String, $clientId: UUID) {
  joinGroup(inviteCode: $inviteCode, message: $message, clientId: $clientId) {
    ...JoinRequest
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  inviteCode
  joinPolicy
  memberCount
  showsHistory
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}
fragment JoinRequest on JoinRequest {
  __typename
  id
  message
  status
  user {
    ...User
  }
  group {
    ...Group
  }
}`) as unknown as TypedDocumentString<JoinGroupMutation, JoinGroupMutationVariables>;
export const WithdrawJoinRequestDocument = new TypedDocumentString(`
    mutation WithdrawJoinRequest($id: ID!) {
  withdrawJoinRequest(id: $id) {
    ...JoinRequest
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  inviteCode
  joinPolicy
  memberCount
  showsHistory
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}
fragment JoinRequest on JoinRequest {
  __typename
  id
  message
  status
  user {
    ...User
  }
  group {
    ...Group
  }
}`) as unknown as TypedDocumentString<WithdrawJoinRequestMutation, WithdrawJoinRequestMutationVariables>;
export const AnswerJoinRequestDocument = new TypedDocumentString(`
    mutation AnswerJoinRequest($id: ID!, $accept: Boolean!) {
  answerJoinRequest(id: $id, accept: $accept) {
    ...JoinRequest
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  inviteCode
  joinPolicy
  memberCount
  showsHistory
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}
fragment JoinRequest on JoinRequest {
  __typename
  id
  message
  status
  user {
    ...User
  }
  group {
    ...Group
  }
}`) as unknown as TypedDocumentString<AnswerJoinRequestMutation, AnswerJoinRequestMutationVariables>;
export const UpdateGroupDocument = new TypedDocumentString(`
    mutation UpdateGroup($input: UpdateGroupInput!) {
  updateGroup(input: $input) {
    ...Conversation
    group {
      ...Group
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
}
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  inviteCode
  joinPolicy
  memberCount
  showsHistory
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}`) as unknown as TypedDocumentString<UpdateGroupMutation, UpdateGroupMutationVariables>;
export const UpdateMemberDocument = new TypedDocumentString(`
    mutation UpdateMember($memberId: ID!, $role: MemberRole, $nickname: String, $mutedUntil: DateTime) {
  updateMember(
    memberId: $memberId
    role: $role
    nickname: $nickname
    mutedUntil: $mutedUntil
  ) {
    ...Member
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}`) as unknown as TypedDocumentString<UpdateMemberMutation, UpdateMemberMutationVariables>;
export const RemoveMemberDocument = new TypedDocumentString(`
    mutation RemoveMember($memberId: ID!) {
  removeMember(memberId: $memberId) {
    ...Conversation
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
}`) as unknown as TypedDocumentString<RemoveMemberMutation, RemoveMemberMutationVariables>;
export const LeaveGroupDocument = new TypedDocumentString(`
    mutation LeaveGroup($conversationId: ID!) {
  leaveGroup(conversationId: $conversationId)
}
    `) as unknown as TypedDocumentString<LeaveGroupMutation, LeaveGroupMutationVariables>;
export const DissolveGroupDocument = new TypedDocumentString(`
    mutation DissolveGroup($conversationId: ID!) {
  dissolveGroup(conversationId: $conversationId)
}
    `) as unknown as TypedDocumentString<DissolveGroupMutation, DissolveGroupMutationVariables>;
export const UpdateConversationDocument = new TypedDocumentString(`
    mutation UpdateConversation($conversationId: ID!, $isArchived: Boolean, $isMuted: Boolean) {
  updateConversation(
    conversationId: $conversationId
    isArchived: $isArchived
    isMuted: $isMuted
  ) {
    ...Conversation
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
}`) as unknown as TypedDocumentString<UpdateConversationMutation, UpdateConversationMutationVariables>;
export const ContactsDocument = new TypedDocumentString(`
    query Contacts($kind: ContactKind!, $first: Int, $after: String) {
  contacts(kind: $kind, first: $first, after: $after) {
    edges {
      node {
        ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<ContactsQuery, ContactsQueryVariables>;
export const FriendRequestsDocument = new TypedDocumentString(`
    query FriendRequests($direction: FriendRequestDirection!, $first: Int, $after: String) {
  friendRequests(direction: $direction, first: $first, after: $after) {
    edges {
      node {
        ...FriendRequest
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}`) as unknown as TypedDocumentString<FriendRequestsQuery, FriendRequestsQueryVariables>;
export const SearchUsersDocument = new TypedDocumentString(`
    query SearchUsers($keyword: String!, $first: Int, $after: String) {
  searchUsers(keyword: $keyword, first: $first, after: $after) {
    edges {
      node {
        ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<SearchUsersQuery, SearchUsersQueryVariables>;
export const UserInfoDocument = new TypedDocumentString(`
    query UserInfo($uuid: UUID!) {
  userInfo(uuid: $uuid) {
    ...UserCard
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}
fragment UserCard on User {
  ...Contact
  profile {
    bio
    birthday
    gender
    location
    website
  }
}`) as unknown as TypedDocumentString<UserInfoQuery, UserInfoQueryVariables>;
export const UserCardDocument = new TypedDocumentString(`
    query UserCard($id: ID!) {
  node(id: $id) {
    ...UserCard
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}
fragment UserCard on User {
  ...Contact
  profile {
    bio
    birthday
    gender
    location
    website
  }
}`) as unknown as TypedDocumentString<UserCardQuery, UserCardQueryVariables>;
export const UserQrCodeDocument = new TypedDocumentString(`
    query UserQrCode($uuid: UUID!) {
  userInfo(uuid: $uuid) {
    __typename
    id
    qrCode
  }
}
    `) as unknown as TypedDocumentString<UserQrCodeQuery, UserQrCodeQueryVariables>;
export const SendFriendRequestDocument = new TypedDocumentString(`
    mutation SendFriendRequest($userId: ID!, $message: String, $clientId: UUID) {
  sendFriendRequest(userId: $userId, message: $message, clientId: $clientId) {
    ...FriendRequest
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}`) as unknown as TypedDocumentString<SendFriendRequestMutation, SendFriendRequestMutationVariables>;
export const AnswerFriendRequestDocument = new TypedDocumentString(`
    mutation AnswerFriendRequest($id: ID!, $answer: FriendRequestAnswer!, $remark: String) {
  answerFriendRequest(id: $id, answer: $answer, remark: $remark) {
    ...FriendRequest
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}`) as unknown as TypedDocumentString<AnswerFriendRequestMutation, AnswerFriendRequestMutationVariables>;
export const RemoveFriendDocument = new TypedDocumentString(`
    mutation RemoveFriend($userId: ID!) {
  removeFriend(userId: $userId) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<RemoveFriendMutation, RemoveFriendMutationVariables>;
export const UpdateFriendDocument = new TypedDocumentString(`
    mutation UpdateFriend($input: UpdateFriendInput!) {
  updateFriend(input: $input) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<UpdateFriendMutation, UpdateFriendMutationVariables>;
export const BlockUserDocument = new TypedDocumentString(`
    mutation BlockUser($userId: ID!) {
  blockUser(userId: $userId) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<BlockUserMutation, BlockUserMutationVariables>;
export const UnblockUserDocument = new TypedDocumentString(`
    mutation UnblockUser($userId: ID!) {
  unblockUser(userId: $userId) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<UnblockUserMutation, UnblockUserMutationVariables>;
export const FollowDocument = new TypedDocumentString(`
    mutation Follow($userId: ID!) {
  follow(userId: $userId) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<FollowMutation, FollowMutationVariables>;
export const UnfollowDocument = new TypedDocumentString(`
    mutation Unfollow($userId: ID!) {
  unfollow(userId: $userId) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  createdAt
  message
  status
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<UnfollowMutation, UnfollowMutationVariables>;
export const StartDocument = new TypedDocumentString(`
    query Start($first: Int, $after: String, $archived: Boolean) {
  viewer {
    __typename
    id
    name
    avatar
    memberCount
    joinPolicy
    viewerMember {
      __typename
      id
      role
      mutedUntil
    }
  }
}`, {"fragmentName":"Conversation"}) as unknown as TypedDocumentString<ConversationFragment, unknown>;
export const MemberFragmentDoc = new TypedDocumentString(`
    fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
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
}`, {"fragmentName":"Member"}) as unknown as TypedDocumentString<MemberFragment, unknown>;
export const GroupFragmentDoc = new TypedDocumentString(`
    fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  memberCount
  joinPolicy
  showsHistory
  inviteCode
  viewerMember {
    ...Member
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}`, {"fragmentName":"Group"}) as unknown as TypedDocumentString<GroupFragment, unknown>;
export const JoinRequestFragmentDoc = new TypedDocumentString(`
    fragment JoinRequest on JoinRequest {
  __typename
  id
  status
  message
  user {
    ...User
  }
  group {
    __typename
    id
    name
    avatar
    memberCount
    joinPolicy
    conversation {
      __typename
      id
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
}`, {"fragmentName":"JoinRequest"}) as unknown as TypedDocumentString<JoinRequestFragment, unknown>;
export const FriendRequestFragmentDoc = new TypedDocumentString(`
    fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
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
}`, {"fragmentName":"FriendRequest"}) as unknown as TypedDocumentString<FriendRequestFragment, unknown>;
export const RelationshipFragmentDoc = new TypedDocumentString(`
    fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}`, {"fragmentName":"Relationship"}) as unknown as TypedDocumentString<RelationshipFragment, unknown>;
export const UserDetailsFragmentDoc = new TypedDocumentString(`
    fragment UserDetails on User {
  ...User
  lastSeenAt
  profile {
    bio
    birthday
    gender
    location
    website
  }
  chatset {
    user {
      needFollow
      sendCount
    }
    visitor {
      needFollow
      sendCount
    }
  }
  relationship {
    ...Relationship
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}`, {"fragmentName":"UserDetails"}) as unknown as TypedDocumentString<UserDetailsFragment, unknown>;
export const UploadFragmentDoc = new TypedDocumentString(`
    fragment Upload on Upload {
  __typename
  id
  clientId
  kind
  name
  size
  state
  reason
  uploadUrl
  expiresAt
  file {
    ...File
  }
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
}`, {"fragmentName":"Upload"}) as unknown as TypedDocumentString<UploadFragment, unknown>;
export const ViewerFragmentDoc = new TypedDocumentString(`
    fragment Viewer on Viewer {
  __typename
  id
  unreadCount
  acceptsFriendsAtOnce
  user {
    ...User
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
}`, {"fragmentName":"Viewer"}) as unknown as TypedDocumentString<ViewerFragment, unknown>;
export const EventsDocument = new TypedDocumentString(`
    subscription Events($after: String) {
  events(after: $after) {
    __typename
    cursor
    at
    ... on MessageSent {
      message {
        ...Message
        conversation {
          ...ConversationHead
        }
      }
    }
    ... on MessageChanged {
      message {
        ...Message
        conversation {
          ...Conversation
        }
      }
    }
    ... on ConversationChanged {
      conversation {
        ...Conversation
        group {
          ...Group
        }
      }
    }
    ... on ConversationGone {
      conversationId
      rev
    }
    ... on MembersChanged {
      conversation {
        ...Conversation
        group {
          ...Group
        }
      }
      members {
        ...Member
      }
      removedIds
    }
    ... on FriendRequestChanged {
      friendRequest {
        ...FriendRequest
      }
    }
    ... on JoinRequestChanged {
      joinRequest {
        ...JoinRequest
      }
    }
    ... on UserChanged {
      user {
        ...UserDetails
      }
    }
    ... on ViewerChanged {
      viewer {
        ...Viewer
      }
    }
    ... on UploadChanged {
      upload {
        ...Upload
      }
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
fragment ConversationHead on Conversation {
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
    viewerMember {
      __typename
      id
      role
      mutedUntil
    }
  }
}
fragment Conversation on Conversation {
  ...ConversationHead
  lastMessage {
    ...Message
  }
}
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  memberCount
  joinPolicy
  showsHistory
  inviteCode
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment JoinRequest on JoinRequest {
  __typename
  id
  status
  message
  user {
    ...User
  }
  group {
    __typename
    id
    name
    avatar
    memberCount
    joinPolicy
    conversation {
      __typename
      id
    }
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment UserDetails on User {
  ...User
  lastSeenAt
  profile {
    bio
    birthday
    gender
    location
    website
  }
  chatset {
    user {
      needFollow
      sendCount
    }
    visitor {
      needFollow
      sendCount
    }
  }
  relationship {
    ...Relationship
  }
}
fragment Upload on Upload {
  __typename
  id
  clientId
  kind
  name
  size
  state
  reason
  uploadUrl
  expiresAt
  file {
    ...File
  }
}
fragment Viewer on Viewer {
  __typename
  id
  unreadCount
  acceptsFriendsAtOnce
  user {
    ...User
  }
}`) as unknown as TypedDocumentString<EventsSubscription, EventsSubscriptionVariables>;
export const GroupDocument = new TypedDocumentString(`
    query Group($conversationId: ID!) {
  conversation(id: $conversationId) {
    ...Conversation
    group {
      ...Group
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
fragment ConversationHead on Conversation {
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
    viewerMember {
      __typename
      id
      role
      mutedUntil
    }
  }
}
fragment Conversation on Conversation {
  ...ConversationHead
  lastMessage {
    ...Message
  }
}
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  memberCount
  joinPolicy
  showsHistory
  inviteCode
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}`) as unknown as TypedDocumentString<GroupQuery, GroupQueryVariables>;
export const GroupMembersDocument = new TypedDocumentString(`
    query GroupMembers($conversationId: ID!, $first: Int, $after: String) {
  conversation(id: $conversationId) {
    __typename
    id
    group {
      __typename
      id
      members(first: $first, after: $after) {
        edges {
          node {
            ...Member
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}`) as unknown as TypedDocumentString<GroupMembersQuery, GroupMembersQueryVariables>;
export const JoinRequestsDocument = new TypedDocumentString(`
    query JoinRequests($conversationId: ID!, $first: Int, $after: String) {
  conversation(id: $conversationId) {
    __typename
    id
    group {
      __typename
      id
      joinRequests(first: $first, after: $after) {
        edges {
          node {
            ...JoinRequest
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
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
fragment JoinRequest on JoinRequest {
  __typename
  id
  status
  message
  user {
    ...User
  }
  group {
    __typename
    id
    name
    avatar
    memberCount
    joinPolicy
    conversation {
      __typename
      id
    }
  }
}`) as unknown as TypedDocumentString<JoinRequestsQuery, JoinRequestsQueryVariables>;
export const GroupQrCodeDocument = new TypedDocumentString(`
    query GroupQrCode($conversationId: ID!) {
  conversation(id: $conversationId) {
    __typename
    id
    group {
      __typename
      id
      qrCode
    }
  }
}
    `) as unknown as TypedDocumentString<GroupQrCodeQuery, GroupQrCodeQueryVariables>;
export const GroupByCodeDocument = new TypedDocumentString(`
    query GroupByCode($inviteCode: String!) {
  groupByCode(inviteCode: $inviteCode) {
    ...Group
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  memberCount
  joinPolicy
  showsHistory
  inviteCode
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}`) as unknown as TypedDocumentString<GroupByCodeQuery, GroupByCodeQueryVariables>;
export const CreateGroupDocument = new TypedDocumentString(`
    mutation CreateGroup($input: CreateGroupInput!) {
  createGroup(input: $input) {
    ...Conversation
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
fragment ConversationHead on Conversation {
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
    viewerMember {
      __typename
      id
      role
      mutedUntil
    }
  }
}
fragment Conversation on Conversation {
  ...ConversationHead
  lastMessage {
    ...Message
  }
}`) as unknown as TypedDocumentString<CreateGroupMutation, CreateGroupMutationVariables>;
export const InviteToGroupDocument = new TypedDocumentString(`
    mutation InviteToGroup($conversationId: ID!, $userIds: [ID!]!) {
  inviteToGroup(conversationId: $conversationId, userIds: $userIds) {
    ...Conversation
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
fragment ConversationHead on Conversation {
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
    viewerMember {
      __typename
      id
      role
      mutedUntil
    }
  }
}
fragment Conversation on Conversation {
  ...ConversationHead
  lastMessage {
    ...Message
  }
}`) as unknown as TypedDocumentString<InviteToGroupMutation, InviteToGroupMutationVariables>;
export const JoinGroupDocument = new TypedDocumentString(`
    mutation JoinGroup($inviteCode: String!, $message: String, $clientId: UUID) {
  joinGroup(inviteCode: $inviteCode, message: $message, clientId: $clientId) {
    ...JoinRequest
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
fragment JoinRequest on JoinRequest {
  __typename
  id
  status
  message
  user {
    ...User
  }
  group {
    __typename
    id
    name
    avatar
    memberCount
    joinPolicy
    conversation {
      __typename
      id
    }
  }
}`) as unknown as TypedDocumentString<JoinGroupMutation, JoinGroupMutationVariables>;
export const WithdrawJoinRequestDocument = new TypedDocumentString(`
    mutation WithdrawJoinRequest($id: ID!) {
  withdrawJoinRequest(id: $id) {
    ...JoinRequest
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
fragment JoinRequest on JoinRequest {
  __typename
  id
  status
  message
  user {
    ...User
  }
  group {
    __typename
    id
    name
    avatar
    memberCount
    joinPolicy
    conversation {
      __typename
      id
    }
  }
}`) as unknown as TypedDocumentString<WithdrawJoinRequestMutation, WithdrawJoinRequestMutationVariables>;
export const AnswerJoinRequestDocument = new TypedDocumentString(`
    mutation AnswerJoinRequest($id: ID!, $accept: Boolean!) {
  answerJoinRequest(id: $id, accept: $accept) {
    ...JoinRequest
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
fragment JoinRequest on JoinRequest {
  __typename
  id
  status
  message
  user {
    ...User
  }
  group {
    __typename
    id
    name
    avatar
    memberCount
    joinPolicy
    conversation {
      __typename
      id
    }
  }
}`) as unknown as TypedDocumentString<AnswerJoinRequestMutation, AnswerJoinRequestMutationVariables>;
export const UpdateGroupDocument = new TypedDocumentString(`
    mutation UpdateGroup($input: UpdateGroupInput!) {
  updateGroup(input: $input) {
    ...Conversation
    group {
      ...Group
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
fragment ConversationHead on Conversation {
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
    viewerMember {
      __typename
      id
      role
      mutedUntil
    }
  }
}
fragment Conversation on Conversation {
  ...ConversationHead
  lastMessage {
    ...Message
  }
}
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}
fragment Group on Group {
  __typename
  id
  name
  avatar
  announcement
  memberCount
  joinPolicy
  showsHistory
  inviteCode
  viewerMember {
    ...Member
  }
  conversation {
    __typename
    id
  }
}`) as unknown as TypedDocumentString<UpdateGroupMutation, UpdateGroupMutationVariables>;
export const UpdateMemberDocument = new TypedDocumentString(`
    mutation UpdateMember($memberId: ID!, $role: MemberRole, $nickname: String, $mutedUntil: DateTime) {
  updateMember(
    memberId: $memberId
    role: $role
    nickname: $nickname
    mutedUntil: $mutedUntil
  ) {
    ...Member
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
fragment Member on Member {
  __typename
  id
  role
  nickname
  joinedAt
  mutedUntil
  user {
    ...User
  }
}`) as unknown as TypedDocumentString<UpdateMemberMutation, UpdateMemberMutationVariables>;
export const RemoveMemberDocument = new TypedDocumentString(`
    mutation RemoveMember($memberId: ID!) {
  removeMember(memberId: $memberId) {
    ...Conversation
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
fragment ConversationHead on Conversation {
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
    viewerMember {
      __typename
      id
      role
      mutedUntil
    }
  }
}
fragment Conversation on Conversation {
  ...ConversationHead
  lastMessage {
    ...Message
  }
}`) as unknown as TypedDocumentString<RemoveMemberMutation, RemoveMemberMutationVariables>;
export const LeaveGroupDocument = new TypedDocumentString(`
    mutation LeaveGroup($conversationId: ID!) {
  leaveGroup(conversationId: $conversationId)
}
    `) as unknown as TypedDocumentString<LeaveGroupMutation, LeaveGroupMutationVariables>;
export const DissolveGroupDocument = new TypedDocumentString(`
    mutation DissolveGroup($conversationId: ID!) {
  dissolveGroup(conversationId: $conversationId)
}
    `) as unknown as TypedDocumentString<DissolveGroupMutation, DissolveGroupMutationVariables>;
export const UpdateConversationDocument = new TypedDocumentString(`
    mutation UpdateConversation($conversationId: ID!, $isArchived: Boolean, $isMuted: Boolean) {
  updateConversation(
    conversationId: $conversationId
    isArchived: $isArchived
    isMuted: $isMuted
  ) {
    ...Conversation
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
fragment ConversationHead on Conversation {
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
    viewerMember {
      __typename
      id
      role
      mutedUntil
    }
  }
}
fragment Conversation on Conversation {
  ...ConversationHead
  lastMessage {
    ...Message
  }
}`) as unknown as TypedDocumentString<UpdateConversationMutation, UpdateConversationMutationVariables>;
export const PinnedMessagesDocument = new TypedDocumentString(`
    query PinnedMessages($conversationId: ID!) {
  conversation(id: $conversationId) {
    __typename
    id
    pinnedMessages {
      ...Message
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
}`) as unknown as TypedDocumentString<PinnedMessagesQuery, PinnedMessagesQueryVariables>;
export const ConversationAttachmentsDocument = new TypedDocumentString(`
    query ConversationAttachments($conversationId: ID!, $kind: UploadKind, $first: Int, $after: String) {
  conversation(id: $conversationId) {
    __typename
    id
    attachments(kind: $kind, first: $first, after: $after) {
      edges {
        node {
          ...Message
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
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
}`) as unknown as TypedDocumentString<ConversationAttachmentsQuery, ConversationAttachmentsQueryVariables>;
export const SearchMessagesDocument = new TypedDocumentString(`
    query SearchMessages($keyword: String!, $conversationId: ID, $first: Int, $after: String) {
  searchMessages(
    keyword: $keyword
    conversationId: $conversationId
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...Message
        conversation {
          ...ConversationHead
        }
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
fragment ConversationHead on Conversation {
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
    viewerMember {
      __typename
      id
      role
      mutedUntil
    }
  }
}`) as unknown as TypedDocumentString<SearchMessagesQuery, SearchMessagesQueryVariables>;
export const ReactorsDocument = new TypedDocumentString(`
    query Reactors($messageId: ID!, $first: Int) {
  node(id: $messageId) {
    __typename
    ... on Message {
      id
      reactions {
        emoji
        users(first: $first) {
          ...User
        }
      }
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
}`) as unknown as TypedDocumentString<ReactorsQuery, ReactorsQueryVariables>;
export const PinMessageDocument = new TypedDocumentString(`
    mutation PinMessage($messageId: ID!) {
  pinMessage(messageId: $messageId) {
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
}`) as unknown as TypedDocumentString<PinMessageMutation, PinMessageMutationVariables>;
export const UnpinMessageDocument = new TypedDocumentString(`
    mutation UnpinMessage($messageId: ID!) {
  unpinMessage(messageId: $messageId) {
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
}`) as unknown as TypedDocumentString<UnpinMessageMutation, UnpinMessageMutationVariables>;
export const LimitsDocument = new TypedDocumentString(`
    query Limits {
  serverInfo {
    features
    limits {
      name
      value
    }
  }
}
    `) as unknown as TypedDocumentString<LimitsQuery, LimitsQueryVariables>;
export const ContactsDocument = new TypedDocumentString(`
    query Contacts($kind: ContactKind!, $first: Int, $after: String) {
  contacts(kind: $kind, first: $first, after: $after) {
    edges {
      node {
        ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<ContactsQuery, ContactsQueryVariables>;
export const FriendRequestsDocument = new TypedDocumentString(`
    query FriendRequests($direction: FriendRequestDirection!, $first: Int, $after: String) {
  friendRequests(direction: $direction, first: $first, after: $after) {
    edges {
      node {
        ...FriendRequest
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}`) as unknown as TypedDocumentString<FriendRequestsQuery, FriendRequestsQueryVariables>;
export const SearchUsersDocument = new TypedDocumentString(`
    query SearchUsers($keyword: String!, $first: Int, $after: String) {
  searchUsers(keyword: $keyword, first: $first, after: $after) {
    edges {
      node {
        ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<SearchUsersQuery, SearchUsersQueryVariables>;
export const UserInfoDocument = new TypedDocumentString(`
    query UserInfo($uuid: UUID!) {
  userInfo(uuid: $uuid) {
    ...UserDetails
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment UserDetails on User {
  ...User
  lastSeenAt
  profile {
    bio
    birthday
    gender
    location
    website
  }
  chatset {
    user {
      needFollow
      sendCount
    }
    visitor {
      needFollow
      sendCount
    }
  }
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<UserInfoQuery, UserInfoQueryVariables>;
export const UserCardDocument = new TypedDocumentString(`
    query UserCard($id: ID!) {
  node(id: $id) {
    ...UserDetails
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment UserDetails on User {
  ...User
  lastSeenAt
  profile {
    bio
    birthday
    gender
    location
    website
  }
  chatset {
    user {
      needFollow
      sendCount
    }
    visitor {
      needFollow
      sendCount
    }
  }
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<UserCardQuery, UserCardQueryVariables>;
export const UserQrCodeDocument = new TypedDocumentString(`
    query UserQrCode($uuid: UUID!) {
  userInfo(uuid: $uuid) {
    __typename
    id
    qrCode
  }
}
    `) as unknown as TypedDocumentString<UserQrCodeQuery, UserQrCodeQueryVariables>;
export const SendFriendRequestDocument = new TypedDocumentString(`
    mutation SendFriendRequest($userId: ID!, $message: String, $clientId: UUID) {
  sendFriendRequest(userId: $userId, message: $message, clientId: $clientId) {
    ...FriendRequest
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}`) as unknown as TypedDocumentString<SendFriendRequestMutation, SendFriendRequestMutationVariables>;
export const AnswerFriendRequestDocument = new TypedDocumentString(`
    mutation AnswerFriendRequest($id: ID!, $answer: FriendRequestAnswer!, $remark: String) {
  answerFriendRequest(id: $id, answer: $answer, remark: $remark) {
    ...FriendRequest
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}`) as unknown as TypedDocumentString<AnswerFriendRequestMutation, AnswerFriendRequestMutationVariables>;
export const RemoveFriendDocument = new TypedDocumentString(`
    mutation RemoveFriend($userId: ID!) {
  removeFriend(userId: $userId) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<RemoveFriendMutation, RemoveFriendMutationVariables>;
export const UpdateFriendDocument = new TypedDocumentString(`
    mutation UpdateFriend($input: UpdateFriendInput!) {
  updateFriend(input: $input) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<UpdateFriendMutation, UpdateFriendMutationVariables>;
export const BlockUserDocument = new TypedDocumentString(`
    mutation BlockUser($userId: ID!) {
  blockUser(userId: $userId) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<BlockUserMutation, BlockUserMutationVariables>;
export const UnblockUserDocument = new TypedDocumentString(`
    mutation UnblockUser($userId: ID!) {
  unblockUser(userId: $userId) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<UnblockUserMutation, UnblockUserMutationVariables>;
export const FollowDocument = new TypedDocumentString(`
    mutation Follow($userId: ID!) {
  follow(userId: $userId) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<FollowMutation, FollowMutationVariables>;
export const UnfollowDocument = new TypedDocumentString(`
    mutation Unfollow($userId: ID!) {
  unfollow(userId: $userId) {
    ...Contact
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
fragment FriendRequest on FriendRequest {
  __typename
  id
  status
  message
  createdAt
  from {
    ...User
  }
  to {
    ...User
  }
}
fragment Relationship on Relationship {
  __typename
  id
  isFriend
  isFollowing
  isBlocked
  isStarred
  remark
  initial
  canMessage {
    allowed
    reason
    remaining
  }
  friendRequest {
    ...FriendRequest
  }
  conversation {
    __typename
    id
  }
}
fragment Contact on User {
  ...User
  relationship {
    ...Relationship
  }
}`) as unknown as TypedDocumentString<UnfollowMutation, UnfollowMutationVariables>;
export const PresenceDocument = new TypedDocumentString(`
    subscription Presence($userIds: [ID!]!) {
  presence(userIds: $userIds) {
    __typename
    id
    presence
    lastSeenAt
  }
}
    `) as unknown as TypedDocumentString<PresenceSubscription, PresenceSubscriptionVariables>;
export const TypingDocument = new TypedDocumentString(`
    subscription Typing($conversationId: ID!) {
  typing(conversationId: $conversationId) {
    conversation {
      __typename
      id
    }
    user {
      ...User
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
}`) as unknown as TypedDocumentString<TypingSubscription, TypingSubscriptionVariables>;
export const StartDocument = new TypedDocumentString(`
    query Start($first: Int, $after: String, $archived: Boolean) {
  viewer {
    ...Viewer
    cursor
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
fragment ConversationHead on Conversation {
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
    viewerMember {
      __typename
      id
      role
      mutedUntil
    }
  }
}
fragment Conversation on Conversation {
  ...ConversationHead
  lastMessage {
    ...Message
  }
}
fragment Viewer on Viewer {
  __typename
  id
  unreadCount
  acceptsFriendsAtOnce
  user {
    ...User
  }
}`) as unknown as TypedDocumentString<StartQuery, StartQueryVariables>;