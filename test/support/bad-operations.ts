import { randomUUID } from 'node:crypto';
import { rowsTogether } from './bad-operations-together.ts';
import { type BadRow, type BadRows, type Ids, long, never, none } from './bad-row.ts';
import { badUploads } from './bad-uploads.ts';
import { globalId } from './hidden-things.ts';

/** A cursor as lists give them, of these keys. */
const cursor = (...keys: readonly unknown[]) => Buffer.from(JSON.stringify(keys)).toString('base64url');

/** What people ask of the server and of their own. */
const rows: BadRows = {
  // Lists.
  contacts: [
    ['nobody asks', 'nobody', () => ({ kind: 'FRIEND' }), 'TOKEN_MISSING'],
    ['a page of none', 'ann', () => ({ kind: 'FRIEND', first: 0 }), 'BAD_USER_INPUT', 'first'],
    ['a page of less than none', 'ann', () => ({ kind: 'FRIEND', first: -1 }), 'BAD_USER_INPUT', 'first'],
    ['a page of too many', 'ann', () => ({ kind: 'BLOCKED', first: 101 }), 'BAD_USER_INPUT', 'first'],
    ['a page of as many as there are numbers', 'ann', () => ({ kind: 'FRIEND', first: 2_147_483_647 }), 'BAD_USER_INPUT', 'first'],
    ['a cursor that is none', 'ann', () => ({ kind: 'FRIEND', after: 'x' }), 'BAD_USER_INPUT', 'after'],
    ['an empty cursor', 'ann', () => ({ kind: 'FRIEND', after: '' }), 'BAD_USER_INPUT', 'after'],
    ['a cursor of another list', 'ann', ({ conversations = '' }) => ({ kind: 'FRIEND', after: conversations }), 'BAD_USER_INPUT', 'after'],
    ['a cursor of nothing', 'ann', () => ({ kind: 'FOLLOWING', after: cursor() }), 'BAD_USER_INPUT', 'after'],
    ['a cursor of objects', 'ann', () => ({ kind: 'BLOCKED', after: cursor({}, []) }), 'BAD_USER_INPUT', 'after'],
    [
      'a cursor that nests without end',
      'ann',
      () => ({ kind: 'FRIEND', after: Buffer.from('['.repeat(9_000)).toString('base64url') }),
      'BAD_USER_INPUT',
      'after',
    ],
  ],
  conversations: [
    ['nobody asks', 'nobody', none, 'TOKEN_MISSING'],
    ['a page of too many', 'ann', () => ({ first: 101 }), 'BAD_USER_INPUT', 'first'],
    ['a cursor that is none', 'ann', () => ({ after: '消息' }), 'BAD_USER_INPUT', 'after'],
    ['a cursor of another list', 'ann', ({ friends = '' }) => ({ after: friends }), 'BAD_USER_INPUT', 'after'],
    ['a cursor of half a number', 'ann', () => ({ after: cursor(0.5, 'x') }), 'BAD_USER_INPUT', 'after'],
  ],
  friendRequests: [
    ['a visitor asks', 'visitor', () => ({ direction: 'INCOMING' }), 'VISITOR_FORBIDDEN'],
    ['a page of none', 'ann', () => ({ direction: 'INCOMING', first: 0 }), 'BAD_USER_INPUT', 'first'],
    ['a cursor of another list', 'ann', ({ friends = '' }) => ({ direction: 'OUTGOING', after: friends }), 'BAD_USER_INPUT', 'after'],
  ],
  searchUsers: [
    ['nobody asks', 'nobody', () => ({ keyword: 'a' }), 'TOKEN_MISSING'],
    ['nothing to look for', 'ann', () => ({ keyword: '' }), 'BAD_USER_INPUT', 'keyword'],
    ['blanks', 'ann', () => ({ keyword: ' \t ' }), 'BAD_USER_INPUT', 'keyword'],
    ['what nobody sees', 'ann', () => ({ keyword: '\u200b\u3164' }), 'BAD_USER_INPUT', 'keyword'],
    ['too long a word', 'ann', () => ({ keyword: long(51) }), 'BAD_USER_INPUT', 'keyword'],
    ['a page of too many', 'ann', () => ({ keyword: 'a', first: 101 }), 'BAD_USER_INPUT', 'first'],
    ['a cursor that is none', 'ann', () => ({ keyword: 'a', after: 'x' }), 'BAD_USER_INPUT', 'after'],
  ],
  searchMessages: [
    ['nothing to look for', 'ann', () => ({ keyword: '' }), 'BAD_USER_INPUT', 'keyword'],
    ['what nobody sees', 'ann', () => ({ keyword: '\u2060' }), 'BAD_USER_INPUT', 'keyword'],
    ['too long a word', 'ann', () => ({ keyword: '消'.repeat(51) }), 'BAD_USER_INPUT', 'keyword'],
    ['a page of too many', 'ann', () => ({ keyword: 'a', first: 1000 }), 'BAD_USER_INPUT', 'first'],
    ['a cursor that is none', 'ann', () => ({ keyword: 'a', after: cursor('x') }), 'BAD_USER_INPUT', 'after'],
  ],
  users: [
    ['nobody asks', 'nobody', none, 'TOKEN_MISSING'],
    ['a user asks', 'ann', none, 'FORBIDDEN'],
    ['a visitor asks', 'visitor', none, 'VISITOR_FORBIDDEN'],
    ['a page of none', 'admin', () => ({ first: 0 }), 'BAD_USER_INPUT', 'first'],
    ['a cursor that is none', 'admin', () => ({ after: 'x' }), 'BAD_USER_INPUT', 'after'],
  ],

  auditLog: [
    ['nobody asks', 'nobody', none, 'TOKEN_MISSING'],
    ['a user asks', 'ann', none, 'FORBIDDEN'],
    ['a visitor asks', 'visitor', none, 'VISITOR_FORBIDDEN'],
    ['a page of too many', 'admin', () => ({ first: 101 }), 'BAD_USER_INPUT', 'first'],
    ['a cursor that is none', 'admin', () => ({ after: 'x' }), 'BAD_USER_INPUT', 'after'],
  ],
  providers: [
    ['nobody asks', 'nobody', none, 'TOKEN_MISSING'],
    ['a user asks', 'ann', none, 'FORBIDDEN'],
    ['a visitor asks', 'visitor', none, 'VISITOR_FORBIDDEN'],
  ],
  serverKeys: [
    ['a user asks', 'ann', none, 'FORBIDDEN'],
    ['a visitor asks', 'visitor', none, 'VISITOR_FORBIDDEN'],
  ],

  // Coming in.
  register: [
    ['no name', 'nobody', () => ({ input: { username: '', password: 'correct horse' } }), 'BAD_USER_INPUT', 'username'],
    ['a short name', 'nobody', () => ({ input: { username: 'abc', password: 'correct horse' } }), 'BAD_USER_INPUT', 'username'],
    ['a long name', 'nobody', () => ({ input: { username: long(21), password: 'correct horse' } }), 'BAD_USER_INPUT', 'username'],
    ['a name in other letters', 'nobody', () => ({ input: { username: 'аnnaa', password: 'correct horse' } }), 'BAD_USER_INPUT', 'username'],
    ['a name with a line break', 'nobody', () => ({ input: { username: 'abcd\n', password: 'correct horse' } }), 'BAD_USER_INPUT', 'username'],
    ['a name of the house', 'nobody', () => ({ input: { username: 'Support', password: 'correct horse' } }), 'BAD_USER_INPUT', 'username'],
    ['the name of a visitor', 'nobody', () => ({ input: { username: 'vis12345678', password: 'correct horse' } }), 'BAD_USER_INPUT', 'username'],
    [
      'a name that is taken',
      'nobody',
      ({ annName = '' }) => ({ input: { username: annName.toUpperCase(), password: 'correct horse' } }),
      'CONFLICT',
      'username',
    ],
    ['a short password', 'nobody', () => ({ input: { username: 'somebody', password: 'hunter2' } }), 'BAD_USER_INPUT', 'password'],
    ['a password that everybody has', 'nobody', () => ({ input: { username: 'somebody', password: 'password1' } }), 'BAD_USER_INPUT', 'password'],
    ['the same in wide letters', 'nobody', () => ({ input: { username: 'somebody', password: 'ｐａｓｓｗｏｒｄ1' } }), 'BAD_USER_INPUT', 'password'],
    ['the name as the password', 'nobody', () => ({ input: { username: 'somebody', password: 'SOMEBODY' } }), 'BAD_USER_INPUT', 'password'],
    ['a long password', 'nobody', () => ({ input: { username: 'somebody', password: long(129) } }), 'BAD_USER_INPUT', 'password'],
    ['a password of 100,000 characters', 'nobody', () => ({ input: { username: 'somebody', password: long(100_000) } }), 'BAD_USER_INPUT', 'password'],
    [
      'a nickname that turns the line',
      'nobody',
      () => ({ input: { username: 'somebody', password: 'correct horse', nickname: 'a\u202eb' } }),
      'BAD_USER_INPUT',
      'nickname',
    ],
    ['a long nickname', 'nobody', () => ({ input: { username: 'somebody', password: 'correct horse', nickname: long(51) } }), 'BAD_USER_INPUT', 'nickname'],
    [
      'a device that is none',
      'nobody',
      () => ({ input: { username: 'somebody', password: 'correct horse', deviceId: 'x' } }),
      'BAD_USER_INPUT',
      'input.deviceId',
    ],
  ],
  registerVisitor: [
    ['no device', 'nobody', () => ({ input: { deviceId: '' } }), 'BAD_USER_INPUT', 'input.deviceId'],
    ['a device in braces', 'nobody', () => ({ input: { deviceId: `{${randomUUID()}}` } }), 'BAD_USER_INPUT', 'input.deviceId'],
    ['a long brand', 'nobody', () => ({ input: { deviceId: randomUUID(), brand: long(10_000) } }), 'BAD_USER_INPUT', 'brand'],
    ['a brand of two lines', 'nobody', () => ({ input: { deviceId: randomUUID(), model: 'a\nb' } }), 'BAD_USER_INPUT', 'model'],
  ],
  login: [
    ['nothing', 'nobody', () => ({ input: { username: '', password: '' } }), 'INVALID_CREDENTIALS'],
    ['a name that nobody has', 'nobody', () => ({ input: { username: 'nobody_at_all', password: 'correct horse' } }), 'INVALID_CREDENTIALS'],
    ['a wrong password', 'nobody', ({ annName = '' }) => ({ input: { username: annName, password: 'wrong' } }), 'INVALID_CREDENTIALS'],
    ['a password of 100,000 characters', 'nobody', ({ annName = '' }) => ({ input: { username: annName, password: long(100_000) } }), 'INVALID_CREDENTIALS'],
    ['a name of 100,000 characters', 'nobody', () => ({ input: { username: long(100_000), password: 'correct horse' } }), 'INVALID_CREDENTIALS'],
    ['the name of a visitor', 'nobody', ({ visitorName = '' }) => ({ input: { username: visitorName, password: '' } }), 'INVALID_CREDENTIALS'],
    [
      'a short new password',
      'nobody',
      ({ annName = '' }) => ({ input: { username: annName, password: 'correct horse', newPassword: 'hunter2' } }),
      'BAD_USER_INPUT',
      'newPassword',
    ],
    [
      'a new password for one that nobody has reset',
      'nobody',
      ({ annName = '' }) => ({ input: { username: annName, password: 'correct horse', newPassword: 'battery staple' } }),
      'BAD_USER_INPUT',
      'newPassword',
    ],
    [
      'a device that turns the line',
      'nobody',
      ({ annName = '' }) => ({ input: { username: annName, password: 'correct horse', device: '\u2066x' } }),
      'BAD_USER_INPUT',
      'device',
    ],
    [
      'a long device',
      'nobody',
      ({ annName = '' }) => ({ input: { username: annName, password: 'correct horse', device: long(101) } }),
      'BAD_USER_INPUT',
      'device',
    ],
  ],
  identify: [
    ['nothing', 'nobody', () => ({ input: { proof: '' } }), 'IDENTITY_INVALID'],
    ['no JWT', 'nobody', () => ({ input: { proof: '消息.x.y' } }), 'IDENTITY_INVALID'],
    ['100,000 characters', 'nobody', () => ({ input: { proof: long(100_000) } }), 'IDENTITY_INVALID'],
    ['a token of this server', 'nobody', ({ annToken = '' }) => ({ input: { proof: annToken } }), 'IDENTITY_INVALID'],
    ['a provider that never was', 'nobody', () => ({ input: { proof: 'x', provider: long(100_000) } }), 'IDENTITY_INVALID'],
    ['a device of two lines', 'nobody', () => ({ input: { proof: 'x', device: 'a\nb' } }), 'BAD_USER_INPUT', 'device'],
    ['a device id that is none', 'nobody', () => ({ input: { proof: 'x', deviceId: 'x' } }), 'BAD_USER_INPUT', 'input.deviceId'],
  ],
  refreshSession: [
    ['nothing', 'nobody', () => ({ refreshToken: '' }), 'TOKEN_INVALID'],
    ['what is none', 'nobody', () => ({ refreshToken: '消息.x.y' }), 'TOKEN_INVALID'],
    ['100,000 characters', 'nobody', () => ({ refreshToken: long(100_000) }), 'TOKEN_INVALID'],
    ['the token for asking', 'nobody', ({ annToken = '' }) => ({ refreshToken: annToken }), 'TOKEN_INVALID'],
  ],
  logout: [
    ['nobody asks', 'nobody', none, 'TOKEN_MISSING'],
    ['a session that is none', 'ann', () => ({ sessionId: 'x' }), 'NOT_FOUND'],
    ["another's session", 'carol', ({ annSession = '' }) => ({ sessionId: annSession }), 'NOT_FOUND'],
    ['a user', 'ann', ({ bob = '' }) => ({ sessionId: bob }), 'NOT_FOUND'],
  ],
  changePassword: [
    ['a visitor asks', 'visitor', () => ({ oldPassword: 'a', newPassword: 'correct horses' }), 'VISITOR_FORBIDDEN'],
    ['a wrong old one', 'ann', () => ({ oldPassword: 'wrong', newPassword: 'correct horses' }), 'INVALID_CREDENTIALS', 'oldPassword'],
    ['a short new one', 'ann', () => ({ oldPassword: 'correct horse', newPassword: 'hunter2' }), 'BAD_USER_INPUT', 'newPassword'],
    ['one that everybody has', 'ann', () => ({ oldPassword: 'correct horse', newPassword: '12345678' }), 'BAD_USER_INPUT', 'newPassword'],
    ['100,000 characters', 'ann', () => ({ oldPassword: 'correct horse', newPassword: long(100_000) }), 'BAD_USER_INPUT', 'newPassword'],
  ],

  // Oneself.
  updateProfile: [
    ['a picture that never was', 'ann', () => ({ input: { avatarId: never('Upload') } }), 'NOT_FOUND', 'avatarId'],
    ['a picture that is a user', 'ann', () => ({ input: { avatarId: never('User') } }), 'NOT_FOUND', 'avatarId'],
    ['two pictures', 'ann', () => ({ input: { avatarId: never('Upload'), avatar: 'https://example.com' } }), 'BAD_USER_INPUT', 'avatarId'],
    ['a nickname of two lines', 'ann', () => ({ input: { nickname: 'a\u2028b' } }), 'BAD_USER_INPUT', 'nickname'],
    ['a nickname with a bell', 'ann', () => ({ input: { nickname: 'a\u0007' } }), 'BAD_USER_INPUT', 'nickname'],
    ['a nickname that grows', 'ann', () => ({ input: { nickname: `a${'\u0301'.repeat(4)}` } }), 'BAD_USER_INPUT', 'nickname'],
    ['a long nickname', 'ann', () => ({ input: { nickname: '😀'.repeat(51) } }), 'BAD_USER_INPUT', 'nickname'],
    ['a long bio', 'ann', () => ({ input: { bio: long(10_001) } }), 'BAD_USER_INPUT', 'bio'],
    ['an address without TLS', 'ann', () => ({ input: { avatar: 'http://example.com/a.png' } }), 'BAD_USER_INPUT', 'avatar'],
    ['an address that runs', 'ann', () => ({ input: { website: 'javascript:alert(1)' } }), 'BAD_USER_INPUT', 'website'],
    ['an address with a password', 'ann', () => ({ input: { website: 'https://a:b@example.com' } }), 'BAD_USER_INPUT', 'website'],
    ['an address of nowhere', 'ann', () => ({ input: { avatar: 'https://' } }), 'BAD_USER_INPUT', 'avatar'],
    ['a long address', 'ann', () => ({ input: { avatar: `https://example.com/${long(2_048)}` } }), 'BAD_USER_INPUT', 'avatar'],
    ['an address that grows too long', 'ann', () => ({ input: { avatar: `https://example.com/${'消'.repeat(1_000)}` } }), 'BAD_USER_INPUT', 'avatar'],
    ['a day that is none', 'ann', () => ({ input: { birthday: '2001-02-29' } }), 'BAD_USER_INPUT', 'input.birthday'],
    ['a gender that is none', 'ann', () => ({ input: { gender: 'female' } }), 'BAD_USER_INPUT', 'input.gender'],
  ],
  updateChatset: [
    ['a visitor asks', 'visitor', () => ({ input: { user: { sendCount: 2 } } }), 'VISITOR_FORBIDDEN'],
    ['three messages', 'ann', () => ({ input: { user: { sendCount: 3 } } }), 'BAD_USER_INPUT', 'user.sendCount'],
    ['less than none', 'ann', () => ({ input: { visitor: { sendCount: -1 } } }), 'BAD_USER_INPUT', 'visitor.sendCount'],
  ],
  updateSettings: [['nobody asks', 'nobody', none, 'TOKEN_MISSING']],
};

