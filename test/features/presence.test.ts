import { beforeAll, describe, expect, it } from 'vitest';
import {
  BlockUserDocument,
  PresenceDocument,
  PresenceOfDocument,
  type PresenceSubscription,
  UnblockUserDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { adminEnv, loginAdmin, loginAgain, openChatset, type Person, registerAgent, registerUser, registerVisitor, sendText } from '../support/people.ts';

let app: TestApp;
let admin: Person;

beforeAll(async () => {
  app = await startApp({ ...adminEnv, PRESENCE_GRACE_SECONDS: '0.8' });
  admin = await loginAdmin(app);
});

const seenBy = async (viewer: Pick<Person, 'ask'>, person: Person) => present((await viewer.ask(PresenceOfDocument, { uuid: person.user.uuid })).userInfo);
const presenceSeenBy = async (viewer: Pick<Person, 'ask'>, person: Person) => (await seenBy(viewer, person)).presence;
const stateOf = ({ presence }: PresenceSubscription) => presence.presence;

async function connect(person: Person) {
  const socket = person.socket();
  await socket.connected();
  return socket;
}

/** Watches people through a socket of the viewer's own. */
async function watch(viewer: Person, ...people: Person[]) {
  const socket = await connect(viewer);
  return socket.subscribe(PresenceDocument, { userIds: people.map(({ user }) => user.id) });
}

const agent = () => registerAgent(admin);

describe('presence', () => {
  it('is ONLINE while a socket is open, and OFFLINE at once when the last one is closed', async () => {
    const [person, viewer] = [await agent(), await registerUser(app)];
    expect(await presenceSeenBy(viewer, person)).toBe('OFFLINE');
    const one = await connect(person);
    const other = await connect(await loginAgain(person));
    expect(await presenceSeenBy(viewer, person)).toBe('ONLINE');
    await one.close();
    const events = await watch(viewer, person);
    expect(stateOf(await events.next())).toBe('ONLINE');
    await other.close();
    await expect.poll(() => presenceSeenBy(viewer, person), { interval: 5 }).toBe('OFFLINE');
    // Asked, it is exact at once; told, it waits for a come-back.
    expect(events.waiting()).toEqual([]);
    expect(stateOf(await events.next())).toBe('OFFLINE');
  });

  it('stays ONLINE where one of two devices is closed', async () => {
    const [person, viewer] = [await agent(), await registerUser(app)];
    const [one, two] = [await connect(person), await connect(await loginAgain(person))];
    const witness = await agent();
    const events = await watch(viewer, person, witness);
    expect([stateOf(await events.next()), stateOf(await events.next())]).toEqual(['ONLINE', 'OFFLINE']);
    await one.close();
    // The witness comes and goes: had the first one gone too, it would have been told before.
    const socket = await connect(witness);
    expect((await events.next()).presence).toMatchObject({ uuid: witness.user.uuid, presence: 'ONLINE' });
    await socket.close();
    expect((await events.next()).presence).toMatchObject({ uuid: witness.user.uuid, presence: 'OFFLINE' });
    expect(await presenceSeenBy(viewer, person)).toBe('ONLINE');
    await two.close();
    expect((await events.next()).presence).toMatchObject({ uuid: person.user.uuid, presence: 'OFFLINE' });
  });

  it('tells nothing of somebody who comes back within the grace', async () => {
    const [person, witness, viewer] = [await agent(), await agent(), await registerUser(app)];
    const first = await connect(person);
    const witnessSocket = await connect(witness);
    const events = await watch(viewer, person, witness);
    expect([stateOf(await events.next()), stateOf(await events.next())]).toEqual(['ONLINE', 'ONLINE']);
    await first.close();
    await expect.poll(() => presenceSeenBy(viewer, person), { interval: 5 }).toBe('OFFLINE');
    await connect(person);
    expect(await presenceSeenBy(viewer, person)).toBe('ONLINE');
    await witnessSocket.close();
    expect((await events.next()).presence).toMatchObject({ uuid: witness.user.uuid, presence: 'OFFLINE' });
  });

  it('tells ONLINE at once, to whoever asked while the grace was running too', async () => {
    const [person, viewer] = [await agent(), await registerUser(app)];
    const first = await connect(person);
    const before = await watch(viewer, person);
    expect(stateOf(await before.next())).toBe('ONLINE');
    await first.close();
    await expect.poll(() => presenceSeenBy(viewer, person), { interval: 5 }).toBe('OFFLINE');
    const during = await watch(viewer, person);
    expect(stateOf(await during.next())).toBe('OFFLINE');
    const again = await connect(person);
    expect(stateOf(await during.next())).toBe('ONLINE');
    await again.close();
    expect([stateOf(await before.next()), stateOf(await during.next())]).toEqual(['OFFLINE', 'OFFLINE']);
  });

  it('goes with a connection that is lost without a word', async () => {
    const [person, viewer] = [await agent(), await registerUser(app)];
    const socket = await connect(person);
    const events = await watch(viewer, person);
    expect(stateOf(await events.next())).toBe('ONLINE');
    socket.cut();
    expect(stateOf(await events.next())).toBe('OFFLINE');
  });

  it('writes when somebody was last seen', async () => {
    const person = await agent();
    const lastSeen = async () => Date.parse((await seenBy(person, person)).lastSeenAt ?? '') || 0;
    expect(await lastSeen()).toBe(0);
    const socket = await connect(person);
    await expect.poll(lastSeen).toBeGreaterThan(0);
    const came = await lastSeen();
    await socket.close();
    await expect.poll(lastSeen).toBeGreaterThan(came);
  });

  it('writes it of everybody who comes and goes at once', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => agent()));
    const seen = async () => await Promise.all(people.map(async (person) => Date.parse((await seenBy(person, person)).lastSeenAt ?? '') || 0));
    const sockets = await Promise.all(people.map((person) => connect(person)));
    await expect.poll(async () => Math.min(...(await seen()))).toBeGreaterThan(0);
    const came = Math.max(...(await seen()));
    await Promise.all(sockets.map((socket) => socket.close()));
    await expect.poll(async () => Math.min(...(await seen()))).toBeGreaterThan(came);
  });
});

