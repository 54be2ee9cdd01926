/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import { type TypedDocument, text } from '../document.ts';
/** Files that the sender has uploaded, with what is said beside them. */
export type AttachmentsInput = {
  /** At most 5000 Unicode code points, stored and delivered as sent; without anything to see it is none. */
  caption?: string | null | undefined;
  /** 1 to 10 ids of uploads of the sender, each once, in the order in which they are shown; not of the kind AVATAR. `FILE_NOT_READY` while one is not READY, `NOT_FOUND` where there is none. A file may stand in many messages. */
  uploadIds: Array<string | number>;
};

/** Changes of one rule of the own chatset: null goes back to the default, absent leaves. The two hold together: while needFollow is true, and by default it is, only followers may start to write, whatever sendCount says. */
export type ChatRuleInput = {
  /** The sender must follow first. False lets those write who do not follow, as far as sendCount says. */
  needFollow?: boolean | null | undefined;
  /** 0 nobody, 1 one message, 2 without limit; nothing else. Alone it opens nothing to those who do not follow: give needFollow false with it. */
  sendCount?: number | null | undefined;
};

/** Changes of the own chatset: null goes back to the default, absent leaves. To let everybody write: sendCount 2 together with needFollow false. By default needFollow is true. */
export type ChatsetInput = {
  /** The rule for registered users. */
  user?: ChatRuleInput | null | undefined;
  /** The rule for visitors. */
  visitor?: ChatRuleInput | null | undefined;
};

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

/** A file that is to be uploaded. */
export type CreateUploadInput = {
  /** Made by the client for this file: the same again gives the same upload. With anything else given, or after it was removed: `CONFLICT`. */
  clientId: string;
  /** Of VIDEO: an IMAGE upload of the viewer that is READY, whose picture is the cover where this server can make none. */
  coverId?: string | number | null | undefined;
  /** In seconds, of AUDIO and VIDEO: used where this server cannot measure it. */
  duration?: number | null | undefined;
  /** What it is to be. */
  kind: UploadKind;
  /** Its name, 1 to 255 characters. Folders before it, control characters and what turns the direction of text are left out. */
  name: string;
  /** How many bytes it has: a whole number, at least 1. */
  size: number;
};

/** A content of an app that brings its own. The server knows nothing of it but its text. */
export type CustomContentInput = {
  /** JSON of at most 8192 bytes in UTF-8, stored and delivered as sent. */
  data: string;
  /** What clients show that do not know the type, and by what it is found: 1 to 5000 Unicode code points with something to see among them. */
  text: string;
  /** By what the app knows it again: 1 to 64 characters of a-z, 0-9, ".", "_" and "-". A name that nobody else takes begins with a domain, as in "com.example.poll". */
  type: string;
};

/** What a message is to say: exactly one of these. */
export type EditedContentInput =
  {   /** Of a message with attachments: at most 5000 Unicode code points. Without anything to see it takes the caption away. */
  caption: string; text?: never; }
  |  { caption?: never;   /** Of a text: 1 to 5000 Unicode code points with something to see among them. */
  text: string; };

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
  /** The name is taken, the clientId was used for another message, the request has had another answer, or the group is full or has as many admins as it may; `extensions.field` names it. */
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
  /** The recipient is gone or disabled; or, where a request is accepted, whoever made it. */
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

/** Somebody for whom a provider vouches. */
export type IdentifyInput = {
  /** How the session is named in the list of sessions, at most 100 characters. */
  device?: string | null | undefined;
  /** Uses this device's visitor up: it turns into the user, conversations and all, where the user is new; else its sessions end, and accounts are never merged. */
  deviceId?: string | null | undefined;
  /** A JWT of less than 8,192 characters. Of a SECRET: HS256, `aud` its key. Of a JWKS: RS256, ES256 or EdDSA, `iss` and `aud` as the provider says. Both with `sub`, 1 to 128 characters, `iat` and `exp`, which is at most `secretProofSeconds` or `publicKeyProofSeconds` of `serverInfo.limits` ahead; optionally `name`, `picture` (an https URL) and `traits`, an object of at most 20 texts or a list of `{ key, value }`: of these, what does not fit is cut or left out. Times by the database’s clock, and a little grace. */
  proof: string;
  /** Key of the provider. Needed where several are enabled: `BAD_USER_INPUT` otherwise. */
  provider?: string | null | undefined;
};

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

/** A place on the earth. */
export type LocationInput = {
  /** Degrees north of the equator: -90 to 90. */
  latitude: number;
  /** Degrees east of Greenwich: -180 to 180. */
  longitude: number;
  /** What the place is called, by which it is found: one line of at most 100 characters. */
  name?: string | null | undefined;
};

/** A login with name and password. */
export type LoginInput = {
  /** How the session is named in the list of sessions, at most 100 characters. */
  device?: string | null | undefined;
  /** With a password that an admin has reset, and with no other: the one from now on. 8 to 128 characters, not the username, none of the 10,000 passwords that are used most, and not the one that was reset. */
  newPassword?: string | null | undefined;
  /** The password. */
  password: string;
  /** The username, in any case. */
  username: string;
  /** A proof of work, in base64 as ALTCHA writes it: the solved `extensions.challenge` of `PROOF_REQUIRED` or `RATE_LIMITED`. Good once; where none is asked for it is ignored. */
  work?: string | null | undefined;
};

/** What a member of a group may do. */
export type MemberRole =
  /** Renames, announces, invites and approves; removes and mutes members below, and recalls their messages. */
  | 'ADMIN'
  /** Writes, invites and leaves. */
  | 'MEMBER'
  /** Everything, also handing the group over and dissolving it. One in each group. */
  | 'OWNER';

/** What to send: exactly one of these. */
export type MessageContentInput =
  {   /** Pictures, voice, video and other files. */
  attachments: AttachmentsInput; contact?: never; custom?: never; forward?: never; location?: never; text?: never; }
  |  { attachments?: never;   /** The card of somebody, by the id or uuid of an enabled user: `NOT_FOUND` for everybody else. Not of visitors who have never been in a conversation. */
  contact: string | number; custom?: never; forward?: never; location?: never; text?: never; }
  |  { attachments?: never; contact?: never;   /** A content of an app that brings its own. */
  custom: CustomContentInput; forward?: never; location?: never; text?: never; }
  |  { attachments?: never; contact?: never; custom?: never;   /** The id of a message that the sender can see: what it says now becomes what this one says, a copy of its own that stays when the first one is recalled. Not of notices. */
  forward: string | number; location?: never; text?: never; }
  |  { attachments?: never; contact?: never; custom?: never; forward?: never;   /** A place. */
  location: LocationInput; text?: never; }
  |  { attachments?: never; contact?: never; custom?: never; forward?: never; location?: never;   /** A text of 1 to 5000 Unicode code points with something to see among them, stored and delivered as sent. */
  text: string; };

/** Whether somebody is there. */
export type PresenceStatus =
  /** No socket is open. */
  | 'OFFLINE'
  /** At least one socket is open. */
  | 'ONLINE';

