import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from './app.ts';
import { secretEnv } from './issuers.ts';
import { adminEnv, loginAdmin, loginAgain, openChatset, type Person, registerUser, registerVisitor, sendText } from './people.ts';
import { clientWithKey, type KeyClient } from './server-keys.ts';
import type { Party } from './state-law.ts';

/** Somebody's two devices. */
export type Pair = readonly [Person, Person];

/** What all scenes of a file share. */
export interface Stage {
  readonly app: TestApp;
  readonly admin: Pair;
  /** A server of the operator's, with a key that may do everything. */
  readonly server: KeyClient;
  /** A user to whom everybody may write. */
  readonly stranger: Pair;
  /** A server of the operator's. */
  readonly key: KeyClient;
}

/**
 * Who is there: the actor and the peer have written to each other (what the peer said last is unread). The stranger is one to both, whatever the
 * tests before have left behind; everybody may write to the peer and to the stranger.
 */
export interface Scene extends Stage {
  readonly actor: Pair;
  readonly peer: Pair;
  /** A visitor's, where the actor is one. */
  readonly deviceId: string;
  readonly conversationId: string;
  /** "one" by the actor, "two" by the peer, "three" by the actor, "four" by the peer. */
  readonly messageIds: readonly string[];
}

/** For documents of the size of the whole schema. */
const unbounded = {
  DOCUMENT_TOKENS: '100000',
  DOCUMENT_CHARACTERS: '262144',
  DOCUMENT_OVERLAPS: '1000000',
  READ_CHARACTERS: '1000000000',
  DOCUMENT_DEPTH: '100',
  DOCUMENT_ROOT_FIELDS: '1000',
  DOCUMENT_SAME_NAME: '1000',
  DOCUMENT_SAME_RESPONSE_NAME: '1000',
  DOCUMENT_FRAGMENTS: '1000',
  DOCUMENT_VARIABLES: '1000',
  COST_ANONYMOUS: '1000000000000',
  COST_VISITOR: '1000000000000',
  COST_USER: '1000000000000',
  COST_AGENT: '1000000000000',
  COST_EVENT: '1000000000000',
  COST_SOCKET: '1000000000000',
};

/** That of the environment: of others admins see when they were used. */
const serverKey = `psk_${'s'.repeat(43)}`;

/** Starts a server that takes documents of the size of the whole schema, with an admin and a stranger. */
export async function createStage(): Promise<Stage> {
  const app = await startApp({ ...adminEnv, ...secretEnv, ...unbounded, PARLEY_SERVER_KEY: serverKey });
  const admin = [await loginAdmin(app), await loginAdmin(app)] as const;
  const server = clientWithKey(app, serverKey);
  return { app, admin, server, key: server, stranger: await twice(await registerUser(app)) };
}

/** Makes an actor and a peer who know each other. */
export async function createScene(stage: Stage, actorIs: 'user' | 'visitor'): Promise<Scene> {
  const { app, stranger } = stage;
  const deviceId = randomUUID();
  const [actor, peer] = await Promise.all([
    actorIs === 'user' ? registerUser(app).then(twice) : Promise.all([registerVisitor(app, deviceId), registerVisitor(app, deviceId)]),
    registerUser(app).then(twice),
  ]);
  await openChatset(peer[0]);
  await openChatset(stranger[0]);
  const first = await sendText(actor[0], peer[0].user.id, 'one');
  const to = first.conversation.id;
  const messageIds = [first.id];
  for (const [from, text] of [
    [peer[0], 'two'],
    [actor[0], 'three'],
    [peer[0], 'four'],
  ] as const)
    messageIds.push((await sendText(from, to, text)).id);
  return { ...stage, actor, peer, deviceId, conversationId: to, messageIds };
}

/** Everybody who is there, on both devices. */
export function allDevicesOf({ actor, peer, stranger, admin }: Scene): Party[] {
  return Object.entries({ actor, peer, stranger, admin }).map(([name, devices]) => ({ name, devices }));
}

/** Everybody who is there, those who are hardly ever concerned on one device: each further one costs as much as all that it can tell. */
export function partiesOf(scene: Scene): Party[] {
  return allDevicesOf(scene).map(({ name, devices }) => ({ name, devices: name === 'stranger' || name === 'admin' ? devices.slice(0, 1) : devices }));
}

async function twice(person: Person): Promise<Pair> {
  return [person, await loginAgain(person, 'second')];
}
