/** The languages in which Parley speaks to people. */
export type Locale = 'zh' | 'en';

/** One sentence in both languages. */
export type Sentence = Readonly<Record<Locale, string>>;

interface CatalogueEntry extends Sentence {
  /** What the code means, for the manual. */
  readonly meaning: string;
  /** The code with which a socket is closed for this reason, where it can be. */
  readonly close?: 4401 | 4403;
  /** Trying the same again later may succeed. */
  readonly retryable?: true;
}

/**
 * Every value that `extensions.code` of an error can have, with its sentence in both languages.
 * The `ErrorCode` enum of the schema and docs/errors.md are made from this object; a test holds the three together.
 */
export const catalogue = {
  TOKEN_MISSING: {
    zh: '您没有权限访问即时通讯接口',
    en: 'You need a token to use this API',
    meaning: 'The operation needs a session and no token was sent.',
    close: 4401,
  },
  TOKEN_EXPIRED: {
    zh: 'Token 已过期！请重新获取令牌',
    en: 'The token has expired: get a new one',
    meaning: 'Call `refreshSession`, then try again.',
    close: 4403,
  },
  TOKEN_INVALID: {
    zh: 'Token 令牌不合法！',
    en: 'The token is not valid',
    meaning: 'Bad signature or form, or its session is logged out or revoked, or a server key is. Log in again.',
    close: 4401,
  },
  USER_NOT_FOUND: { zh: '用户不存在', en: 'No such user', meaning: 'The user of the token is gone.', close: 4401 },
  USER_DISABLED: {
    zh: '你已被管理员禁用了',
    en: 'An administrator has disabled this account',
    meaning: 'The account is disabled; its sessions have ended.',
    close: 4401,
  },
  VISITOR_FORBIDDEN: {
    zh: '您没有权限访问，请先注册或登录',
    en: 'Register or log in first',
    meaning: 'Registered users only; the session belongs to a visitor.',
  },
  SESSION_REPLACED: {
    zh: '你的账号在其他设备登录',
    en: 'Your account was used to log in on another device',
    meaning: 'With `SESSIONS=single`, another login has replaced this session.',
    close: 4401,
  },
  INVALID_CREDENTIALS: {
    zh: '账户或密码错误',
    en: 'The username or the password is wrong',
    meaning: 'The same answer for an unknown name and a wrong password.',
  },
  IDENTITY_INVALID: {
    zh: '身份签名无效或已过期',
    en: 'The proof of identity is not valid or has expired',
    meaning: 'The same answer for every proof that is not good, whatever is wrong with it.',
  },
  FORBIDDEN: { zh: '您没有权限执行此操作', en: 'You may not do this', meaning: 'The session or the server key is good, but lacks the role or the right.' },
  NOT_FOUND: { zh: '内容不存在', en: 'There is no such thing', meaning: 'It does not exist, or it is not yours to see: the two answers are the same.' },
  BAD_USER_INPUT: { zh: '输入的内容不正确', en: 'The input is not right', meaning: 'An argument or a variable does not fit; `extensions.field` names it.' },
  BAD_QUERY: {
    zh: '查询语句不正确或超出限制',
    en: 'The document is not valid or exceeds a limit',
    meaning: 'The document does not parse, does not validate, or is over a limit.',
  },
  // Stock clients know these two by their sentence, some by nothing else.
  PERSISTED_QUERY_NOT_FOUND: {
    zh: 'PersistedQueryNotFound',
    en: 'PersistedQueryNotFound',
    meaning: 'The node does not know this hash. Send the whole document together with its hash.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    zh: 'PersistedQueryNotSupported',
    en: 'PersistedQueryNotSupported',
    meaning: 'Another version of persisted queries than 1. Send the whole document without a hash.',
  },
  CONFLICT: {
    zh: '与已有的内容冲突',
    en: 'This conflicts with something that exists',
    meaning:
      'The name is taken, the clientId was used for another message, the request has had another answer, or the group is full or has as many admins as it may; `extensions.field` names it.',
  },
  RATE_LIMITED: {
    zh: '操作太频繁，请稍后再试',
    en: 'Too often: try again later',
    meaning: 'Wait `extensions.retryAfterSeconds`, then try again.',
    retryable: true,
  },
  UNAVAILABLE: {
    zh: '服务暂时不可用，请稍后重试',
    en: 'The service is not available right now: try again',
    meaning: 'A part that Parley needs is away. Try again, with the same clientId: nothing is done twice.',
    retryable: true,
  },
  INTERNAL: {
    zh: '服务器内部错误',
    en: 'Something went wrong on our side',
    meaning: 'A fault of the server, logged under `extensions.errorId`.',
    retryable: true,
  },
  RECIPIENT_UNAVAILABLE: {
    zh: '对方不存在或者被禁用，不能发消息',
    en: 'This user does not exist or is disabled and cannot receive messages',
    meaning: 'The recipient is gone or disabled; or, where a request is accepted, whoever made it.',
  },
  BLOCKED: { zh: '对方把你拉黑了，不能发送消息', en: 'This user has blocked you', meaning: 'The recipient has blocked the sender.' },
  BLOCKED_BY_YOU: { zh: '你已把对方拉黑，不能发送消息', en: 'You have blocked this user: unblock first', meaning: 'The sender has blocked the recipient.' },
  LOGIN_REQUIRED: {
    zh: '对方设置成：先登录才能发消息',
    en: 'This user receives messages only from registered users: register or log in first',
    meaning: 'The chatset (or the group) refuses visitors.',
  },
  FRIENDSHIP_REQUIRED: {
    zh: '对方设置成：需要您先成为他的好友才能发消息',
    en: 'This user receives messages only from friends',
    meaning: 'The chatset refuses strangers, or the person is not a friend.',
  },
  FOLLOW_REQUIRED: { zh: '需要先关注对方才能发送消息', en: 'Follow this user first', meaning: 'The chatset asks that the sender follows the recipient.' },
  MESSAGE_LIMIT_REACHED: {
    zh: '在成为好友之前，对方只允许向他发一条消息',
    en: 'This user accepts one message before you are friends',
    meaning: 'The one message that the chatset allows has been sent.',
  },
  RECALL_EXPIRED: {
    zh: '消息已超过可撤回的时间，不能撤回',
    en: 'The message is too old to be recalled',
    meaning: 'The time in which the sender may recall a message is over.',
  },
  ALREADY_FRIENDS: { zh: '你们已经是好友了', en: 'You are friends already', meaning: 'There is nothing to ask for.' },
  REQUEST_PENDING: {
    zh: '你已经申请过了，请等待对方处理',
    en: 'Your request is waiting for an answer',
    meaning: 'A request from you to this person is pending.',
  },
  MUTED: { zh: '你已被禁言', en: 'You are muted in this group', meaning: 'Muted until `extensions.until`.' },
  EDIT_EXPIRED: { zh: '消息已超过可编辑的时间', en: 'The message is too old to be edited', meaning: 'The time in which a message may be edited is over.' },
  FILE_TYPE: {
    zh: '文件类型与内容不符或不支持，请换一个文件',
    en: 'This kind of file is not accepted here: choose another one',
    meaning: 'The bytes are not what they were uploaded as, cannot be read, or are of a kind that is not taken for it.',
  },
  FILE_TOO_LARGE: {
    zh: '文件太大，请换一个小一些的文件',
    en: 'The file is too large: choose a smaller one',
    meaning: 'More bytes than a file of its kind may have (`extensions.limit`), or a picture of too many pixels or frames.',
  },
  QUOTA_EXCEEDED: {
    zh: '存储空间已满：请取消尚未发送的上传，撤回带文件的消息，或请管理员增加空间',
    en: 'There is no room for more files: cancel uploads that you have not sent, take back messages with files, or ask the operator for more room',
    meaning: 'All files of one person together would have too many bytes, or too many uploads of theirs are under way.',
  },
  FILE_NOT_READY: {
    zh: '文件还没有上传完成，请稍候再试',
    en: 'The file has not been uploaded completely: wait until it is ready',
    meaning: 'The upload waits for bytes, is being looked at, or was refused: its `state` says which.',
  },
  PROOF_REQUIRED: {
    zh: '请先完成验证',
    en: 'Prove first that you are not a robot',
    meaning: 'The server asks for a proof of work before it serves this request: solve `extensions.challenge`.',
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;

/** A value of the `ErrorCode` enum. */
export type ErrorCode = keyof typeof catalogue;

/** All codes, in the order of the catalogue. */
export const errorCodes: readonly ErrorCode[] = Object.keys(catalogue).filter((code): code is ErrorCode => code in catalogue);

/** The most characters of a caller's own text that are told back, and that a message about a document or its variables has. */
export const longestEcho = 200;

/** A text of at most `longestEcho` characters: a longer one is cut, which its last character shows. */
export function shortened(text: string): string {
  // A character of two halves that stands where it is cut goes as a whole.
  return text.length <= longestEcho ? text : `${text.slice(0, longestEcho - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** What an error may tell beside its code, as `extensions`. */
export interface ErrorDetails {
  /** The argument, variable or input field that does not fit, as a path with dots. */
  readonly field?: string;
  /** Seconds to wait, rounded up. */
  readonly retryAfterSeconds?: number;
  /** A proof of work that is asked for, or that helps: the challenge as JSON. */
  readonly challenge?: string;
  /** RFC 3339 time at which the refusal ends. */
  readonly until?: string;
  /** What an operation would cost. */
  readonly cost?: number;
  /** What it may cost, or how many bytes a file may have. */
  readonly limit?: number;
  /** Where a stream stands after an event that could not be told. */
  readonly cursor?: string;
}

/** A refusal that the reader is told: a code of the catalogue, and the sentence of the catalogue unless a closer one is given. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly sentence: Sentence;

  constructor(code: ErrorCode, details: ErrorDetails = {}, sentence: Sentence = catalogue[code]) {
    // It says nothing of a fault, so nobody looks where it was thrown; to find that out takes longer than all else in most refusals.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${code}: ${sentence.en}`);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'AppError';
    this.code = code;
    this.details = details;
    this.sentence = sentence;
  }
}

/** A `BAD_USER_INPUT` for one field, with the sentence that says what would fit. */
export function badInput(field: string, sentence?: Sentence): AppError {
  return new AppError('BAD_USER_INPUT', { field }, sentence);
}

/** The close code of the socket for a refusal of the session check; 4401 where the catalogue names none. */
export function closeCodeOf(code: ErrorCode): number {
  const entry: CatalogueEntry = catalogue[code];
  return entry.close ?? 4401;
}