/** A new account. */
export type RegisterInput = {
  /** Turns this device's visitor into the new user, conversations and all, and uses the device id up. */
  deviceId?: string | null | undefined;
  /** The name to show: one line of at most 50 characters. Default: the username. */
  nickname?: string | null | undefined;
  /** 8 to 128 characters. Not the username, and none of the 10,000 passwords that are used most. */
  password: string;
  /** 4 to 20 of A-Z a-z 0-9 _. Unique whatever its case. Not VIS or EXT and 8 letters or digits, as visitors and people of providers are called, and some names are reserved, such as admin. */
  username: string;
  /** A proof of work, in base64 as ALTCHA writes it: the solved `extensions.challenge` of `PROOF_REQUIRED` or `RATE_LIMITED`. Good once; where none is asked for it is ignored. */
  work?: string | null | undefined;
};

/** A visitor is known by a device id. What the device tells of itself is for statistics only. */
export type RegisterVisitorInput = {
  /** The maker of the device. At most 50 characters. */
  brand?: string | null | undefined;
  /** Random, made and kept by the client: whoever has it is the visitor. */
  deviceId: string;
  /** The model of the device. At most 50 characters. */
  model?: string | null | undefined;
  /** The operating system. At most 50 characters. */
  os?: string | null | undefined;
  /** For example web. At most 50 characters. */
  platform?: string | null | undefined;
  /** A proof of work, in base64 as ALTCHA writes it: the solved `extensions.challenge` of `PROOF_REQUIRED` or `RATE_LIMITED`. Good once; where none is asked for it is ignored. */
  work?: string | null | undefined;
};

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

/** A message to send. */
export type SendMessageInput = {
  /** Made by the client for this message. Sent again with the same one, the same message comes back and nothing is sent twice. */
  clientId: string;
  /** What it says. */
  content: MessageContentInput;
  /** Ids or uuids of users whom it names: members of the conversation, at most 50. */
  mentions?: Array<string | number> | null | undefined;
  /** It names all members: in groups, by the owner and admins. Default false. */
  mentionsEveryone?: boolean | null | undefined;
  /** The id of a message of the same conversation that this one answers. */
  replyTo?: string | number | null | undefined;
  /** A User's id or uuid (their DIRECT conversation is made by the first message), or a Conversation's. */
  to: string | number;
};

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

/** Changes of the own profile: null clears, absent leaves. A text of which nothing can be seen counts as null. */
export type UpdateProfileInput = {
  /** An https URL without a name and a password, of at most 2048 characters; kept in its canonical form. */
  avatar?: string | null | undefined;
  /** An own upload of kind AVATAR that is READY, in place of `avatar`. */
  avatarId?: string | number | null | undefined;
  /** At most 500 characters. */
  bio?: string | null | undefined;
  /** Shown to friends only. */
  birthday?: string | null | undefined;
  /** Null: UNKNOWN. */
  gender?: Gender | null | undefined;
  /** One line of at most 100 characters. */
  location?: string | null | undefined;
  /** A name: one line of at most 50 characters. Null: the username. */
  nickname?: string | null | undefined;
  /** An https URL without a name and a password, of at most 2048 characters; kept in its canonical form. */
  website?: string | null | undefined;
};

/** What a file is uploaded as. Its bytes have to be that: see `FILE_TYPE`. */
export type UploadKind =
  /** Sound for a message, such as a voice. */
  | 'AUDIO'
  /** A picture for a person or a group. */
  | 'AVATAR'
  /** Anything else for a message, or what is to be downloaded as it is. */
  | 'FILE'
  /** A picture for a message: PNG, JPEG, WebP, GIF or AVIF. */
  | 'IMAGE'
  /** A film for a message. */
  | 'VIDEO';

/** How far an upload is. */
export type UploadState =
  /** All bytes are there, and the server looks at them. */
  | 'CHECKING'
  /** It can be used. */
  | 'READY'
  /** It cannot be used: `reason` says why. */
  | 'REFUSED'
  /** It waits for bytes. */
  | 'WAITING';

export type EventsSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type EventsSubscription = { events:
    | { __typename: 'CaughtUp', cursor: string, at: string }
    | { __typename: 'ConversationChanged', cursor: string, at: string, conversation: (
        { group: GroupFragment | null }
        & ConversationFragment
      ) }
    | { __typename: 'ConversationGone', conversationId: string, rev: number, cursor: string, at: string }
    | { __typename: 'FriendRequestChanged', cursor: string, at: string, friendRequest: FriendRequestFragment }
    | { __typename: 'JoinRequestChanged', cursor: string, at: string, joinRequest: JoinRequestFragment }
    | { __typename: 'MembersChanged', removedIds: Array<string>, cursor: string, at: string, conversation: (
        { group: GroupFragment | null }
        & ConversationFragment
      ), members: Array<MemberFragment> }
    | { __typename: 'MessageChanged', cursor: string, at: string, message: (
        { conversation: ConversationFragment }
        & MessageFragment
      ) }
    | { __typename: 'MessageSent', cursor: string, at: string, message: (
        { conversation: ConversationHeadFragment }
        & MessageFragment
      ) }
    | { __typename: 'SyncReset', cursor: string, at: string }
    | { __typename: 'UploadChanged', cursor: string, at: string, upload: UploadFragment }
    | { __typename: 'UserChanged', cursor: string, at: string, user: UserDetailsFragment }
    | { __typename: 'ViewerChanged', cursor: string, at: string, viewer: ViewerFragment }
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
    | File_AudioFile_Fragment
    | File_ImageFile_Fragment
    | File_OtherFile_Fragment
    | File_VideoFile_Fragment
  > };

type Content_ContactContent_Fragment = { __typename: 'ContactContent', text: string, user: UserFragment };

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

export type QuoteFragment = { __typename: 'Message', id: string, seq: number, rev: number, recalledAt: string | null, sender: UserFragment | null, content:
    | { __typename: 'AttachmentsContent', text: string }
    | { __typename: 'ContactContent', text: string }
    | { __typename: 'CustomContent', text: string }
    | { __typename: 'LocationContent', text: string }
    | { __typename: 'NoticeContent', text: string }
    | { __typename: 'TextContent', text: string }
   | null };

export type MessageFragment = { __typename: 'Message', id: string, seq: number, rev: number, clientId: string | null, createdAt: string, editedAt: string | null, recalledAt: string | null, pinnedAt: string | null, mentionsEveryone: boolean, sender: UserFragment | null, forwardedFrom: UserFragment | null, mentions: Array<UserFragment>, content:
    | Content_AttachmentsContent_Fragment
    | Content_ContactContent_Fragment
    | Content_CustomContent_Fragment
    | Content_LocationContent_Fragment
    | Content_NoticeContent_Fragment
    | Content_TextContent_Fragment
   | null, replyTo: QuoteFragment | null, reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }>, conversation: { __typename: 'Conversation', id: string } };

