import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BlockUserDocument,
  CarriedEventsDocument,
  CarriedInDocument,
  EditMessageDocument,
  LeaveGroupDocument,
  PinMessageDocument,
  ReactDocument,
  RecallCarriedDocument,
  RecallMessageDocument,
  SendCarriedDocument,
  UnpinMessageDocument,
  UnreactDocument,
  UpdateMemberDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { giveRole, memberIdOf } from '../support/groups.ts';
import { makeOpenGroup } from '../support/open-group.ts';
import { type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const pin = (person: Person, messageId: string) => person.execute(PinMessageDocument, { messageId });
const unpin = (person: Person, messageId: string) => person.execute(UnpinMessageDocument, { messageId });
const pinned = async (person: Person, id: string) =>
  present((await person.ask(CarriedInDocument, { id })).conversation).pinnedMessages.map(({ id: messageId }) => messageId);

async function acquainted() {
  const [one, other] = await registerTwo(app);
  const message = await sendText(one, other.user.id, 'first');
  await sendText(other, one.user.id, 'second');
  return { one, other, message, conversationId: message.conversation.id };
}

describe('pinMessage and unpinMessage', () => {
  it('are for both people of a DIRECT conversation, and for both to see; what was pinned last comes first', async () => {
    const { one, other, message, conversationId } = await acquainted();
    const streams = [one, other].map((person) => person.socket().subscribe(CarriedEventsDocument, {}));
    for (const stream of streams) await stream.next();
    const next = await sendText(one, conversationId, 'third');
    const answer = present((await pin(other, next.id)).data?.pinMessage);
    expect(answer).toMatchObject({ id: next.id, rev: 4, pinnedAt: expect.stringMatching(/Z$/) });
    expect((await pin(one, message.id)).data?.pinMessage?.rev).toBe(5);
    for (const [index, person] of [one, other].entries()) {
      expect(await pinned(person, conversationId)).toEqual([message.id, next.id]);
      const stream = present(streams[index]);
      expect((await stream.next()).events.__typename).toBe('MessageSent');
      expect((await stream.next()).events).toMatchObject({ __typename: 'MessageChanged', message: { id: next.id, rev: 4, pinnedAt: answer.pinnedAt } });
      expect((await stream.next()).events).toMatchObject({
        __typename: 'MessageChanged',
        message: { id: message.id, conversation: { rev: 5, pinnedMessages: [{ id: message.id }, { id: next.id }] } },
      });
    }
    expect((await unpin(one, next.id)).data?.unpinMessage).toMatchObject({ rev: 6, pinnedAt: null });
    expect(await pinned(other, conversationId)).toEqual([message.id]);
  });

  it('again change nothing', async () => {
    const { one, other, message } = await acquainted();
    const first = (await pin(one, message.id)).data;
    expect((await pin(other, message.id)).data).toEqual(first);
    const gone = (await unpin(one, message.id)).data;
    expect((await unpin(other, message.id)).data).toEqual(gone);
    expect((await sendText(one, other.user.id, 'end')).rev).toBe(5);
  });

  it('are for members only; to strangers the message does not exist', async () => {
    const { message } = await acquainted();
    const stranger = await registerUser(app);
    for (const work of [pin, unpin]) {
      const refused = await work(stranger, message.id);
      expect(codesOf(refused)).toEqual(['NOT_FOUND']);
      for (const id of ['x', '', message.conversation.id]) expect((await work(stranger, id)).errors).toEqual(refused.errors);
    }
  });

  it('a recall unpins, and what was recalled is not pinned', async () => {
    const { one, other, message, conversationId } = await acquainted();
    await pin(other, message.id);
    expect((await one.ask(RecallCarriedDocument, { id: message.id })).recallMessage).toMatchObject({ pinnedAt: null });
    expect(await pinned(other, conversationId)).toEqual([]);
    expect(codesOf(await pin(other, message.id))).toEqual(['NOT_FOUND']);
    expect((await unpin(other, message.id)).errors).toEqual([]);
  });

  it('are refused where a message would be; taking one down is not', async () => {
    const { one, other, message } = await acquainted();
    await pin(one, message.id);
    await other.ask(BlockUserDocument, { userId: one.user.id });
    expect((await unpin(one, message.id)).errors).toEqual([]);
    expect(codesOf(await pin(one, message.id))).toEqual(['BLOCKED']);
  });

  it('hold at most 50 messages of a conversation', async () => {
    const { one, other, message, conversationId } = await acquainted();
    const more = await Promise.all(Array.from({ length: 50 }, (_, index) => sendText(index % 2 ? one : other, conversationId, `${index}`)));
    const answers = await Promise.all([message, ...more].map(({ id }, index) => pin(index % 2 ? one : other, id)));
    expect(answers.flatMap(refusalsOf)).toEqual([['BAD_USER_INPUT', 'messageId']]);
    expect(await pinned(one, conversationId)).toHaveLength(50);
  });
});

describe('in a group', () => {
  it('the owner and admins pin, members do not; members react, and notices take nothing', async () => {
    const [owner, one] = await Promise.all([registerUser(app), registerUser(app)]);
    const { id } = await makeOpenGroup(owner, [one]);
    const message = await sendText(one, id, 'hello');
    for (const work of [pin, unpin]) expect(codesOf(await work(one, message.id))).toEqual(['FORBIDDEN']);
    expect((await pin(owner, message.id)).data?.pinMessage?.pinnedAt).not.toBeNull();
    expect(codesOf(await unpin(one, message.id))).toEqual(['FORBIDDEN']);
    expect(await pinned(one, id)).toEqual([message.id]);
    const history = present((await owner.ask(CarriedInDocument, { id })).conversation).messages.edges;
    const notice = history.find(({ node }) => node.content?.__typename === 'NoticeContent')?.node.id;
    for (const answer of [
      await pin(owner, present(notice)),
      await owner.execute(ReactDocument, { messageId: present(notice), emoji: '👍' }),
      await owner.execute(EditMessageDocument, { id: present(notice), content: { text: 'x' } }),
    ])
      expect(codesOf(answer)).toEqual(['FORBIDDEN']);
    const forward = await owner.execute(SendCarriedDocument, { input: { to: id, clientId: randomUUID(), content: { forward: present(notice) } } });
    expect(refusalsOf(forward)).toEqual([['BAD_USER_INPUT', 'content.forward']]);
  });

  it('whoever is muted neither edits nor reacts nor pins, but takes back; a repeated send is answered', async () => {
    const [owner, one] = await Promise.all([registerUser(app), registerUser(app)]);
    const { id } = await makeOpenGroup(owner, [one]);
    await giveRole(owner, id, one, 'ADMIN');
    const clientId = randomUUID();
    const message = await sendText(one, id, 'hello', clientId);
    await one.ask(ReactDocument, { messageId: message.id, emoji: '👍' });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await owner.ask(UpdateMemberDocument, { memberId: memberIdOf(id, one), mutedUntil: until });
    for (const answer of [
      await one.execute(EditMessageDocument, { id: message.id, content: { text: 'x' } }),
      await one.execute(ReactDocument, { messageId: message.id, emoji: '🎉' }),
      await pin(one, message.id),
    ])
      expect(answer.errors.map(({ extensions }) => [extensions?.code, extensions?.until])).toEqual([['MUTED', until]]);
    expect((await one.execute(UnreactDocument, { messageId: message.id, emoji: '👍' })).data?.unreact?.reactions).toEqual([]);
    expect((await sendText(one, id, 'hello', clientId)).id).toBe(message.id);
  });

  it('whoever joins later sees nothing that is pinned, reacted to or forwarded from before', async () => {
    const [owner, late] = await Promise.all([registerUser(app), registerUser(app)]);
    const { id, join } = await makeOpenGroup(owner, []);
    const before = await sendText(owner, id, 'before');
    await pin(owner, before.id);
    await join(late);
    const after = await sendText(owner, id, 'after');
    await pin(owner, after.id);
    expect([await pinned(owner, id), await pinned(late, id)]).toEqual([[after.id, before.id], [after.id]]);
    const stream = late.socket().subscribe(CarriedEventsDocument, {});
    await stream.next();
    await owner.ask(ReactDocument, { messageId: before.id, emoji: '👍' });
    await unpin(owner, before.id);
    await owner.ask(RecallMessageDocument, { id: before.id });
    await sendText(owner, id, 'end');
    expect((await stream.next()).events).toMatchObject({ __typename: 'MessageSent', message: { content: { text: 'end' } } });
    for (const answer of [
      await late.execute(ReactDocument, { messageId: before.id, emoji: '👍' }),
      await pin(late, before.id),
      await unpin(late, before.id),
      await late.execute(EditMessageDocument, { id: before.id, content: { text: 'x' } }),
    ])
      expect(codesOf(answer)).toEqual(['NOT_FOUND']);
    await late.ask(LeaveGroupDocument, { conversationId: id });
    expect(codesOf(await late.execute(ReactDocument, { messageId: after.id, emoji: '👍' }))).toEqual(['NOT_FOUND']);
  });

  it('20 reactions of different people at once keep the counts right', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => registerUser(app)));
    const [owner, ...others] = people;
    const { id } = await makeOpenGroup(present(owner), others);
    const message = await sendText(present(owner), id, 'hello');
    const stream = present(owner).socket().subscribe(CarriedEventsDocument, {});
    await stream.next();
    const answers = await Promise.all(people.map((person, index) => person.execute(ReactDocument, { messageId: message.id, emoji: index % 4 ? '👍' : '🎉' })));
    expect(answers.flatMap(codesOf)).toEqual([]);
    const revs = answers.map(({ data }) => present(data?.react).rev).sort((a, b) => a - b);
    expect(revs).toEqual(Array.from({ length: 20 }, (_, index) => message.rev + 1 + index));
    for (let index = 0; index < 20; index += 1) expect((await stream.next()).events.__typename).toBe('MessageChanged');
    for (const [index, person] of people.entries()) {
      const shown = present((await person.ask(CarriedInDocument, { id })).conversation).messages.edges.find(({ node }) => node.id === message.id);
      const counts = Object.fromEntries(present(shown).node.reactions.map(({ emoji, count, viewerReacted }) => [emoji, [count, viewerReacted]]));
      expect(counts).toEqual({ '👍': [15, index % 4 !== 0], '🎉': [5, index % 4 === 0] });
    }
  });
});
