import type { Config } from './config.ts';
import { deviceNameLimit } from './features/auth/auth.service.ts';
import { requestTextLimit } from './features/contacts/repetition.policy.ts';
import { attachmentLimits } from './features/contents/attachments.service.ts';
import { customLimits } from './features/contents/custom.service.ts';
import { placeNameLimit } from './features/contents/location.service.ts';
import { textLimit } from './features/contents/text.service.ts';
import { durationLimit } from './features/files/upload-input.policy.ts';
import { announcementLimit, portionLimit } from './features/groups/group.policy.ts';
import { traitLimits } from './features/identity/traits.policy.ts';
import { mentionLimit } from './features/messages/mention.policy.ts';
import { moderationLimits } from './features/moderation/moderation.service.ts';
import { pinLimit } from './features/pins/pin.service.ts';
import { claimLimit, providersMost } from './features/providers/provider.policy.ts';
import { reactionLimits } from './features/reactions/reaction.policy.ts';
import { keywordLimit } from './features/search/keyword.policy.ts';
import { keysListed } from './features/server-keys/server-key.service.ts';
import { profileLimits } from './features/users/user-input.policy.ts';
import { longestEcho } from './kernel/errors.ts';
import { fileNameLimit } from './kernel/file-names.ts';
import type { Limit } from './kernel/limit.ts';
import { marksInARow, nameLimit } from './kernel/names.ts';
import { pageLimit } from './kernel/page.ts';
import { passwordLimits } from './kernel/passwords.ts';
import { buckets, type Rates, ratesOf } from './kernel/rates.ts';
import { urlLimit } from './kernel/urls.ts';
import { usernameLimits } from './kernel/usernames.ts';
import { externalIdLimit, graceSeconds, longestAhead, proofLimit } from './platform/identity-proof.ts';
import { pause } from './platform/rate-limit.ts';
import { mostWritten } from './server/engine/counts.ts';
import { nesting } from './server/engine/limits.ts';
import { longestId } from './server/socket/messages.ts';

type Numbers = Readonly<Record<string, number>>;

/** What nobody configures. */
const fixed: Numbers = {
  textCharacters: textLimit,
  messageFiles: attachmentLimits.files,
  captionCharacters: attachmentLimits.caption,
  customTypeCharacters: customLimits.type,
  customDataBytes: customLimits.dataBytes,
  placeNameCharacters: placeNameLimit,
  nameCharacters: nameLimit,
  nameMarks: marksInARow,
  deviceCharacters: deviceNameLimit,
  usernameLeastCharacters: usernameLimits.least,
  usernameCharacters: usernameLimits.most,
  passwordLeastCharacters: passwordLimits.least,
  passwordCharacters: passwordLimits.most,
  bioCharacters: profileLimits.bio,
  locationCharacters: profileLimits.location,
  urlCharacters: urlLimit,
  fileNameCharacters: fileNameLimit,
  recordingSeconds: durationLimit,
  announcementCharacters: announcementLimit,
  requestTextCharacters: requestTextLimit,
  keywordCharacters: keywordLimit,
  adminKeywordCharacters: moderationLimits.keyword,
  adminReasonCharacters: moderationLimits.reason,
  providers: providersMost,
  providerClaimCharacters: claimLimit,
  proofCharacters: proofLimit - 1,
  externalIdCharacters: externalIdLimit,
  secretProofSeconds: longestAhead.SECRET,
  publicKeyProofSeconds: longestAhead.JWKS,
  proofGraceSeconds: graceSeconds,
  traits: traitLimits.traits,
  traitKeyCharacters: traitLimits.key,
  traitValueCharacters: traitLimits.value,
  messageMentions: mentionLimit,
  messageReactions: reactionLimits.perMessage,
  personReactions: reactionLimits.perPerson,
  reactionBytes: reactionLimits.bytes,
  pinnedMessages: pinLimit,
  invitedPeople: portionLimit,
  serverKeys: keysListed,
  watchedPeople: pageLimit.most,
  pageItems: pageLimit.most,
  usualPageItems: pageLimit.default,
  documentBrackets: nesting,
  documentNameCharacters: longestEcho,
  documentWrittenFields: mostWritten,
  operationIdCharacters: longestId,
  wrongPauseSeconds: pause.first,
  longestWrongPauseSeconds: pause.longest,
};

/** Every number that a client can run into, as this server is configured: the one place where they come together. */
export function limitsOf(config: Config): readonly Limit[] {
  const numbers = { ...fixed, ...configured(config), ...(config.rates && ratesFor(config.rates)) };
  return Object.entries(numbers).map(([name, value]) => ({ name, value }));
}