export type ConversationHeadFragment = { __typename: 'Conversation', id: string, kind: ConversationKind, title: string, avatar: string | null, rev: number, lastSeq: number, readSeq: number, peerReadSeq: number | null, unreadCount: number, unreadMentionCount: number, isMuted: boolean, isArchived: boolean, peer: UserFragment | null, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy, viewerMember: { __typename: 'Member', id: string, role: MemberRole, mutedUntil: string | null } | null } | null };

export type ConversationFragment = (
  { lastMessage: MessageFragment | null }
  & ConversationHeadFragment
);

export type MemberFragment = { __typename: 'Member', id: string, role: MemberRole, nickname: string | null, joinedAt: string, mutedUntil: string | null, user: UserFragment };

export type GroupFragment = { __typename: 'Group', id: string, name: string, avatar: string | null, announcement: string | null, memberCount: number, joinPolicy: JoinPolicy, showsHistory: boolean | null, inviteCode: string | null, viewerMember: MemberFragment | null, conversation: { __typename: 'Conversation', id: string } | null };

export type FriendRequestFragment = { __typename: 'FriendRequest', id: string, status: FriendRequestStatus, message: string | null, createdAt: string, from: UserFragment, to: UserFragment };

export type JoinRequestFragment = { __typename: 'JoinRequest', id: string, status: JoinRequestStatus, message: string | null, user: UserFragment, group: { __typename: 'Group', id: string, name: string, avatar: string | null, memberCount: number, joinPolicy: JoinPolicy, conversation: { __typename: 'Conversation', id: string } | null } };

export type RelationshipFragment = { __typename: 'Relationship', id: string, isFriend: boolean, isFollowing: boolean, isBlocked: boolean, isStarred: boolean, remark: string | null, initial: string, canMessage: { allowed: boolean, reason: ErrorCode | null, remaining: number | null }, friendRequest: FriendRequestFragment | null, conversation: { __typename: 'Conversation', id: string } | null };

export type UserDetailsFragment = (
  { lastSeenAt: string | null, profile: { bio: string | null, birthday: string | null, gender: Gender, location: string | null, website: string | null }, chatset: { user: { needFollow: boolean, sendCount: number }, visitor: { needFollow: boolean, sendCount: number } }, relationship: RelationshipFragment | null }
  & UserFragment
);

export type UploadFragment = { __typename: 'Upload', id: string, clientId: string, kind: UploadKind, name: string, size: number, state: UploadState, reason: ErrorCode | null, uploadUrl: string | null, expiresAt: string, file:
    | File_AudioFile_Fragment
    | File_ImageFile_Fragment
    | File_OtherFile_Fragment
    | File_VideoFile_Fragment
   | null };

export type ViewerFragment = { __typename: 'Viewer', id: string, unreadCount: number, acceptsFriendsAtOnce: boolean, user: UserFragment };

export type MessagePageFragment = { edges: Array<{ node: MessageFragment }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean } };

export type GroupQueryVariables = Exact<{
  conversationId: string | number;
}>;


export type GroupQuery = { conversation: (
    { group: GroupFragment | null }
    & ConversationFragment
  ) | null };

