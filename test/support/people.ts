import { randomBytes, randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import {
  AnswerFriendRequestDocument,
  type AuthPartsFragment,
  LoginDocument,
  RegisterDocument,
  type RegisterInput,
  RegisterVisitorDocument,
  SendFriendRequestDocument,
  SendMessageDocument,
  type SendMessageMutation,
  UpdateChatsetDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import type { TestApp } from './app.ts';
import { type Answer, present } from './client.ts';
import type { Socket, SocketOptions } from './socket.ts';

/** Somebody with a session. */
export interface Person {
  readonly app: TestApp;
  readonly token: string;
  readonly refreshToken: string;
  readonly user: AuthPartsFragment['user'];
  readonly username: string;
  /** Empty for visitors. */
  readonly password: string;
  /** Runs an operation over HTTP with this session. */
  execute<R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<Answer<R>>;
  /** As `execute`, and no error is expected. */
  ask<R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<R>;
  /** Opens a socket with this session. */
  socket(options?: SocketOptions): Socket;
  /** The same session through another node. */
  at(app: TestApp): Person;
}

/** Makes a `Person` of the payload of a login. */
export function personOf(app: TestApp, payload: AuthPartsFragment | null | undefined, password = ''): Person {
  const { token, refreshToken, user } = present(payload, 'the session');
  return {
    app,
    token,
    refreshToken,
    user,
    username: user.username,
    password,
    execute: (document, variables) => app.execute(document, variables, { token }),
    ask: (document, variables) => app.ask(document, variables, { token }),
    socket: (options) => app.socket({ token, ...options }),
    at: (other) => personOf(other, payload, password),
  };
}

/** A username that nobody has. */
export function freshName(): string {
  return `u_${randomBytes(6).toString('hex')}`;
}

/** Registers a user; what is not said is made up. */
export async function registerUser(app: TestApp, input: Partial<RegisterInput> = {}): Promise<Person> {
  const whole = { username: freshName(), password: 'correct horse', ...input };
  const data = await app.ask(RegisterDocument, { input: whole });
  return personOf(app, data.register, whole.password);
}

/** Makes a visitor, by default of a new device. */
export async function registerVisitor(app: TestApp, deviceId: string = randomUUID()): Promise<Person> {
  const data = await app.ask(RegisterVisitorDocument, { input: { deviceId } });
  return personOf(app, data.registerVisitor);
}

/** Logs in once more: another device of the same person. */
export async function loginAgain(person: Person, device?: string, app: TestApp = person.app): Promise<Person> {
  const data = await app.ask(LoginDocument, { input: { username: person.username, password: person.password, ...(device === undefined ? {} : { device }) } });
  return personOf(app, data.login, person.password);
}

/** Lets everybody write to this person. */
export async function openChatset(person: Person): Promise<void> {
  const open = { sendCount: 2, needFollow: false };
  await person.ask(UpdateChatsetDocument, { input: { visitor: open, user: open } });
}

/** The environment with which a server makes the admin that `loginAdmin` logs in. */
export const adminEnv = { ADMIN_USERNAME: 'admin_of_tests', ADMIN_PASSWORD: 'a password for tests' } as const;

/** Logs in the admin of a server that was started with `adminEnv`. */
export async function loginAdmin(app: TestApp): Promise<Person> {
  const data = await app.ask(LoginDocument, { input: { username: adminEnv.ADMIN_USERNAME, password: adminEnv.ADMIN_PASSWORD } });
  return personOf(app, data.login, adminEnv.ADMIN_PASSWORD);
}

/** Registers a user whom the admin makes an agent: by default everybody may write to an agent. */
export async function registerAgent(admin: Person, input: Partial<RegisterInput> = {}): Promise<Person> {
  const agent = await registerUser(admin.app, input);
  await admin.ask(UpdateUserDocument, { userId: agent.user.id, role: 'AGENT' });
  return agent;
}

/** Sends a text to a user's or a conversation's id, and gives the message. */
export async function sendText(
  from: Person,
  to: string,
  text: string,
  clientId: string = randomUUID(),
): Promise<NonNullable<SendMessageMutation['sendMessage']>> {
  const data = await from.ask(SendMessageDocument, { input: { to, clientId, content: { text } } });
  return present(data.sendMessage, 'the message');
}

/** Two users, the second of whom everybody may write to. */
export async function registerTwo(app: TestApp): Promise<[Person, Person]> {
  const [one, other] = await Promise.all([registerUser(app), registerUser(app)]);
  await openChatset(other);
  return [one, other];
}

/** Makes two users friends. */
export async function makeFriends(one: Person, other: Person): Promise<void> {
  const { sendFriendRequest } = await one.ask(SendFriendRequestDocument, { userId: other.user.id });
  await other.ask(AnswerFriendRequestDocument, { id: present(sendFriendRequest, 'the request').id, answer: 'ACCEPT' });
}