function configured(config: Config): Numbers {
  const { sessions, tokens, log, sameRequestsADay, files } = config;
  // How long others wait is nobody's limit.
  const { runMilliseconds: _, ...documents } = config.documents;
  return {
    ...documents,
    requestBytes: config.http.bodyBytes,
    unreadBytes: config.unreadBytes,
    answerStallSeconds: config.http.stallMs / 1000,
    fileStallSeconds: config.transfers.fileStallMs / 1000,
    uploadStallSeconds: config.transfers.uploadStallMs / 1000,
    runningUploads: config.transfers.uploadsAtOnce,
    ...Object.fromEntries(Object.entries(config.socket).map(([name, value]) => socketLimit(name, value))),
    tokenSeconds: tokens.ttlSeconds,
    refreshTokenSeconds: sessions.refreshTtlMs / 1000,
    refreshReuseSeconds: sessions.refreshReuseMs / 1000,
    passwordResetSeconds: config.passwords.resetMs / 1000,
    userSessions: sessions.mostOfUser,
    visitorSessions: sessions.mostOfVisitor,
    idleVisitorSeconds: config.cleaning.visitorsMs / 1000,
    typingSeconds: config.typingMs / 1000,
    recallSeconds: config.recallMs / 1000,
    editSeconds: config.editMs / 1000,
    friendRefusalSeconds: config.friendRefusalMs / 1000,
    ...(sameRequestsADay === null ? {} : { sameRequestsPerDay: sameRequestsADay }),
    imageFileBytes: files.bytes.IMAGE,
    audioFileBytes: files.bytes.AUDIO,
    videoFileBytes: files.bytes.VIDEO,
    otherFileBytes: files.bytes.FILE,
    userFilesBytes: files.bytesOfUser,
    visitorFilesBytes: files.bytesOfVisitor,
    openUploads: files.openUploads,
    unusedUploadSeconds: files.keepMs / 1000,
    picturePixels: config.pictures.pixels,
    pictureFrames: config.pictures.frames,
    pictureFramesPixels: config.pictures.pixelsOfFrames,
    groupMembers: config.groupMembers,
    groupAdmins: config.groupAdmins,
    groupRequests: config.groupRequests,
    replayEvents: log.replayLimit,
    replaySeconds: log.replayMs / 1000,
  };
}

/** The names of numbers of sockets that would not end with their unit. */
const socketNames: Readonly<Record<string, string>> = {
  mostOfUser: 'userSockets',
  mostOfVisitor: 'visitorSockets',
  mostOfAddress: 'addressSockets',
  mostWithoutSession: 'unknownSockets',
};

function socketLimit(name: string, value: number): readonly [string, number] {
  const whole = socketNames[name] ?? `socket${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return whole.endsWith('Ms') ? [`${whole.slice(0, -2)}Seconds`, value / 1000] : [whole, value];
}

/** Many of what is counted. */
const plurals: Readonly<Record<string, string>> = {
  send: 'sends',
  unansweredSend: 'unansweredSends',
  notice: 'notices',
  register: 'registrations',
  registerVisitor: 'visitorRegistrations',
  wrongLogin: 'wrongLogins',
  wrongPassword: 'wrongPasswords',
  refresh: 'refreshes',
  identify: 'identifications',
  friendRequest: 'friendRequests',
  joinGroup: 'groupJoins',
  createGroup: 'newGroups',
  upload: 'uploads',
  invite: 'invites',
  search: 'searches',
  file: 'fileRequests',
  edit: 'edits',
  mutation: 'mutations',
  socket: 'sockets',
  frame: 'frames',
  operation: 'operations',
};

const usual = ratesOf('', () => {});

/** Rates, each as so many in the time in which its bucket is usually counted, so that the names are the same everywhere; and the bursts. */
function ratesFor(rates: Rates): Numbers {
  const numbers = buckets.flatMap((bucket): (readonly [string, number])[] => {
    const { points, seconds, burst } = rates[bucket];
    const [what = bucket, who = ''] = bucket.split(/(?=Of[A-Z])/);
    const time = usual[bucket].seconds;
    const rate = [`${plurals[what] ?? what}${who}Per${nameOfTime(time)}`, (points * time) / seconds] as const;
    return burst > 0 || usual[bucket].burst > 0 ? [rate, [`${bucket}Burst`, burst]] : [rate];
  });
  return Object.fromEntries(numbers);
}

const times = { Day: 86_400, Hour: 3600, Minute: 60, Second: 1 } as const;

function nameOfTime(seconds: number): string {
  for (const [name, length] of Object.entries(times)) if (seconds % length === 0) return seconds === length ? name : `${seconds / length}${name}s`;
  throw new TypeError('rates are counted in whole seconds');
}
