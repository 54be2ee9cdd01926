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

/** Whether somebody is there. */
export type PresenceStatus =
  /** No socket is open. */
  | 'OFFLINE'
  /** At least one socket is open. */
  | 'ONLINE';

/** How proofs of a provider are judged. */
export type ProviderKind =
  /** RS256, ES256 or EdDSA, by keys that an identity provider publishes. */
  | 'JWKS'
  /** HS256, by a secret that the operator’s server shares with this one. */
  | 'SECRET';

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

/** What one of the operator's servers may do with its key. */
export type ServerRight =
  /** Act as a person, with the header Parley-Act-As. Likewise. */
  | 'ACT'
  /** All of these, and those of them that reach an AGENT. */
  | 'ALL'
  /** Send notices. */
  | 'NOTICES'
  /** Read what admins read of people. */
  | 'READ'
  /** Begin and end sessions of people. Never of an ADMIN, and of an AGENT only with ALL. */
  | 'SESSIONS'
  /** Make, change, find, enable and disable people of its providers, and let two of them write to each other. Never an ADMIN. */
  | 'USERS';

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
