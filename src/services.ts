import type { Config } from './config.ts';
import { type AuthService, createAuthService } from './features/auth/auth.service.ts';
import { createSessionService, type SessionService } from './features/auth/session.service.ts';
import { type CleaningService, createCleaningService } from './features/cleaning/cleaning.service.ts';
import { type ContactService, createContactService } from './features/contacts/contact.service.ts';
import { createPermissionService, type PermissionService } from './features/contacts/permission.service.ts';
import { type ConversationService, createConversationService } from './features/conversations/conversation.service.ts';
import { type ConversationSettingsService, createConversationSettingsService } from './features/conversations/settings.service.ts';
import { createEventService, type EventService } from './features/events/event.service.ts';
import { createFriendService, type FriendService } from './features/friends/friend.service.ts';
import { createFriendRequestService, type FriendRequestService } from './features/friends/friend-request.service.ts';
import { createGroupService, type GroupService } from './features/groups/group.service.ts';
import { createJoinService, type JoinService } from './features/groups/join.service.ts';
import { createMemberService, type MemberService } from './features/groups/member.service.ts';
import { createOwnerJobService, type OwnerJobService } from './features/groups/owner-job.service.ts';
import { createClockService } from './features/log/clock.service.ts';
import { createLogService, type LogService, type LogWriter } from './features/log/log.service.ts';
import { createIndexJob, type IndexJob } from './features/message-index/index-job.service.ts';
import { createEditService, type EditService } from './features/messages/edit.service.ts';
import { createMessageService, type MessageService } from './features/messages/message.service.ts';
import { createModerationService, type ModerationRecord, type ModerationService } from './features/moderation/moderation.service.ts';
import { createPinService, type PinService } from './features/pins/pin.service.ts';
import { createPresenceService, type PresenceService } from './features/presence/presence.service.ts';
import { createPresenceWatch, type PresenceWatch } from './features/presence/watch.service.ts';
import { createReactionService, type ReactionService } from './features/reactions/reaction.service.ts';
import { createMessageSearch, type MessageSearch } from './features/search/message-search.service.ts';
import { createUserSearch, type UserSearch } from './features/search/user-search.service.ts';
import { createTypingService, type TypingService } from './features/typing/typing.service.ts';
import { createMadeService } from './features/users/made.service.ts';
import { createProfileJobService, type ProfileJobService } from './features/users/profile-job.service.ts';
import { createUserService, type UserService } from './features/users/user.service.ts';
import type { Bus } from './platform/bus.ts';
import type { Database } from './platform/database.ts';
import type { Fingerprints } from './platform/fingerprints.ts';
import type { Keys } from './platform/keys.ts';
import { createPasswords, type PasswordCost } from './platform/passwords.ts';
import type { PresenceStore } from './platform/presence-store.ts';
import type { RateLimiter } from './platform/rate-limit.ts';
import type { SessionCache } from './platform/session-cache.ts';
import { createTokens } from './platform/tokens.ts';

/** What the services stand on; all of it is made by the composition root. */
export interface Parts {
  readonly config: Config;
  readonly database: Database;
  readonly bus: Bus;
  readonly keys: Keys;
  /** Keyed by a secret of the database. */
  readonly fingerprints: Fingerprints;
  readonly sessionCache: SessionCache;
  readonly presenceStore: PresenceStore;
  readonly limiter: RateLimiter;
  /** Of the package, for `serverInfo`. */
  readonly version: string;
  /** Told of faults of the background work, which goes on all the same. */
  readonly onFault: (error: unknown) => void;
  /** Told of what admins change. */
  readonly onModeration: (record: ModerationRecord) => void;
  /** What hashing a password costs; without it, what `createPasswords` takes for good. */
  readonly passwordCost: PasswordCost | undefined;
}

