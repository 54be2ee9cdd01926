/** Whoever can ask. A key is called by its right, and what acts by whom it acts as; it has the right ACT and no other, but for an agent, who needs ALL. */
export const callers = [
  'anonymous',
  'visitor',
  'user',
  'agent',
  'admin',
  'USERS',
  'SESSIONS',
  'ACT',
  'NOTICES',
  'READ',
  'ALL',
  'as visitor',
  'as user',
  'as agent',
  'as admin',
] as const;

/** One of them. */
export type CallerName = (typeof callers)[number];

/** What becomes of it for who asks: `ok` where it is refused for nothing but what was asked, or not at all. */
export type Expected = 'ok' | 'TOKEN_MISSING' | 'TOKEN_INVALID' | 'FORBIDDEN' | 'VISITOR_FORBIDDEN';

const [missing, invalid, no, visit, ok] = ['TOKEN_MISSING', 'TOKEN_INVALID', 'FORBIDDEN', 'VISITOR_FORBIDDEN', 'ok'] as const;

// In the order of the callers: people, keys by themselves, keys that act. Nobody acts as an admin.
const nobodyElse = {
  anonymous: missing,
  visitor: visit,
  user: no,
  agent: no,
  admin: no,
  'as visitor': no,
  'as user': no,
  'as agent': no,
  'as admin': no,
} as const;
const noKey = { USERS: no, SESSIONS: no, ACT: no, NOTICES: no, READ: no, ALL: no } as const;
const acting = { 'as visitor': ok, 'as user': ok, 'as agent': ok, 'as admin': no } as const;
const people = { anonymous: missing, visitor: ok, user: ok, agent: ok, admin: ok } as const;
const users = { ...people, visitor: visit } as const;
const admins = { ...nobodyElse, ...noKey, admin: ok } as const;
const servers = { ...nobodyElse, ...noKey, visitor: no, ALL: ok } as const;

/** Who may, by what a field is for. */
const rules = {
  everybody: { ...people, anonymous: ok, USERS: ok, SESSIONS: ok, ACT: ok, NOTICES: ok, READ: ok, ALL: ok, ...acting },
  /** Whoever wants to come in: a token that people bring is not looked at. */
  newcomers: { ...people, anonymous: ok, ...noKey, 'as visitor': no, 'as user': no, 'as agent': no, 'as admin': no },
  /** Everybody with a session, and keys that act. */
  people: { ...people, ...noKey, ...acting },
  /** Likewise, without visitors. */
  users: { ...users, ...noKey, ...acting, 'as visitor': visit },
  /** With a session of their own. */
  ownSession: { ...people, ...noKey, ...acting, 'as visitor': no, 'as user': no, 'as agent': no },
  ownUser: { ...users, ...noKey, ...acting, 'as visitor': no, 'as user': no, 'as agent': no },
  admins,
  /** Admins, and keys that read what admins read of people. */
  adminsAndREAD: { ...admins, READ: ok, ALL: ok },
  adminsAndUSERS: { ...admins, USERS: ok, ALL: ok },
  peopleAndREAD: { ...people, ...noKey, ...acting, READ: ok, ALL: ok },
  USERS: { ...servers, USERS: ok },
  SESSIONS: { ...servers, SESSIONS: ok },
  NOTICES: { ...servers, NOTICES: ok },
  /** Over a socket, at which no key comes in. */
  sockets: {
    ...people,
    USERS: invalid,
    SESSIONS: invalid,
    ACT: invalid,
    NOTICES: invalid,
    READ: invalid,
    ALL: invalid,
    'as visitor': invalid,
    'as user': invalid,
    'as agent': invalid,
    'as admin': invalid,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<CallerName, Expected>>>>;

/** For whom root fields are: who may, and the scope that each says in the schema. A field that is in no row fails the tests: decide it. */
export const rootFieldRows: readonly {
  readonly who: Readonly<Record<CallerName, Expected>>;
  readonly scope: string;
  readonly fields: readonly string[];
}[] = [
  { who: rules.everybody, scope: 'public', fields: ['Query.serverInfo', 'Query.userInfo', 'Query.viewer'] },
  {
    who: rules.newcomers,
    scope: 'newcomer',
    fields: ['Mutation.identify', 'Mutation.login', 'Mutation.refreshSession', 'Mutation.register', 'Mutation.registerVisitor'],
  },
  {
    who: rules.people,
    scope: 'session',
    fields: [
      'Mutation.blockUser',
      'Mutation.cancelUpload',
      'Mutation.createUpload',
      'Mutation.editMessage',
      'Mutation.follow',
      'Mutation.joinGroup',
      'Mutation.leaveGroup',
      'Mutation.markRead',
      'Mutation.pinMessage',
      'Mutation.react',
      'Mutation.recallMessage',
      'Mutation.sendMessage',
      'Mutation.setTyping',
      'Mutation.unblockUser',
      'Mutation.unfollow',
      'Mutation.unpinMessage',
      'Mutation.unreact',
      'Mutation.updateConversation',
      'Mutation.updateProfile',
      'Mutation.withdrawJoinRequest',
      'Query.conversation',
      'Query.conversations',
      'Query.groupByCode',
      'Query.searchMessages',
    ],
  },
  { who: rules.peopleAndREAD, scope: 'session right=READ', fields: ['Query.node'] },
  {
    who: rules.users,
    scope: 'user',
    fields: [
      'Mutation.answerFriendRequest',
      'Mutation.answerJoinRequest',
      'Mutation.createGroup',
      'Mutation.dissolveGroup',
      'Mutation.inviteToGroup',
      'Mutation.removeFriend',
      'Mutation.removeMember',
      'Mutation.sendFriendRequest',
      'Mutation.updateChatset',
      'Mutation.updateFriend',
      'Mutation.updateGroup',
      'Mutation.updateMember',
      'Mutation.updateSettings',
      'Query.contacts',
      'Query.friendRequests',
      'Query.searchUsers',
    ],
  },
  { who: rules.ownSession, scope: 'ownSession', fields: ['Mutation.logout'] },
  { who: rules.ownUser, scope: 'ownUser', fields: ['Mutation.changePassword'] },
  {
    who: rules.admins,
    scope: 'admin',
    fields: [
      'Mutation.createServerKey',
      'Mutation.resetPassword',
      'Mutation.revokeServerKey',
      'Mutation.rotateProviderSecret',
      'Mutation.saveProvider',
      'Mutation.updateUser',
      'Query.auditLog',
      'Query.providers',
      'Query.serverKeys',
    ],
  },
  { who: rules.adminsAndREAD, scope: 'admin right=READ', fields: ['Query.users'] },
  { who: rules.adminsAndUSERS, scope: 'admin right=USERS', fields: ['Query.userByExternalId'] },
  { who: rules.USERS, scope: 'right=USERS', fields: ['Mutation.allowToWrite', 'Mutation.upsertUser'] },
  { who: rules.SESSIONS, scope: 'right=SESSIONS', fields: ['Mutation.endSessions', 'Mutation.issueSession'] },
  { who: rules.NOTICES, scope: 'right=NOTICES', fields: ['Mutation.sendNotice'] },
  { who: rules.sockets, scope: 'session', fields: ['Subscription.events', 'Subscription.messages', 'Subscription.presence', 'Subscription.typing'] },
];
