import type { Config } from './config.ts';
import { type AuditService, createAuditService } from './features/audit/audit.service.ts';
import { type AuthService, createAuthService } from './features/auth/auth.service.ts';
import { createSessionService, type SessionService } from './features/auth/session.service.ts';
import { type CleaningService, createCleaningService } from './features/cleaning/cleaning.service.ts';
import { type ContactService, createContactService } from './features/contacts/contact.service.ts';
import { createPermissionService, type PermissionService } from './features/contacts/permission.service.ts';
import { type ConversationService, createConversationService } from './features/conversations/conversation.service.ts';
import { createRollJob, type RollJob } from './features/conversations/roll-job.service.ts';
import { type ConversationSettingsService, createConversationSettingsService } from './features/conversations/settings.service.ts';
import { createEventService, type EventService } from './features/events/event.service.ts';
import { createFileService, type FileService } from './features/files/file.service.ts';
import { createFileCleaning, type FileCleaning } from './features/files/file-cleaning.service.ts';
import type { FileLinks } from './features/files/file-links.service.ts';
import { createFriendService, type FriendService } from './features/friends/friend.service.ts';
import { createFriendRequestService, type FriendRequestService } from './features/friends/friend-request.service.ts';
import { createGroupService, type GroupService } from './features/groups/group.service.ts';
import { createJoinService, type JoinService } from './features/groups/join.service.ts';
import { createMemberService, type MemberService } from './features/groups/member.service.ts';
import { createOwnerJobService, type OwnerJobService } from './features/groups/owner-job.service.ts';
import { type ActingService, createActingService } from './features/identity/acting.service.ts';
import { type Allowances, createAllowances } from './features/identity/allowances.service.ts';
import { createIdentityService, type IdentityService } from './features/identity/identity.service.ts';
import { createIssuedSessions, type IssuedSessions } from './features/identity/issued-sessions.service.ts';
import { findPerson } from './features/identity/person.service.ts';
import { createUpserts, type Upserts } from './features/identity/upsert.service.ts';
import { createClockService } from './features/log/clock.service.ts';
import { createLogService, type LogService, type LogWriter } from './features/log/log.service.ts';
import { createIndexJob, type IndexJob } from './features/message-index/index-job.service.ts';
import { createEditService, type EditService } from './features/messages/edit.service.ts';
import { createKnownMessages } from './features/messages/known-messages.service.ts';
import { createMessageService, type MessageService } from './features/messages/message.service.ts';
import { createRemainsService, type RemainsService } from './features/messages/remains.service.ts';
import { createModerationService, type ModerationRecord, type ModerationService } from './features/moderation/moderation.service.ts';
import { createPasswordResets, type PasswordResets } from './features/moderation/password-reset.service.ts';
import { createNoticeService, type NoticeService } from './features/notices/notice.service.ts';
import { createPinService, type PinService } from './features/pins/pin.service.ts';
import { createPresenceService, type PresenceService } from './features/presence/presence.service.ts';
import { createPresenceWatch, type PresenceWatch } from './features/presence/watch.service.ts';
import { createProviderService, type ProviderService } from './features/providers/provider.service.ts';
import { createReactionService, type ReactionService } from './features/reactions/reaction.service.ts';
import { createMessageSearch, type MessageSearch } from './features/search/message-search.service.ts';
import { createUserSearch, type UserSearch } from './features/search/user-search.service.ts';
import { createServerKeyService, type ServerKeyService } from './features/server-keys/server-key.service.ts';
import { createServerKeyCheck, type ServerKeyCheck } from './features/server-keys/server-key-check.service.ts';
import { createTypingService, type TypingService } from './features/typing/typing.service.ts';
import { createMadeService } from './features/users/made.service.ts';
import { createProfileJobService, type ProfileJobService } from './features/users/profile-job.service.ts';
import { createUserService, type UserService } from './features/users/user.service.ts';
import { createGate } from './kernel/gate.ts';
import type { Limit } from './kernel/limit.ts';
import type { Bus } from './platform/bus.ts';
import type { Database } from './platform/database.ts';
import type { FileLooker } from './platform/file-look.ts';
import type { FileScanner } from './platform/file-scan.ts';
import type { FileStore } from './platform/file-store.ts';
import type { Fingerprints } from './platform/fingerprints.ts';
import { createGuardedFetch } from './platform/guarded-fetch.ts';
import type { PasswordCost } from './platform/hash-threads.ts';
import type { KeyShelf } from './platform/key-shelf.ts';
import type { Keys } from './platform/keys.ts';
import type { Metrics } from './platform/metrics.ts';
import { createPasswords } from './platform/passwords.ts';
import type { PresenceStore } from './platform/presence-store.ts';
import { createProofsOfWork, type ProofCost } from './platform/proof-of-work.ts';
import { createPublicKeys, setLimits } from './platform/public-keys.ts';
import { createQrCodes, type QrCodes } from './platform/qr-code.ts';
import type { RateLimiter } from './platform/rate-limit.ts';
import type { SessionCache } from './platform/session-cache.ts';
import { createTokens } from './platform/tokens.ts';
import type { UsedProofs } from './platform/used-proofs.ts';

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
  readonly usedProofs: UsedProofs;
  readonly keyShelf: KeyShelf;
  readonly fileStore: FileStore;
  readonly fileLooker: FileLooker;
  readonly fileScanner: FileScanner;
  readonly fileLinks: FileLinks;
  readonly metrics: Metrics;
  /** Of the package, for `serverInfo`. */
  readonly version: string;
  /** What a client can run into, for `serverInfo`. */
  readonly limits: readonly Limit[];
  /** Told of faults of the background work, which goes on all the same. */
  readonly onFault: (error: unknown) => void;
  /** Told where the keys of a provider cannot be had. */
  readonly onMissingKeys: (url: string, error: unknown) => void;
  /** Told of a provider, by its key, whose secret cannot be opened. */
  readonly onLostSecret: (providerKey: string) => void;
  /** Told of what admins change. */
  readonly onModeration: (record: ModerationRecord) => void;
  /** What hashing a password costs; without it, what `createPasswords` takes for good. */
  readonly passwordCost: PasswordCost | undefined;
  /** What solving a proof of work costs; likewise. */
  readonly proofCost: ProofCost | undefined;
}

