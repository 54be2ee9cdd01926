import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import {
  BlockUserDocument,
  EventsDocument,
  LogoutDocument,
  MeDocument,
  MessagesDocument,
  PresenceDocument,
  RemoveMemberDocument,
  SendMessageDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { createData, startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { createGroup, memberIdOf } from '../support/groups.ts';
import { adminEnv, loginAdmin, loginAgain, makeFriends, type Person, registerAgent, registerUser, sendText } from '../support/people.ts';
import { openProxy } from '../support/proxy.ts';

/** Two nodes with the settings of production, and what reaches the second one only over wires that can be cut. */
async function twoNodes() {
  const data = { ...(await createData()), ...adminEnv, RATE_LIMITS: 'off' };
  const redis = await openProxy(present(inject('redisUrl')));
  return { redis, near: await startApp(data), far: await startApp({ ...data, REDIS_URL: redis.url }) };
}

/** Everybody who is about to lose something, with what they have open on the far node. */
async function openEverything(near: TestApp, far: TestApp) {
  const admin = await loginAdmin(near);
  const [owner, member, disabled, agent] = await Promise.all([registerUser(near), registerUser(near), registerUser(near), registerAgent(admin)]);
  await makeFriends(owner, member);
  const { id } = await createGroup(owner, [member]);
  await sendText(member, agent.user.id, 'hello');
  const phone = await loginAgain(member, 'phone', far);
  const sockets = { phone: phone.socket(), disabled: disabled.at(far).socket(), member: member.at(far).socket() };
  await Promise.all([sockets.phone.connected(), sockets.disabled.connected()]);
  const events = sockets.member.subscribe(EventsDocument, {});
  await events.until((data) => data.events.__typename === 'CaughtUp');
  const messages = sockets.member.subscribe(MessagesDocument, { conversationId: id, afterRev: 1 });
  await sendText(owner, id, 'to members');
  await messages.until((data) => data.messages.content?.text === 'to members');
  await events.until((data) => data.events.__typename === 'MessageSent' && data.events.message.content?.text === 'to members');
  await agent.socket().connected();
  const presence = sockets.member.subscribe(PresenceDocument, { userIds: [agent.user.id] });
  await presence.until((data) => data.presence.presence === 'ONLINE');
  return { admin, owner, member, disabled, agent, phone, id, sockets, events, messages, presence };
}

type Scene = Awaited<ReturnType<typeof openEverything>>;

/** Takes each right away through the near node; gives how many milliseconds after the answer the far one had seen to it. */
async function takeEverything({ admin, owner, member, disabled, agent, phone, id, sockets, events, messages }: Scene, near: TestApp, far: TestApp) {
  const after = async (taking: Promise<unknown>, ...seen: Promise<unknown>[]) => {
    await taking;
    const answered = performance.now();
    await Promise.all(seen);
    return Math.round(performance.now() - answered);
  };
  const send = async (from: Person, to: string) =>
    codesOf(await from.execute(SendMessageDocument, { input: { to, clientId: randomUUID(), content: { text: 'no more' } } }));
  const closed = [sockets.phone.closed(), sockets.disabled.closed()] as const;
  const ms = await Promise.all([
    after(phone.at(near).ask(LogoutDocument, {}), closed[0]),
    after(admin.ask(UpdateUserDocument, { userId: disabled.user.id, enabled: false }), closed[1]),
    after(
      owner.ask(RemoveMemberDocument, { memberId: memberIdOf(id, member) }),
      messages.ended(),
      events.until((data) => data.events.__typename === 'ConversationGone', 'ConversationGone'),
    ),
    agent.ask(BlockUserDocument, { userId: member.user.id }),
  ]);
  // Rights are judged in the database: these are refused from the commit on.
  expect(await send(member.at(far), id)).toEqual(['NOT_FOUND']);
  expect(await send(member.at(far), agent.user.id)).toEqual(['BLOCKED']);
  expect(codesOf(await disabled.at(far).execute(MeDocument, {}))).toEqual(['USER_DISABLED']);
  expect(codesOf(await phone.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
  expect(await Promise.all(closed)).toEqual([
    { code: 4401, reason: 'TOKEN_INVALID' },
    { code: 4401, reason: 'USER_DISABLED' },
  ]);
  expect(await messages.ended()).toBe('completed');
  return ms.filter((value) => typeof value === 'number');
}

/** Nothing of the group comes any more, though everything else does. */
async function expectGone({ owner, member, id, events, messages }: Scene): Promise<void> {
  await sendText(owner, id, 'not for the removed');
  await sendText(owner, member.user.id, 'to a friend');
  await events.until((data) => data.events.__typename === 'MessageSent' && data.events.message.content?.text === 'to a friend');
  const seen = JSON.stringify([events.all(), messages.all()]);
  expect(seen).toContain('to members');
  expect(seen).not.toContain('not for the removed');
}

describe('the end of a session, disabling, removal from a group and a block', () => {
  it('are in force on the other node within a second', async () => {
    const { near, far } = await twoNodes();
    const scene = await openEverything(near, far);
    const blocked = scene.presence.until((data) => data.presence.presence === null, 'presence to be hidden');
    expect(Math.max(...(await takeEverything(scene, near, far)))).toBeLessThan(1_000);
    await blocked;
    await expectGone(scene);
    // The other session of the same person stays.
    expect((await scene.sockets.member.ask(MeDocument, {})).viewer?.user.id).toBe(scene.member.user.id);
  });

  it.each([
    ['is cut off', 'cut', 'mend'],
    ['hangs', 'freeze', 'thaw'],
  ] as const)('are in force within 5 s by way of the database where Redis %s', async (_name, leave, comeBack) => {
    const { redis, near, far } = await twoNodes();
    const scene = await openEverything(near, far);
    await redis[leave]();
    expect(Math.max(...(await takeEverything(scene, near, far)))).toBeLessThan(5_000);
    await expectGone(scene);
    expect((await scene.sockets.member.ask(MeDocument, {})).viewer?.user.id).toBe(scene.member.user.id);
    expect(scene.presence.all().at(-1)?.data?.presence.presence).toBe('ONLINE');
    await redis[comeBack]();
    // Whom somebody has blocked meanwhile is shown nothing of them from then on.
    await scene.presence.until((data) => data.presence.presence === null, 'presence to be hidden');
  });
});