export type GroupMembersQueryVariables = Exact<{
  conversationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type GroupMembersQuery = { conversation: { __typename: 'Conversation', id: string, group: { __typename: 'Group', id: string, members: { edges: Array<{ node: MemberFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null } | null };

export type JoinRequestsQueryVariables = Exact<{
  conversationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type JoinRequestsQuery = { conversation: { __typename: 'Conversation', id: string, group: { __typename: 'Group', id: string, joinRequests: { edges: Array<{ node: JoinRequestFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null } | null };

export type GroupQrCodeQueryVariables = Exact<{
  conversationId: string | number;
}>;


export type GroupQrCodeQuery = { conversation: { __typename: 'Conversation', id: string, group: { __typename: 'Group', id: string, qrCode: string | null } | null } | null };

export type GroupByCodeQueryVariables = Exact<{
  inviteCode: string;
}>;


export type GroupByCodeQuery = { groupByCode: GroupFragment | null };

export type CreateGroupMutationVariables = Exact<{
  input: CreateGroupInput;
}>;


export type CreateGroupMutation = { createGroup: ConversationFragment | null };

export type InviteToGroupMutationVariables = Exact<{
  conversationId: string | number;
  userIds: Array<string | number> | string | number;
}>;


export type InviteToGroupMutation = { inviteToGroup: ConversationFragment | null };

export type JoinGroupMutationVariables = Exact<{
  inviteCode: string;
  message?: string | null | undefined;
  clientId?: string | null | undefined;
}>;


export type JoinGroupMutation = { joinGroup: JoinRequestFragment | null };

export type WithdrawJoinRequestMutationVariables = Exact<{
  id: string | number;
}>;


export type WithdrawJoinRequestMutation = { withdrawJoinRequest: JoinRequestFragment | null };

export type AnswerJoinRequestMutationVariables = Exact<{
  id: string | number;
  accept: boolean;
}>;


export type AnswerJoinRequestMutation = { answerJoinRequest: JoinRequestFragment | null };

export type UpdateGroupMutationVariables = Exact<{
  input: UpdateGroupInput;
}>;


export type UpdateGroupMutation = { updateGroup: (
    { group: GroupFragment | null }
    & ConversationFragment
  ) | null };

export type UpdateMemberMutationVariables = Exact<{
  memberId: string | number;
  role?: MemberRole | null | undefined;
  nickname?: string | null | undefined;
  mutedUntil?: string | null | undefined;
}>;


export type UpdateMemberMutation = { updateMember: MemberFragment | null };

export type RemoveMemberMutationVariables = Exact<{
  memberId: string | number;
}>;


export type RemoveMemberMutation = { removeMember: ConversationFragment | null };

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


export type UpdateConversationMutation = { updateConversation: ConversationFragment | null };

export type MeQueryVariables = Exact<{ [key: string]: never; }>;


export type MeQuery = { viewer: { __typename: 'Viewer', id: string, user: UserFragment } | null };

export type PinnedMessagesQueryVariables = Exact<{
  conversationId: string | number;
}>;


export type PinnedMessagesQuery = { conversation: { __typename: 'Conversation', id: string, pinnedMessages: Array<MessageFragment> } | null };

export type ConversationAttachmentsQueryVariables = Exact<{
  conversationId: string | number;
  kind?: UploadKind | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ConversationAttachmentsQuery = { conversation: { __typename: 'Conversation', id: string, attachments: { edges: Array<{ node: MessageFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type SearchMessagesQueryVariables = Exact<{
  keyword: string;
  conversationId?: string | number | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SearchMessagesQuery = { searchMessages: { edges: Array<{ node: (
        { conversation: ConversationHeadFragment }
        & MessageFragment
      ) }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

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
    | { __typename: 'Message', id: string, reactions: Array<{ emoji: string, users: Array<UserFragment> }> }
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


export type PinMessageMutation = { pinMessage: MessageFragment | null };

export type UnpinMessageMutationVariables = Exact<{
  messageId: string | number;
}>;


export type UnpinMessageMutation = { unpinMessage: MessageFragment | null };

export type LimitsQueryVariables = Exact<{ [key: string]: never; }>;


export type LimitsQuery = { serverInfo: { version: string, features: Array<string>, limits: Array<{ name: string, value: number }> } };

export type SendMessageMutationVariables = Exact<{
  input: SendMessageInput;
}>;


export type SendMessageMutation = { sendMessage: (
    { conversation: ConversationFragment }
    & MessageFragment
  ) | null };

export type ContactFragment = (
  { relationship: RelationshipFragment | null }
  & UserFragment
);

export type ContactsQueryVariables = Exact<{
  kind: ContactKind;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ContactsQuery = { contacts: { edges: Array<{ node: ContactFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type FriendRequestsQueryVariables = Exact<{
  direction: FriendRequestDirection;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type FriendRequestsQuery = { friendRequests: { edges: Array<{ node: FriendRequestFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type SearchUsersQueryVariables = Exact<{
  keyword: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SearchUsersQuery = { searchUsers: { edges: Array<{ node: ContactFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type UserInfoQueryVariables = Exact<{
  uuid: string;
}>;


export type UserInfoQuery = { userInfo: UserDetailsFragment | null };

export type UserCardQueryVariables = Exact<{
  id: string | number;
}>;


export type UserCardQuery = { node:
    | UserDetailsFragment
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


export type SendFriendRequestMutation = { sendFriendRequest: FriendRequestFragment | null };

export type AnswerFriendRequestMutationVariables = Exact<{
  id: string | number;
  answer: FriendRequestAnswer;
  remark?: string | null | undefined;
}>;


export type AnswerFriendRequestMutation = { answerFriendRequest: FriendRequestFragment | null };

export type RemoveFriendMutationVariables = Exact<{
  userId: string | number;
}>;


export type RemoveFriendMutation = { removeFriend: ContactFragment | null };

export type UpdateFriendMutationVariables = Exact<{
  input: UpdateFriendInput;
}>;


export type UpdateFriendMutation = { updateFriend: ContactFragment | null };

export type BlockUserMutationVariables = Exact<{
  userId: string | number;
}>;


export type BlockUserMutation = { blockUser: ContactFragment | null };

export type UnblockUserMutationVariables = Exact<{
  userId: string | number;
}>;


export type UnblockUserMutation = { unblockUser: ContactFragment | null };

export type FollowMutationVariables = Exact<{
  userId: string | number;
}>;


export type FollowMutation = { follow: ContactFragment | null };

export type UnfollowMutationVariables = Exact<{
  userId: string | number;
}>;


export type UnfollowMutation = { unfollow: ContactFragment | null };

export type PresenceSubscriptionVariables = Exact<{
  userIds: Array<string | number> | string | number;
}>;


export type PresenceSubscription = { presence: { __typename: 'User', id: string, presence: PresenceStatus | null, lastSeenAt: string | null } };

export type TypingSubscriptionVariables = Exact<{
  conversationId: string | number;
}>;


export type TypingSubscription = { typing: { conversation: { __typename: 'Conversation', id: string }, user: UserFragment } };

export type AuthFragment = { token: string, refreshToken: string, user: UserFragment };

export type LoginMutationVariables = Exact<{
  input: LoginInput;
}>;


export type LoginMutation = { login: AuthFragment | null };

export type RegisterMutationVariables = Exact<{
  input: RegisterInput;
}>;


export type RegisterMutation = { register: AuthFragment | null };

export type RegisterVisitorMutationVariables = Exact<{
  input: RegisterVisitorInput;
}>;


export type RegisterVisitorMutation = { registerVisitor: AuthFragment | null };

export type IdentifyMutationVariables = Exact<{
  input: IdentifyInput;
}>;


export type IdentifyMutation = { identify: AuthFragment | null };

export type RefreshSessionMutationVariables = Exact<{
  refreshToken: string;
}>;


export type RefreshSessionMutation = { refreshSession: { token: string, refreshToken: string } | null };

export type LogoutMutationVariables = Exact<{
  sessionId?: string | number | null | undefined;
}>;


export type LogoutMutation = { logout: boolean | null };

export type ChangePasswordMutationVariables = Exact<{
  oldPassword: string;
  newPassword: string;
}>;


export type ChangePasswordMutation = { changePassword: boolean | null };

export type SessionFragment = { __typename: 'Session', id: string, device: string | null, createdAt: string, lastSeenAt: string, isCurrent: boolean };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: (
    { user: UserDetailsFragment }
    & ViewerFragment
  ) | null };

export type SessionsQueryVariables = Exact<{ [key: string]: never; }>;


export type SessionsQuery = { viewer: { __typename: 'Viewer', id: string, sessions: Array<SessionFragment> } | null };

export type UpdateProfileMutationVariables = Exact<{
  input: UpdateProfileInput;
}>;


export type UpdateProfileMutation = { updateProfile: UserDetailsFragment | null };

export type UpdateChatsetMutationVariables = Exact<{
  input: ChatsetInput;
}>;


export type UpdateChatsetMutation = { updateChatset: UserDetailsFragment | null };

export type UpdateSettingsMutationVariables = Exact<{
  acceptsFriendsAtOnce?: boolean | null | undefined;
}>;


export type UpdateSettingsMutation = { updateSettings: ViewerFragment | null };

export type StartQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  archived?: boolean | null | undefined;
}>;


export type StartQuery = { viewer: (
    { cursor: string }
    & ViewerFragment
  ) | null, conversations: { edges: Array<{ cursor: string, node: ConversationFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type MessagesQueryVariables = Exact<{
  conversationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type MessagesQuery = { conversation: (
    { messages: MessagePageFragment }
    & ConversationFragment
  ) | null };

export type MessagesAroundQueryVariables = Exact<{
  conversationId: string | number;
  messageId: string | number;
  place: string;
  count: number;
}>;


export type MessagesAroundQuery = { node:
    | { __typename: 'AuditRecord' }
    | { __typename: 'Conversation' }
    | { __typename: 'FriendRequest' }
    | { __typename: 'Group' }
    | { __typename: 'JoinRequest' }
    | { __typename: 'Member' }
    | (
      { __typename: 'Message' }
      & MessageFragment
    )
    | { __typename: 'Provider' }
    | { __typename: 'Relationship' }
    | { __typename: 'ServerKey' }
    | { __typename: 'Session' }
    | { __typename: 'Upload' }
    | { __typename: 'User' }
    | { __typename: 'Viewer' }
   | null, conversation: { __typename: 'Conversation', id: string, older: MessagePageFragment, newer: MessagePageFragment } | null };

export type DirectConversationQueryVariables = Exact<{
  userId: string | number;
}>;


export type DirectConversationQuery = { node:
    | { __typename: 'AuditRecord' }
    | { __typename: 'Conversation' }
    | { __typename: 'FriendRequest' }
    | { __typename: 'Group' }
    | { __typename: 'JoinRequest' }
    | { __typename: 'Member' }
    | { __typename: 'Message' }
    | { __typename: 'Provider' }
    | { __typename: 'Relationship' }
    | { __typename: 'ServerKey' }
    | { __typename: 'Session' }
    | { __typename: 'Upload' }
    | (
      { __typename: 'User', relationship: { __typename: 'Relationship', id: string, conversation: ConversationFragment | null } | null }
      & UserFragment
    )
    | { __typename: 'Viewer' }
   | null };

export type EditMessageMutationVariables = Exact<{
  id: string | number;
  content: EditedContentInput;
}>;


export type EditMessageMutation = { editMessage: MessageFragment | null };

export type RecallMessageMutationVariables = Exact<{
  id: string | number;
}>;


export type RecallMessageMutation = { recallMessage: MessageFragment | null };

export type ReactMutationVariables = Exact<{
  messageId: string | number;
  emoji: string;
}>;


export type ReactMutation = { react: MessageFragment | null };

export type UnreactMutationVariables = Exact<{
  messageId: string | number;
  emoji: string;
}>;


export type UnreactMutation = { unreact: MessageFragment | null };

export type MarkReadMutationVariables = Exact<{
  conversationId: string | number;
  seq: number;
}>;


export type MarkReadMutation = { markRead: ConversationHeadFragment | null };

export type SetTypingMutationVariables = Exact<{
  conversationId: string | number;
}>;


export type SetTypingMutation = { setTyping: boolean | null };

export type MessageStreamSubscriptionVariables = Exact<{
  conversationId: string | number;
  afterRev?: number | null | undefined;
}>;


export type MessageStreamSubscription = { messages: MessageFragment };

export type CreateUploadMutationVariables = Exact<{
  input: CreateUploadInput;
}>;


export type CreateUploadMutation = { createUpload: UploadFragment | null };

export type CancelUploadMutationVariables = Exact<{
  id: string | number;
}>;


export type CancelUploadMutation = { cancelUpload: boolean | null };

export type ReadUploadQueryVariables = Exact<{
  id: string | number;
}>;


export type ReadUploadQuery = { node:
    | { __typename: 'AuditRecord' }
    | { __typename: 'Conversation' }
    | { __typename: 'FriendRequest' }
    | { __typename: 'Group' }
    | { __typename: 'JoinRequest' }
    | { __typename: 'Member' }
    | { __typename: 'Message' }
    | { __typename: 'Provider' }
    | { __typename: 'Relationship' }
    | { __typename: 'ServerKey' }
    | { __typename: 'Session' }
    | (
      { __typename: 'Upload' }
      & UploadFragment
    )
    | { __typename: 'User' }
    | { __typename: 'Viewer' }
   | null };

export type ReadMessageQueryVariables = Exact<{
  id: string | number;
}>;


export type ReadMessageQuery = { node:
    | { __typename: 'AuditRecord' }
    | { __typename: 'Conversation' }
    | { __typename: 'FriendRequest' }
    | { __typename: 'Group' }
    | { __typename: 'JoinRequest' }
    | { __typename: 'Member' }
    | (
      { __typename: 'Message' }
      & MessageFragment
    )
    | { __typename: 'Provider' }
    | { __typename: 'Relationship' }
    | { __typename: 'ServerKey' }
    | { __typename: 'Session' }
    | { __typename: 'Upload' }
    | { __typename: 'User' }
    | { __typename: 'Viewer' }
   | null };

const UserText = "fragment User on User{__typename id uuid username nickname avatar role}";
const FileText = "fragment File on File{__typename id name mime size url urlExpiresAt ...on ImageFile{width height thumbnailUrl placeholder isAnimated}...on AudioFile{duration peaks}...on VideoFile{duration width height thumbnailUrl placeholder}}";
const ContentText = "fragment Content on MessageContent{__typename text ...on AttachmentsContent{caption files{...File}}...on LocationContent{latitude longitude name}...on ContactContent{user{...User}}...on CustomContent{type data}...on NoticeContent{code}}";
const QuoteText = "fragment Quote on Message{__typename id seq rev recalledAt sender{...User}content{__typename text}}";
const MessageText = "fragment Message on Message{__typename id seq rev clientId createdAt editedAt recalledAt pinnedAt mentionsEveryone sender{...User}forwardedFrom{...User}mentions{...User}content{...Content}replyTo{...Quote}reactions{emoji count viewerReacted}conversation{__typename id}}";
const ConversationHeadText = "fragment ConversationHead on Conversation{__typename id kind title avatar rev lastSeq readSeq peerReadSeq unreadCount unreadMentionCount isMuted isArchived peer{...User}group{__typename id name avatar memberCount joinPolicy viewerMember{__typename id role mutedUntil}}}";
const ConversationText = "fragment Conversation on Conversation{...ConversationHead lastMessage{...Message}}";
const MemberText = "fragment Member on Member{__typename id role nickname joinedAt mutedUntil user{...User}}";
const GroupText = "fragment Group on Group{__typename id name avatar announcement memberCount joinPolicy showsHistory inviteCode viewerMember{...Member}conversation{__typename id}}";
const FriendRequestText = "fragment FriendRequest on FriendRequest{__typename id status message createdAt from{...User}to{...User}}";
const JoinRequestText = "fragment JoinRequest on JoinRequest{__typename id status message user{...User}group{__typename id name avatar memberCount joinPolicy conversation{__typename id}}}";
const RelationshipText = "fragment Relationship on Relationship{__typename id isFriend isFollowing isBlocked isStarred remark initial canMessage{allowed reason remaining}friendRequest{...FriendRequest}conversation{__typename id}}";
const UserDetailsText = "fragment UserDetails on User{...User lastSeenAt profile{bio birthday gender location website}chatset{user{needFollow sendCount}visitor{needFollow sendCount}}relationship{...Relationship}}";
const UploadText = "fragment Upload on Upload{__typename id clientId kind name size state reason uploadUrl expiresAt file{...File}}";
const ViewerText = "fragment Viewer on Viewer{__typename id unreadCount acceptsFriendsAtOnce user{...User}}";
const MessagePageText = "fragment MessagePage on MessageConnection{edges{node{...Message}}pageInfo{hasNextPage hasPreviousPage}}";
const ContactText = "fragment Contact on User{...User relationship{...Relationship}}";
const AuthText = "fragment Auth on AuthPayload{token refreshToken user{...User}}";
const SessionText = "fragment Session on Session{__typename id device createdAt lastSeenAt isCurrent}";
export const EventsDocument: TypedDocument<EventsSubscription, EventsSubscriptionVariables> = /* @__PURE__ */ text("subscription Events($after:String){events(after:$after){__typename cursor at ...on MessageSent{message{...Message conversation{...ConversationHead}}}...on MessageChanged{message{...Message conversation{...Conversation}}}...on ConversationChanged{conversation{...Conversation group{...Group}}}...on ConversationGone{conversationId rev}...on MembersChanged{conversation{...Conversation group{...Group}}members{...Member}removedIds}...on FriendRequestChanged{friendRequest{...FriendRequest}}...on JoinRequestChanged{joinRequest{...JoinRequest}}...on UserChanged{user{...UserDetails}}...on ViewerChanged{viewer{...Viewer}}...on UploadChanged{upload{...Upload}}}}", MessageText, UserText, ContentText, FileText, QuoteText, ConversationHeadText, ConversationText, GroupText, MemberText, FriendRequestText, JoinRequestText, UserDetailsText, RelationshipText, ViewerText, UploadText);
export const GroupDocument: TypedDocument<GroupQuery, GroupQueryVariables> = /* @__PURE__ */ text("query Group($conversationId:ID!){conversation(id:$conversationId){...Conversation group{...Group}}}", ConversationText, ConversationHeadText, UserText, MessageText, ContentText, FileText, QuoteText, GroupText, MemberText);
export const GroupMembersDocument: TypedDocument<GroupMembersQuery, GroupMembersQueryVariables> = /* @__PURE__ */ text("query GroupMembers($conversationId:ID!$first:Int$after:String){conversation(id:$conversationId){__typename id group{__typename id members(first:$first after:$after){edges{node{...Member}}pageInfo{hasNextPage endCursor}}}}}", MemberText, UserText);
export const JoinRequestsDocument: TypedDocument<JoinRequestsQuery, JoinRequestsQueryVariables> = /* @__PURE__ */ text("query JoinRequests($conversationId:ID!$first:Int$after:String){conversation(id:$conversationId){__typename id group{__typename id joinRequests(first:$first after:$after){edges{node{...JoinRequest}}pageInfo{hasNextPage endCursor}}}}}", JoinRequestText, UserText);
export const GroupQrCodeDocument: TypedDocument<GroupQrCodeQuery, GroupQrCodeQueryVariables> = /* @__PURE__ */ text("query GroupQrCode($conversationId:ID!){conversation(id:$conversationId){__typename id group{__typename id qrCode}}}");
export const GroupByCodeDocument: TypedDocument<GroupByCodeQuery, GroupByCodeQueryVariables> = /* @__PURE__ */ text("query GroupByCode($inviteCode:String!){groupByCode(inviteCode:$inviteCode){...Group}}", GroupText, MemberText, UserText);
export const CreateGroupDocument: TypedDocument<CreateGroupMutation, CreateGroupMutationVariables> = /* @__PURE__ */ text("mutation CreateGroup($input:CreateGroupInput!){createGroup(input:$input){...Conversation}}", ConversationText, ConversationHeadText, UserText, MessageText, ContentText, FileText, QuoteText);
export const InviteToGroupDocument: TypedDocument<InviteToGroupMutation, InviteToGroupMutationVariables> = /* @__PURE__ */ text("mutation InviteToGroup($conversationId:ID!$userIds:[ID!]!){inviteToGroup(conversationId:$conversationId userIds:$userIds){...Conversation}}", ConversationText, ConversationHeadText, UserText, MessageText, ContentText, FileText, QuoteText);
export const JoinGroupDocument: TypedDocument<JoinGroupMutation, JoinGroupMutationVariables> = /* @__PURE__ */ text("mutation JoinGroup($inviteCode:String!$message:String$clientId:UUID){joinGroup(inviteCode:$inviteCode message:$message clientId:$clientId){...JoinRequest}}", JoinRequestText, UserText);
export const WithdrawJoinRequestDocument: TypedDocument<WithdrawJoinRequestMutation, WithdrawJoinRequestMutationVariables> = /* @__PURE__ */ text("mutation WithdrawJoinRequest($id:ID!){withdrawJoinRequest(id:$id){...JoinRequest}}", JoinRequestText, UserText);
export const AnswerJoinRequestDocument: TypedDocument<AnswerJoinRequestMutation, AnswerJoinRequestMutationVariables> = /* @__PURE__ */ text("mutation AnswerJoinRequest($id:ID!$accept:Boolean!){answerJoinRequest(id:$id accept:$accept){...JoinRequest}}", JoinRequestText, UserText);
export const UpdateGroupDocument: TypedDocument<UpdateGroupMutation, UpdateGroupMutationVariables> = /* @__PURE__ */ text("mutation UpdateGroup($input:UpdateGroupInput!){updateGroup(input:$input){...Conversation group{...Group}}}", ConversationText, ConversationHeadText, UserText, MessageText, ContentText, FileText, QuoteText, GroupText, MemberText);
export const UpdateMemberDocument: TypedDocument<UpdateMemberMutation, UpdateMemberMutationVariables> = /* @__PURE__ */ text("mutation UpdateMember($memberId:ID!$role:MemberRole$nickname:String$mutedUntil:DateTime){updateMember(memberId:$memberId role:$role nickname:$nickname mutedUntil:$mutedUntil){...Member}}", MemberText, UserText);
export const RemoveMemberDocument: TypedDocument<RemoveMemberMutation, RemoveMemberMutationVariables> = /* @__PURE__ */ text("mutation RemoveMember($memberId:ID!){removeMember(memberId:$memberId){...Conversation}}", ConversationText, ConversationHeadText, UserText, MessageText, ContentText, FileText, QuoteText);
export const LeaveGroupDocument: TypedDocument<LeaveGroupMutation, LeaveGroupMutationVariables> = /* @__PURE__ */ text("mutation LeaveGroup($conversationId:ID!){leaveGroup(conversationId:$conversationId)}");
export const DissolveGroupDocument: TypedDocument<DissolveGroupMutation, DissolveGroupMutationVariables> = /* @__PURE__ */ text("mutation DissolveGroup($conversationId:ID!){dissolveGroup(conversationId:$conversationId)}");
export const UpdateConversationDocument: TypedDocument<UpdateConversationMutation, UpdateConversationMutationVariables> = /* @__PURE__ */ text("mutation UpdateConversation($conversationId:ID!$isArchived:Boolean$isMuted:Boolean){updateConversation(conversationId:$conversationId isArchived:$isArchived isMuted:$isMuted){...Conversation}}", ConversationText, ConversationHeadText, UserText, MessageText, ContentText, FileText, QuoteText);
export const MeDocument: TypedDocument<MeQuery, MeQueryVariables> = /* @__PURE__ */ text("query Me{viewer{__typename id user{...User}}}", UserText);
export const PinnedMessagesDocument: TypedDocument<PinnedMessagesQuery, PinnedMessagesQueryVariables> = /* @__PURE__ */ text("query PinnedMessages($conversationId:ID!){conversation(id:$conversationId){__typename id pinnedMessages{...Message}}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const ConversationAttachmentsDocument: TypedDocument<ConversationAttachmentsQuery, ConversationAttachmentsQueryVariables> = /* @__PURE__ */ text("query ConversationAttachments($conversationId:ID!$kind:UploadKind$first:Int$after:String){conversation(id:$conversationId){__typename id attachments(kind:$kind first:$first after:$after){edges{node{...Message}}pageInfo{hasNextPage endCursor}}}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const SearchMessagesDocument: TypedDocument<SearchMessagesQuery, SearchMessagesQueryVariables> = /* @__PURE__ */ text("query SearchMessages($keyword:String!$conversationId:ID$first:Int$after:String){searchMessages(keyword:$keyword conversationId:$conversationId first:$first after:$after){edges{node{...Message conversation{...ConversationHead}}}pageInfo{hasNextPage endCursor}}}", MessageText, UserText, ContentText, FileText, QuoteText, ConversationHeadText);
export const ReactorsDocument: TypedDocument<ReactorsQuery, ReactorsQueryVariables> = /* @__PURE__ */ text("query Reactors($messageId:ID!$first:Int){node(id:$messageId){__typename ...on Message{id reactions{emoji users(first:$first){...User}}}}}", UserText);
export const PinMessageDocument: TypedDocument<PinMessageMutation, PinMessageMutationVariables> = /* @__PURE__ */ text("mutation PinMessage($messageId:ID!){pinMessage(messageId:$messageId){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const UnpinMessageDocument: TypedDocument<UnpinMessageMutation, UnpinMessageMutationVariables> = /* @__PURE__ */ text("mutation UnpinMessage($messageId:ID!){unpinMessage(messageId:$messageId){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const LimitsDocument: TypedDocument<LimitsQuery, LimitsQueryVariables> = /* @__PURE__ */ text("query Limits{serverInfo{version features limits{name value}}}");
export const SendMessageDocument: TypedDocument<SendMessageMutation, SendMessageMutationVariables> = /* @__PURE__ */ text("mutation SendMessage($input:SendMessageInput!){sendMessage(input:$input){...Message conversation{...Conversation}}}", MessageText, UserText, ContentText, FileText, QuoteText, ConversationText, ConversationHeadText);
export const ContactsDocument: TypedDocument<ContactsQuery, ContactsQueryVariables> = /* @__PURE__ */ text("query Contacts($kind:ContactKind!$first:Int$after:String){contacts(kind:$kind first:$first after:$after){edges{node{...Contact}}pageInfo{hasNextPage endCursor}}}", ContactText, UserText, RelationshipText, FriendRequestText);
export const FriendRequestsDocument: TypedDocument<FriendRequestsQuery, FriendRequestsQueryVariables> = /* @__PURE__ */ text("query FriendRequests($direction:FriendRequestDirection!$first:Int$after:String){friendRequests(direction:$direction first:$first after:$after){edges{node{...FriendRequest}}pageInfo{hasNextPage endCursor}}}", FriendRequestText, UserText);
export const SearchUsersDocument: TypedDocument<SearchUsersQuery, SearchUsersQueryVariables> = /* @__PURE__ */ text("query SearchUsers($keyword:String!$first:Int$after:String){searchUsers(keyword:$keyword first:$first after:$after){edges{node{...Contact}}pageInfo{hasNextPage endCursor}}}", ContactText, UserText, RelationshipText, FriendRequestText);
export const UserInfoDocument: TypedDocument<UserInfoQuery, UserInfoQueryVariables> = /* @__PURE__ */ text("query UserInfo($uuid:UUID!){userInfo(uuid:$uuid){...UserDetails}}", UserDetailsText, UserText, RelationshipText, FriendRequestText);
export const UserCardDocument: TypedDocument<UserCardQuery, UserCardQueryVariables> = /* @__PURE__ */ text("query UserCard($id:ID!){node(id:$id){...UserDetails}}", UserDetailsText, UserText, RelationshipText, FriendRequestText);
export const UserQrCodeDocument: TypedDocument<UserQrCodeQuery, UserQrCodeQueryVariables> = /* @__PURE__ */ text("query UserQrCode($uuid:UUID!){userInfo(uuid:$uuid){__typename id qrCode}}");
export const SendFriendRequestDocument: TypedDocument<SendFriendRequestMutation, SendFriendRequestMutationVariables> = /* @__PURE__ */ text("mutation SendFriendRequest($userId:ID!$message:String$clientId:UUID){sendFriendRequest(userId:$userId message:$message clientId:$clientId){...FriendRequest}}", FriendRequestText, UserText);
export const AnswerFriendRequestDocument: TypedDocument<AnswerFriendRequestMutation, AnswerFriendRequestMutationVariables> = /* @__PURE__ */ text("mutation AnswerFriendRequest($id:ID!$answer:FriendRequestAnswer!$remark:String){answerFriendRequest(id:$id answer:$answer remark:$remark){...FriendRequest}}", FriendRequestText, UserText);
export const RemoveFriendDocument: TypedDocument<RemoveFriendMutation, RemoveFriendMutationVariables> = /* @__PURE__ */ text("mutation RemoveFriend($userId:ID!){removeFriend(userId:$userId){...Contact}}", ContactText, UserText, RelationshipText, FriendRequestText);
export const UpdateFriendDocument: TypedDocument<UpdateFriendMutation, UpdateFriendMutationVariables> = /* @__PURE__ */ text("mutation UpdateFriend($input:UpdateFriendInput!){updateFriend(input:$input){...Contact}}", ContactText, UserText, RelationshipText, FriendRequestText);
export const BlockUserDocument: TypedDocument<BlockUserMutation, BlockUserMutationVariables> = /* @__PURE__ */ text("mutation BlockUser($userId:ID!){blockUser(userId:$userId){...Contact}}", ContactText, UserText, RelationshipText, FriendRequestText);
export const UnblockUserDocument: TypedDocument<UnblockUserMutation, UnblockUserMutationVariables> = /* @__PURE__ */ text("mutation UnblockUser($userId:ID!){unblockUser(userId:$userId){...Contact}}", ContactText, UserText, RelationshipText, FriendRequestText);
export const FollowDocument: TypedDocument<FollowMutation, FollowMutationVariables> = /* @__PURE__ */ text("mutation Follow($userId:ID!){follow(userId:$userId){...Contact}}", ContactText, UserText, RelationshipText, FriendRequestText);
export const UnfollowDocument: TypedDocument<UnfollowMutation, UnfollowMutationVariables> = /* @__PURE__ */ text("mutation Unfollow($userId:ID!){unfollow(userId:$userId){...Contact}}", ContactText, UserText, RelationshipText, FriendRequestText);
export const PresenceDocument: TypedDocument<PresenceSubscription, PresenceSubscriptionVariables> = /* @__PURE__ */ text("subscription Presence($userIds:[ID!]!){presence(userIds:$userIds){__typename id presence lastSeenAt}}");
export const TypingDocument: TypedDocument<TypingSubscription, TypingSubscriptionVariables> = /* @__PURE__ */ text("subscription Typing($conversationId:ID!){typing(conversationId:$conversationId){conversation{__typename id}user{...User}}}", UserText);
export const LoginDocument: TypedDocument<LoginMutation, LoginMutationVariables> = /* @__PURE__ */ text("mutation Login($input:LoginInput!){login(input:$input){...Auth}}", AuthText, UserText);
export const RegisterDocument: TypedDocument<RegisterMutation, RegisterMutationVariables> = /* @__PURE__ */ text("mutation Register($input:RegisterInput!){register(input:$input){...Auth}}", AuthText, UserText);
export const RegisterVisitorDocument: TypedDocument<RegisterVisitorMutation, RegisterVisitorMutationVariables> = /* @__PURE__ */ text("mutation RegisterVisitor($input:RegisterVisitorInput!){registerVisitor(input:$input){...Auth}}", AuthText, UserText);
export const IdentifyDocument: TypedDocument<IdentifyMutation, IdentifyMutationVariables> = /* @__PURE__ */ text("mutation Identify($input:IdentifyInput!){identify(input:$input){...Auth}}", AuthText, UserText);
export const RefreshSessionDocument: TypedDocument<RefreshSessionMutation, RefreshSessionMutationVariables> = /* @__PURE__ */ text("mutation RefreshSession($refreshToken:String!){refreshSession(refreshToken:$refreshToken){token refreshToken}}");
export const LogoutDocument: TypedDocument<LogoutMutation, LogoutMutationVariables> = /* @__PURE__ */ text("mutation Logout($sessionId:ID){logout(sessionId:$sessionId)}");
export const ChangePasswordDocument: TypedDocument<ChangePasswordMutation, ChangePasswordMutationVariables> = /* @__PURE__ */ text("mutation ChangePassword($oldPassword:String!$newPassword:String!){changePassword(oldPassword:$oldPassword newPassword:$newPassword)}");
export const ViewerDocument: TypedDocument<ViewerQuery, ViewerQueryVariables> = /* @__PURE__ */ text("query Viewer{viewer{...Viewer user{...UserDetails}}}", ViewerText, UserText, UserDetailsText, RelationshipText, FriendRequestText);
export const SessionsDocument: TypedDocument<SessionsQuery, SessionsQueryVariables> = /* @__PURE__ */ text("query Sessions{viewer{__typename id sessions{...Session}}}", SessionText);
export const UpdateProfileDocument: TypedDocument<UpdateProfileMutation, UpdateProfileMutationVariables> = /* @__PURE__ */ text("mutation UpdateProfile($input:UpdateProfileInput!){updateProfile(input:$input){...UserDetails}}", UserDetailsText, UserText, RelationshipText, FriendRequestText);
export const UpdateChatsetDocument: TypedDocument<UpdateChatsetMutation, UpdateChatsetMutationVariables> = /* @__PURE__ */ text("mutation UpdateChatset($input:ChatsetInput!){updateChatset(input:$input){...UserDetails}}", UserDetailsText, UserText, RelationshipText, FriendRequestText);
export const UpdateSettingsDocument: TypedDocument<UpdateSettingsMutation, UpdateSettingsMutationVariables> = /* @__PURE__ */ text("mutation UpdateSettings($acceptsFriendsAtOnce:Boolean){updateSettings(acceptsFriendsAtOnce:$acceptsFriendsAtOnce){...Viewer}}", ViewerText, UserText);
export const StartDocument: TypedDocument<StartQuery, StartQueryVariables> = /* @__PURE__ */ text("query Start($first:Int$after:String$archived:Boolean){viewer{...Viewer cursor}conversations(first:$first after:$after archived:$archived){edges{cursor node{...Conversation}}pageInfo{hasNextPage endCursor}}}", ViewerText, UserText, ConversationText, ConversationHeadText, MessageText, ContentText, FileText, QuoteText);
export const MessagesDocument: TypedDocument<MessagesQuery, MessagesQueryVariables> = /* @__PURE__ */ text("query Messages($conversationId:ID!$first:Int$after:String$last:Int$before:String){conversation(id:$conversationId){...Conversation messages(first:$first after:$after last:$last before:$before){...MessagePage}}}", ConversationText, ConversationHeadText, UserText, MessageText, ContentText, FileText, QuoteText, MessagePageText);
export const MessagesAroundDocument: TypedDocument<MessagesAroundQuery, MessagesAroundQueryVariables> = /* @__PURE__ */ text("query MessagesAround($conversationId:ID!$messageId:ID!$place:String!$count:Int!){node(id:$messageId){__typename ...Message}conversation(id:$conversationId){__typename id older:messages(last:$count before:$place){...MessagePage}newer:messages(first:$count after:$place){...MessagePage}}}", MessageText, UserText, ContentText, FileText, QuoteText, MessagePageText);
export const DirectConversationDocument: TypedDocument<DirectConversationQuery, DirectConversationQueryVariables> = /* @__PURE__ */ text("query DirectConversation($userId:ID!){node(id:$userId){__typename ...on User{...User relationship{__typename id conversation{...Conversation}}}}}", UserText, ConversationText, ConversationHeadText, MessageText, ContentText, FileText, QuoteText);
export const EditMessageDocument: TypedDocument<EditMessageMutation, EditMessageMutationVariables> = /* @__PURE__ */ text("mutation EditMessage($id:ID!$content:EditedContentInput!){editMessage(id:$id content:$content){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const RecallMessageDocument: TypedDocument<RecallMessageMutation, RecallMessageMutationVariables> = /* @__PURE__ */ text("mutation RecallMessage($id:ID!){recallMessage(id:$id){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const ReactDocument: TypedDocument<ReactMutation, ReactMutationVariables> = /* @__PURE__ */ text("mutation React($messageId:ID!$emoji:String!){react(messageId:$messageId emoji:$emoji){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const UnreactDocument: TypedDocument<UnreactMutation, UnreactMutationVariables> = /* @__PURE__ */ text("mutation Unreact($messageId:ID!$emoji:String!){unreact(messageId:$messageId emoji:$emoji){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const MarkReadDocument: TypedDocument<MarkReadMutation, MarkReadMutationVariables> = /* @__PURE__ */ text("mutation MarkRead($conversationId:ID!$seq:Int!){markRead(conversationId:$conversationId seq:$seq){...ConversationHead}}", ConversationHeadText, UserText);
export const SetTypingDocument: TypedDocument<SetTypingMutation, SetTypingMutationVariables> = /* @__PURE__ */ text("mutation SetTyping($conversationId:ID!){setTyping(conversationId:$conversationId)}");
export const MessageStreamDocument: TypedDocument<MessageStreamSubscription, MessageStreamSubscriptionVariables> = /* @__PURE__ */ text("subscription MessageStream($conversationId:ID!$afterRev:Int){messages(conversationId:$conversationId afterRev:$afterRev){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const CreateUploadDocument: TypedDocument<CreateUploadMutation, CreateUploadMutationVariables> = /* @__PURE__ */ text("mutation CreateUpload($input:CreateUploadInput!){createUpload(input:$input){...Upload}}", UploadText, FileText);
export const CancelUploadDocument: TypedDocument<CancelUploadMutation, CancelUploadMutationVariables> = /* @__PURE__ */ text("mutation CancelUpload($id:ID!){cancelUpload(id:$id)}");
export const ReadUploadDocument: TypedDocument<ReadUploadQuery, ReadUploadQueryVariables> = /* @__PURE__ */ text("query ReadUpload($id:ID!){node(id:$id){__typename ...Upload}}", UploadText, FileText);
export const ReadMessageDocument: TypedDocument<ReadMessageQuery, ReadMessageQueryVariables> = /* @__PURE__ */ text("query ReadMessage($id:ID!){node(id:$id){__typename ...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);