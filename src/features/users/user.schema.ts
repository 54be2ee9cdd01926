import { builder } from '../../graphql/builder.ts';
import { connectionOf } from '../../graphql/connection.ts';
import { requireViewer } from '../../graphql/context.ts';
import { qrCodePrice } from '../../graphql/cost.ts';
import { createCommonLoader, createLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { otherwise } from '../../graphql/stored-enums.ts';
import { exactUuid } from '../../kernel/ids.ts';
import { shownAvatar } from '../files/avatar.service.ts';
import type { UserRow } from './user.entity.ts';
import { birthdayVisible, type ChatRule, type Chatset } from './user.policy.ts';

announceFeature('qrCode');

/** Users by their numeric id, disabled ones included. */
export const userLoader = createCommonLoader<number, UserRow>((tx, ids, { users }) => users.byIds(tx, ids));

/** Users by their uuid, disabled ones included. */
export const userByUuid = createCommonLoader<string, UserRow>((tx, uuids, { users }) => users.byUuids(tx, uuids));

const birthdayOf = createLoader<number, true>(async (tx, ids, { viewer }) => new Map([...(await birthdayVisible(tx, viewer, ids))].map((id) => [id, true])));

/** The `Role` enum. */
export const RoleRef = builder.enumType('Role', {
  ...otherwise('USER'),
  description: 'What an account may do. Only an admin makes an AGENT or ADMIN.',
  values: {
    VISITOR: { description: 'Anonymous, known by a device id.' },
    USER: { description: 'Registered.' },
    AGENT: { description: 'Customer service: by default everybody may write to an agent, visitors too, and everybody sees whether one is online.' },
    ADMIN: { description: 'May administer accounts.' },
  } as const,
});

const GenderRef = builder.enumType('Gender', {
  ...otherwise('UNKNOWN'),
  description: "What a profile says of somebody's gender.",
  values: { UNKNOWN: { description: 'Not said.' }, MALE: { description: 'Male.' }, FEMALE: { description: 'Female.' } } as const,
});

const ChatRuleRef = builder.objectRef<ChatRule>('ChatRule').implement({
  description: 'Who may start to write to a user, for one kind of sender.',
  fields: (t) => ({
    sendCount: t.exposeInt('sendCount', { description: 'How many messages a stranger may send: 0 none, 1 one, 2 any number.' }),
    needFollow: t.exposeBoolean('needFollow', { description: 'The sender must follow this user first.' }),
  }),
});

const ChatsetRef = builder.objectRef<Chatset>('Chatset').implement({
  description: 'Who may start to write to this user, before they are friends.',
  fields: (t) => ({
    visitor: t.field({ type: ChatRuleRef, description: 'The rule for visitors.', resolve: ({ visitor }) => visitor }),
    user: t.field({ type: ChatRuleRef, description: 'The rule for registered users.', resolve: ({ user }) => user }),
  }),
});

const ProfileRef = builder.objectRef<UserRow>('Profile').implement({
  description: 'What a user says of themselves.',
  fields: (t) => ({
    gender: t.field({ type: GenderRef, description: 'UNKNOWN where it was never said.', resolve: ({ gender }) => gender }),
    birthday: t.field({
      ...perViewer,
      type: 'Date',
      nullable: true,
      description: 'Seen by the user and by friends; null to everybody else.',
      resolve: async ({ id, birthday }, _args, context) => (birthday !== null && (await birthdayOf(context).load(id)) ? birthday : null),
    }),
    bio: t.exposeString('bio', { nullable: true, description: 'At most 500 characters.' }),
    location: t.exposeString('location', { nullable: true, description: 'At most 100 characters.' }),
    website: t.exposeString('website', { nullable: true, description: 'An https URL of at most 2048 characters.' }),
  }),
});

/** The `User` type. Other features add fields of their own; its row is that of the table. */
export const UserRef = builder.objectRef<UserRow>('User');

builder.node(UserRef, {
  description: 'A person: a visitor, a registered user, an agent or an admin. Disabled ones stay readable as authors, peers and members.',
  id: { resolve: ({ uuid }) => uuid },
  loadWithoutCache: (key, { read, services }) => {
    const uuid = exactUuid(key);
    return uuid === null ? null : read((tx) => services.users.findEnabled(tx, uuid));
  },
  fields: (t) => ({
    uuid: t.expose('uuid', { type: 'UUID', description: 'Stays the same when a visitor registers.' }),
    username: t.exposeString('username', {
      description: 'The name to log in with, unique whatever its case. A visitor has VIS and 8 characters, a person of a provider EXT and 8 characters.',
    }),
    nickname: t.exposeString('nickname', { description: 'The name to show, at most 50 characters; the username where none was chosen.' }),
    avatar: t.string({
      nullable: true,
      description: 'A URL of at most 2048 characters: elsewhere with https, or of an upload. What begins with a slash is an address of this server.',
      resolve: ({ avatar }, _args, { services }) => shownAvatar(avatar, services.fileLinks),
    }),
    qrCode: t.string({
      price: qrCodePrice,
      description: 'A QR code as the text of an SVG image, of a link with the uuid, for others to scan. It costs 50: ask for it where it is shown.',
      resolve: ({ uuid }, _args, { services }) => services.qrCodes.svg('user', uuid),
    }),
    role: t.field({ type: RoleRef, description: 'What the account may do.', resolve: ({ role }) => role }),
    profile: t.field({ type: ProfileRef, description: 'What the user says of themselves.', resolve: (user) => user }),
    chatset: t.field({
      type: ChatsetRef,
      description: 'Who may start to write to this user. What the user never set stands at the default of the role.',
      resolve: (user, _args, { services }) => services.users.chatsetOf(user),
    }),
  }),
});

/** The `UserConnection` type: a page of a list of users. */
export const UserConnection = connectionOf('User', UserRef);

builder.queryField('userInfo', (t) =>
  t.field({
    type: UserRef,
    nullable: true,
    description: 'The public side of a user. Null where there is no such enabled user.',
    authScopes: { public: true },
    args: { uuid: t.arg({ type: 'UUID', required: true, description: 'Uuid of the user.' }) },
    resolve: (_root, { uuid }, { read, services }) => read((tx) => services.users.findEnabled(tx, uuid.toLowerCase())),
  }),
);

const UpdateProfileInput = builder.inputType('UpdateProfileInput', {
  description: 'Changes of the own profile: null clears, absent leaves. A text of which nothing can be seen counts as null.',
  fields: (t) => ({
    nickname: t.string({ description: 'A name: one line of at most 50 characters. Null: the username.' }),
    avatar: t.string({ description: 'An https URL without a name and a password, of at most 2048 characters; kept in its canonical form.' }),
    avatarId: t.id({ description: 'An own upload of kind AVATAR that is READY, in place of `avatar`.' }),
    gender: t.field({ type: GenderRef, description: 'Null: UNKNOWN.' }),
    birthday: t.field({ type: 'Date', description: 'Shown to friends only.' }),
    bio: t.string({ description: 'At most 500 characters.' }),
    location: t.string({ description: 'One line of at most 100 characters.' }),
    website: t.string({ description: 'An https URL without a name and a password, of at most 2048 characters; kept in its canonical form.' }),
  }),
});

const ChatRuleInput = builder.inputType('ChatRuleInput', {
  description:
    'Changes of one rule of the own chatset: null goes back to the default, absent leaves. The two hold together: while needFollow is true, and by default it is, ' +
    'only followers may start to write, whatever sendCount says.',
  fields: (t) => ({
    sendCount: t.int({
      description: '0 nobody, 1 one message, 2 without limit; nothing else. Alone it opens nothing to those who do not follow: give needFollow false with it.',
    }),
    needFollow: t.boolean({ description: 'The sender must follow first. False lets those write who do not follow, as far as sendCount says.' }),
  }),
});

const ChatsetInput = builder.inputType('ChatsetInput', {
  description:
    'Changes of the own chatset: null goes back to the default, absent leaves. To let everybody write: sendCount 2 together with needFollow false. By default needFollow is true.',
  fields: (t) => ({
    visitor: t.field({ type: ChatRuleInput, description: 'The rule for visitors.' }),
    user: t.field({ type: ChatRuleInput, description: 'The rule for registered users.' }),
  }),
});

builder.mutationField('updateProfile', (t) =>
  t.field({
    type: UserRef,
    nullable: true,
    description:
      "Changes the viewer's profile. Friends and DIRECT peers get UserChanged. `NOT_FOUND` and `FILE_NOT_READY` for avatarId; `BAD_USER_INPUT` where it is no AVATAR, or where both it and avatar are given.",
    authScopes: { session: true },
    args: { input: t.arg({ type: UpdateProfileInput, required: true, description: 'What changes.' }) },
    resolve: (_root, { input }, context) => context.services.users.updateProfile(requireViewer(context), input),
  }),
);

builder.mutationField('updateChatset', (t) =>
  t.field({
    type: UserRef,
    nullable: true,
    description: 'Changes who may start to write to the viewer. Friends and DIRECT peers get UserChanged.',
    authScopes: { user: true },
    args: { input: t.arg({ type: ChatsetInput, required: true, description: 'What changes.' }) },
    resolve: (_root, { input }, context) => context.services.users.updateChatset(requireViewer(context), input),
  }),
);
