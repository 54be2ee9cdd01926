import { builder } from '../../graphql/builder.ts';
import type { Context } from '../../graphql/context.ts';
import { UserRef } from '../users/user.schema.ts';
import type { Caller } from './caller.policy.ts';
import type { IssuedTokens } from './session-writer.service.ts';

/** Who asks to come in. */
export function callerOf({ address, isAwaited }: Pick<Context, 'address' | 'isAwaited'>): Caller {
  return { address: address(), isAwaited };
}

/** The `AuthPayload` type: what whoever comes in is given. */
export const AuthPayload = builder.objectRef<IssuedTokens>('AuthPayload').implement({
  description: 'What a login gives.',
  fields: (t) => ({
    token: t.exposeString('token', { description: 'A JWT for `Authorization: Bearer …`, or for `connectionParams.token` of a socket.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the token ends.' }),
    refreshToken: t.exposeString('refreshToken', { description: 'For `refreshSession`, which gives the next pair. It is good once: keep the newest.' }),
    user: t.field({ type: UserRef, description: 'Who is logged in.', resolve: ({ user }) => user }),
  }),
});

const workDescription =
  'A proof of work, in base64 as ALTCHA writes it: the solved `extensions.challenge` of `PROOF_REQUIRED` or `RATE_LIMITED`. Good once; where none is asked for it is ignored.';

const RegisterVisitorInput = builder.inputType('RegisterVisitorInput', {
  description: 'A visitor is known by a device id. What the device tells of itself is for statistics only.',
  fields: (t) => ({
    deviceId: t.field({ type: 'UUID', required: true, description: 'Random, made and kept by the client: whoever has it is the visitor.' }),
    platform: t.string({ description: 'For example web. At most 50 characters.' }),
    model: t.string({ description: 'The model of the device. At most 50 characters.' }),
    os: t.string({ description: 'The operating system. At most 50 characters.' }),
    brand: t.string({ description: 'The maker of the device. At most 50 characters.' }),
    work: t.string({ description: workDescription }),
  }),
});

const RegisterInput = builder.inputType('RegisterInput', {
  description: 'A new account.',
  fields: (t) => ({
    username: t.string({
      required: true,
      description:
        '4 to 20 of A-Z a-z 0-9 _. Unique whatever its case. Not VIS or EXT and 8 letters or digits, as visitors and people of providers are called, and some names are reserved, such as admin.',
    }),
    password: t.string({ required: true, description: '8 to 128 characters. Not the username, and none of the 10,000 passwords that are used most.' }),
    nickname: t.string({ description: 'The name to show: one line of at most 50 characters. Default: the username.' }),
    deviceId: t.field({ type: 'UUID', description: "Turns this device's visitor into the new user, conversations and all, and uses the device id up." }),
    work: t.string({ description: workDescription }),
  }),
});

const LoginInput = builder.inputType('LoginInput', {
  description: 'A login with name and password.',
  fields: (t) => ({
    username: t.string({ required: true, description: 'The username, in any case.' }),
    password: t.string({ required: true, description: 'The password.' }),
    newPassword: t.string({
      description:
        'With a password that an admin has reset, and with no other: the one from now on. 8 to 128 characters, not the username, none of the 10,000 passwords that are used most, and not the one that was reset.',
    }),
    device: t.string({ description: 'How the session is named in the list of sessions, at most 100 characters.' }),
    work: t.string({ description: workDescription }),
  }),
});

builder.mutationField('registerVisitor', (t) =>
  t.field({
    type: AuthPayload,
    nullable: true,
    description: 'Logs in as the visitor of a device, who is made where there is none. The same device id always gives the same visitor.',
    authScopes: { newcomer: true },
    args: { input: t.arg({ type: RegisterVisitorInput, required: true, description: 'The device.' }) },
    resolve: (_root, { input }, context) => context.services.auth.registerVisitor(input, callerOf(context)),
  }),
);

builder.mutationField('register', (t) =>
  t.field({
    type: AuthPayload,
    nullable: true,
    description: 'Makes an account and logs in. `CONFLICT` for a username that is taken.',
    authScopes: { newcomer: true },
    args: { input: t.arg({ type: RegisterInput, required: true, description: 'The account.' }) },
    resolve: (_root, { input }, context) => context.services.auth.register(input, callerOf(context)),
  }),
);

builder.mutationField('login', (t) =>
  t.field({
    type: AuthPayload,
    nullable: true,
    description:
      'Logs in. `INVALID_CREDENTIALS` is the same answer for an unknown name and a wrong password. A password that an admin has reset wants a new one with it: `BAD_USER_INPUT` for `newPassword` says so to whoever gives the right one.',
    authScopes: { newcomer: true },
    args: { input: t.arg({ type: LoginInput, required: true, description: 'Name and password.' }) },
    resolve: (_root, { input }, context) => context.services.auth.login(input, callerOf(context)),
  }),
);

builder.mutationField('refreshSession', (t) =>
  t.field({
    type: AuthPayload,
    nullable: true,
    description:
      'The next pair of tokens of a session; its open sockets go on. The same refresh token again gives the same pair for a short time, for a lost answer or two tabs; later, it ends the session.',
    authScopes: { newcomer: true },
    args: { refreshToken: t.arg.string({ required: true, description: 'The newest refresh token of the session.' }) },
    resolve: (_root, { refreshToken }, { services, isAwaited, address }) => services.auth.refreshSession(refreshToken, isAwaited, address()),
  }),
);