describe('whose presence is seen', () => {
  it('is seen by oneself and, of an agent, by every session, visitors included', async () => {
    const [user, visitor, person] = [await registerUser(app), await registerVisitor(app), await agent()];
    expect(await presenceSeenBy(user, user)).toBe('OFFLINE');
    expect(await presenceSeenBy(visitor, person)).toBe('OFFLINE');
    expect(await presenceSeenBy(user, person)).toBe('OFFLINE');
    expect(await presenceSeenBy({ ask: (document, variables) => app.ask(document, variables) }, person)).toBeNull();
  });

  it('is seen by somebody to whom one has written, and not the other way round', async () => {
    const [writer, reader] = [await registerUser(app), await registerUser(app)];
    await openChatset(reader);
    expect(await presenceSeenBy(reader, writer)).toBeNull();
    await sendText(writer, reader.user.id, 'hello');
    expect(await presenceSeenBy(reader, writer)).toBe('OFFLINE');
    expect(await presenceSeenBy(writer, reader)).toBeNull();
    expect((await seenBy(writer, reader)).lastSeenAt).toBeNull();
  });

  it('is told to whoever watches as soon as they may see it: by the first message of the other one, and while that one is an agent', async () => {
    const [reader, writer] = [await registerUser(app), await registerUser(app)];
    await openChatset(reader);
    await connect(writer);
    const events = await watch(reader, writer);
    expect(stateOf(await events.next())).toBeNull();
    await sendText(writer, reader.user.id, 'hello');
    expect(stateOf(await events.next())).toBe('ONLINE');
    await sendText(writer, reader.user.id, 'again');

    const stranger = await registerUser(app);
    const others = await watch(stranger, writer);
    expect(stateOf(await others.next())).toBeNull();
    for (const [role, seen] of [
      ['AGENT', 'ONLINE'],
      ['USER', null],
    ] as const) {
      await admin.ask(UpdateUserDocument, { userId: writer.user.id, role });
      expect(stateOf(await others.next())).toBe(seen);
    }
    expect(events.waiting()).toEqual([]);
  });

  it('is never seen by somebody whom one has blocked, and an open subscription shows it at once', async () => {
    const [person, viewer] = [await agent(), await registerUser(app)];
    const socket = await connect(person);
    const events = await watch(viewer, person);
    expect(stateOf(await events.next())).toBe('ONLINE');
    await person.ask(BlockUserDocument, { userId: viewer.user.id });
    expect(await presenceSeenBy(viewer, person)).toBeNull();
    expect(stateOf(await events.next())).toBeNull();
    await person.ask(UnblockUserDocument, { userId: viewer.user.id });
    expect(stateOf(await events.next())).toBe('ONLINE');
    await socket.close();
    expect(stateOf(await events.next())).toBe('OFFLINE');
  });

  it('tells no change of those who are not seen', async () => {
    const [hidden, witness, viewer] = [await registerUser(app), await agent(), await registerUser(app)];
    const events = await watch(viewer, hidden, witness);
    expect([stateOf(await events.next()), stateOf(await events.next())]).toEqual([null, 'OFFLINE']);
    await connect(hidden);
    await connect(witness);
    expect((await events.next()).presence).toMatchObject({ uuid: witness.user.uuid, presence: 'ONLINE' });
  });
});

describe('the subscription to presence', () => {
  it('gives each user once first, however often it is named', async () => {
    const [one, other, viewer] = [await agent(), await agent(), await registerUser(app)];
    const events = await watch(viewer, one, other, one);
    expect([(await events.next()).presence.uuid, (await events.next()).presence.uuid]).toEqual([one.user.uuid, other.user.uuid]);
    await connect(other);
    expect((await events.next()).presence).toMatchObject({ uuid: other.user.uuid, presence: 'ONLINE' });
  });

  it('refuses more than 100 users, and those who do not exist or are disabled', async () => {
    const [gone, viewer] = [await registerUser(app), await registerUser(app)];
    const socket = await connect(viewer);
    const refusal = async (userIds: string[]) => await socket.subscribe(PresenceDocument, { userIds }).answer();
    const many = await refusal(Array.from({ length: 101 }, () => viewer.user.id));
    expect(many.errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'userIds' });
    const nobody = Buffer.from('User:00000000-0000-4000-8000-000000000000').toString('base64url');
    expect(codesOf(await refusal([viewer.user.id, nobody]))).toEqual(['NOT_FOUND']);
    expect(codesOf(await refusal(['nonsense']))).toEqual(['NOT_FOUND']);
    await admin.ask(UpdateUserDocument, { userId: gone.user.id, enabled: false });
    expect(codesOf(await refusal([gone.user.id]))).toEqual(['NOT_FOUND']);
  });
});