/** An operation that is refused. */
interface BadOperation {
  readonly what: string;
  readonly who: BadRow[1];
  readonly field: string;
  readonly given: BadRow[2];
  readonly code: string;
  readonly at: string | null;
}

/** All of them, for `it.each`. */
export const badOperations: readonly BadOperation[] = Object.entries({ ...rows, ...rowsTogether, ...badUploads }).flatMap(([field, each]) =>
  each.map(([what, who, given, code, at = null]) => ({ what, who, field, given, code, at })),
);

/** Queries whose answer is empty, without an error: what is not there and what is not for the viewer to see are the same. */
export const emptyQueries: Readonly<Record<string, readonly ((ids: Ids) => Readonly<Record<string, unknown>>)[]>> = {
  conversation: [() => ({ id: '' }), () => ({ id: 'x' }), ({ bob }) => ({ id: bob }), ({ carolGroup }) => ({ id: carolGroup }), () => ({ id: long(100_000) })],
  node: [
    () => ({ id: '' }),
    () => ({ id: '消息' }),
    ({ carolGroup }) => ({ id: carolGroup }),
    () => ({ id: globalId('Query', 'x') }),
    () => ({ id: long(100_000) }),
  ],
  groupByCode: [() => ({ inviteCode: '' }), () => ({ inviteCode: '\ufeff' }), () => ({ inviteCode: long(100_000) })],
  userInfo: [() => ({ uuid: randomUUID() })],
  searchMessages: [() => ({ keyword: 'a', conversationId: 'x' }), ({ carolGroup }) => ({ keyword: 'a', conversationId: carolGroup })],
};