/** Everything that the server can do, without GraphQL. */
export interface Services {
  readonly version: string;
  readonly limits: readonly Limit[];
  /** What this server has beside what every one of its version has, for `serverInfo`. */
  readonly features: readonly string[];
  readonly log: LogService;
  readonly files: FileService;
  readonly fileLinks: FileLinks;
  readonly fileCleaning: FileCleaning;
  readonly remains: RemainsService;
  readonly users: UserService;
  readonly profileJobs: ProfileJobService;
  readonly ownerJobs: OwnerJobService;
  readonly audit: AuditService;
  readonly providers: ProviderService;
  readonly identity: IdentityService;
  readonly serverKeys: ServerKeyService;
  readonly serverKeyCheck: ServerKeyCheck;
  readonly upserts: Upserts;
  readonly issuedSessions: IssuedSessions;
  readonly allowances: Allowances;
  readonly acting: ActingService;
  readonly sessions: SessionService;
  readonly auth: AuthService;
  readonly contacts: ContactService;
  readonly permissions: PermissionService;
  readonly conversations: ConversationService;
  readonly conversationSettings: ConversationSettingsService;
  readonly rolls: RollJob;
  readonly messages: MessageService;
  readonly notices: NoticeService;
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
  readonly passwordResets: PasswordResets;
  readonly presence: PresenceService;
  readonly presenceWatch: PresenceWatch;
  readonly cleaning: CleaningService;
  readonly qrCodes: QrCodes;
}