/** Everything that the server can do, without GraphQL. */
export interface Services {
  readonly version: string;
  readonly log: LogService;
  readonly users: UserService;
  readonly profileJobs: ProfileJobService;
  readonly ownerJobs: OwnerJobService;
  readonly sessions: SessionService;
  readonly auth: AuthService;
  readonly contacts: ContactService;
  readonly permissions: PermissionService;
  readonly conversations: ConversationService;
  readonly conversationSettings: ConversationSettingsService;
  readonly messages: MessageService;
  readonly edits: EditService;
  readonly reactions: ReactionService;
  readonly pins: PinService;
  readonly typing: TypingService;
  readonly userSearch: UserSearch;
  readonly messageSearch: MessageSearch;
  readonly indexJob: IndexJob;
  readonly friends: FriendService;
  readonly friendRequests: FriendRequestService;
  readonly groups: GroupService;
  readonly members: MemberService;
  readonly joins: JoinService;
  readonly events: EventService;
  readonly moderation: ModerationService;
  readonly presence: PresenceService;
  readonly presenceWatch: PresenceWatch;
  readonly cleaning: CleaningService;
}

/** Makes the services in the order in which they need each other. Nothing runs by itself before the jobs are started. */
export function createServices(parts: Parts): Services {
  const { config, database, bus, keys, fingerprints, sessionCache, presenceStore, limiter, version, onFault, onModeration, passwordCost } = parts;
  const log = createLogService(database, bus);
  const profileJobs = createProfileJobService(database, log, config.profileRestMs, onFault);
  const users = createUserService({ log, profileJobs, defaultChatset: config.defaultChatset });
  const sessions = createSessionService({ config, database, bus, log, cache: sessionCache, tokens: createTokens(keys), limiter });
  const passwords = createPasswords(config.passwords.atOnce, passwordCost);
  const ownerJobs = createOwnerJobService(database, log, onFault);
  const onAccount = async (writer: LogWriter, userId: number) => {
    await profileJobs.add(writer, userId);
    await ownerJobs.add(writer, userId);
  };
  const auth = createAuthService({ config, database, keys, passwords, sessions, limiter, onRegistered: onAccount });
  const contacts = createContactService(log, bus);
  const permissions = createPermissionService(config.defaultChatset);
  const conversations = createConversationService(log, permissions);
  const conversationSettings = createConversationSettingsService(log);
  const messages = createMessageService({
    log,
    permissions,
    recallMs: config.recallMs,
    databaseMs: config.database.timeoutMs,
    fingerprints,
  });
  const edits = createEditService(log, permissions, fingerprints, config.editMs);
  const reactions = createReactionService(log, permissions);
  const pins = createPinService(log, permissions);
  const made = createMadeService(fingerprints);
  const groups = createGroupService({ log, bus, permissions, made, memberLimit: config.groupMembers });
  const members = createMemberService(log);
  const joins = createJoinService({
    log,
    permissions,
    ownerJobs,
    made,
    memberLimit: config.groupMembers,
    waitLimit: config.groupRequests,
    aDay: config.sameRequestsADay,
  });
  const friends = createFriendService(log, bus);
  const friendRequests = createFriendRequestService({
    log,
    friends,
    permissions,
    made,
    limits: { refusalMs: config.friendRefusalMs, aDay: config.sameRequestsADay },
  });
  const typing = createTypingService({ database, bus, permissions, typingMs: config.typingMs });
  const indexJob = createIndexJob({ database, log, clock: createClockService(database, config.log), onFault });
  const events = createEventService({ database, bus, keys, onFault, options: config.log });
  const moderation = createModerationService({ sessions, onChanged: onAccount, onRecord: onModeration });
  const presence = createPresenceService({ config: config.presence, database, bus, store: presenceStore, onFault });
  const presenceWatch = createPresenceWatch(config.presence, bus, presence);
  return {
    version,
    log,
    users,
    profileJobs,
    ownerJobs,
    sessions,
    auth,
    contacts,
    permissions,
    conversations,
    conversationSettings,
    messages,
    edits,
    reactions,
    pins,
    typing,
    userSearch: createUserSearch(),
    messageSearch: createMessageSearch(indexJob.due),
    indexJob,
    friends,
    friendRequests,
    groups,
    members,
    joins,
    events,
    moderation,
    presence,
    presenceWatch,
    cleaning: createCleaningService(database, log, config.cleaning, onFault),
  };
}