/** Makes the services in the order in which they need each other. Nothing runs by itself before the jobs are started. */
export function createServices(parts: Parts): Services {
  const { config, database, bus, keys, fingerprints, sessionCache, presenceStore, limiter, metrics, version, limits, onFault, onModeration } = parts;
  const log = createLogService(database, bus);
  const { fileStore: store, fileLooker: looker, fileScanner: scanner, fileLinks } = parts;
  const files = createFileService({ database, log, store, looker, scanner, limits: config.files, onFault });
  const profileJobs = createProfileJobService(database, log, config.profileRestMs, onFault);
  const users = createUserService({ log, profileJobs, defaultChatset: config.defaultChatset });
  const audit = createAuditService({ log, limiter, onFault });
  const sessions = createSessionService({ config, database, bus, log, cache: sessionCache, tokens: createTokens(keys), limiter });
  const passwords = createPasswords(config.passwords.atOnce, parts.passwordCost);
  metrics.watch('queueLength', { queue: 'passwords' }, passwords.waiting);
  const proofs = createProofsOfWork(keys, parts.usedProofs, parts.proofCost);
  const ownerJobs = createOwnerJobService(database, log, onFault);
  /** What people may see of somebody's presence has changed: whoever watches it judges anew. */
  const tellPresence = (writer: LogWriter, userId: number) => writer.afterCommit(() => bus.publish(`presence:${userId}`, { kind: 'PRESENCE', userId }));
  const onAccount = async (writer: LogWriter, userId: number) => {
    tellPresence(writer, userId);
    await profileJobs.add(writer, userId);
    await ownerJobs.add(writer, userId);
  };
  const auth = createAuthService({ config, database, keys, passwords, sessions, audit, limiter, proofs, onRegistered: onAccount });
  const publicKeys = createPublicKeys({
    fetch: createGuardedFetch({ allowsPrivate: config.identity.allowsPrivate, ...setLimits }),
    shelf: parts.keyShelf,
    onFault: parts.onMissingKeys,
  });
  const providers = createProviderService({ settings: config.identity, database, log, audit, keys, publicKeys, onLostSecret: parts.onLostSecret });
  const contacts = createContactService(log, bus);
  const permissions = createPermissionService(config.defaultChatset);
  const clock = createClockService(database, config.log);
  const rolls = createRollJob({ database, clock, onFault, many: config.manyConversations });
  const conversations = createConversationService({ log, permissions, rolls, systemTitle: config.systemTitle });
  const conversationSettings = createConversationSettingsService(log);
  const known = createKnownMessages();
  const messages = createMessageService({
    log,
    known,
    permissions,
    recallMs: config.recallMs,
    databaseMs: config.database.timeoutMs,
    onFirst: tellPresence,
    fingerprints,
    limiter: config.rates && limiter,
    metrics,
  });
  const notices = createNoticeService({
    database,
    log,
    findExternal: (tx, external) => findPerson(tx, { external }),
    databaseMs: config.database.timeoutMs,
    fingerprints,
    limiter: config.rates && limiter,
    metrics,
  });
  const edits = createEditService(log, permissions, fingerprints, config.editMs);
  const reactions = createReactionService(log, permissions);
  const pins = createPinService(log, permissions);
  const made = createMadeService(fingerprints);
  const groups = createGroupService({ log, bus, permissions, made, memberLimit: config.groupMembers });
  const members = createMemberService(log, config.groupAdmins);
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
  const indexJob = createIndexJob({ database, log, clock, onFault });
  const events = createEventService({ database, bus, log, known, keys, onFault, options: config.log, metrics, rolls });
  const moderation = createModerationService({ sessions, audit, onChanged: onAccount, onRecord: onModeration });
  const passwordResets = createPasswordResets({ database, passwords, sessions, audit, goodForMs: config.passwords.resetMs });
  const presence = createPresenceService({ config: config.presence, database, bus, store: presenceStore, onFault });
  const presenceWatch = createPresenceWatch(config.presence, bus, presence);
  const searches = createGate(config.searchesAtOnce);
  return {
    version,
    limits,
    features: [...(looker.tools.ffmpeg ? ['ffmpeg'] : []), ...(looker.tools.ffprobe ? ['ffprobe'] : [])],
    log,
    files,
    fileLinks,
    fileCleaning: createFileCleaning({ database, store, everyMs: Math.min(config.cleaning.everyMs / 4, 60_000), onFault }),
    remains: createRemainsService(database, log, clock, onFault),
    users,
    profileJobs,
    ownerJobs,
    audit,
    providers,
    identity: createIdentityService({ database, keys, sessions, providers, limiter, onProfile: profileJobs.add, onRegistered: onAccount }),
    upserts: createUpserts({ database, sessions, audit, onProfile: profileJobs.add, onAccount }),
    issuedSessions: createIssuedSessions({ database, sessions, audit, longestMs: config.sessions.refreshTtlMs }),
    allowances: createAllowances(log, audit),
    serverKeys: createServerKeyService({ log, audit, keys }),
    acting: createActingService(database),
    serverKeyCheck: createServerKeyCheck({ database, keys, ofEnvironment: config.serverKey, onFault }),
    sessions,
    auth,
    contacts,
    permissions,
    conversations,
    conversationSettings,
    rolls,
    messages,
    notices,
    edits,
    reactions,
    pins,
    typing,
    userSearch: createUserSearch(searches),
    messageSearch: createMessageSearch(searches, indexJob.due),
    indexJob,
    friends,
    friendRequests,
    groups,
    members,
    joins,
    events,
    moderation,
    passwordResets,
    presence,
    presenceWatch,
    cleaning: createCleaningService({ database, log, permissions, config: config.cleaning, onFault }),
    qrCodes: createQrCodes(config.linkForm),
  };
}
