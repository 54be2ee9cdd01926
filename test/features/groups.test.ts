import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database, Tables } from '../../src/platform/database.ts';
import {
  AnswerJoinRequestDocument,
  ConversationsDocument,
  CreateGroupDocument,
  DissolveGroupDocument,
  GroupByCodeDocument,
  GroupNodeDocument,
  HistoryDocument,
  InviteToGroupDocument,
  JoinGroupDocument,
  LeaveGroupDocument,
  MarkReadDocument,
  MessagesDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  SendMessageDocument,
  SetTypingDocument,
  TypingDocument,
  UpdateGroupDocument,
  UpdateMemberDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, executeHttp, present } from '../support/client.ts';
import { createGroup, giveRole, idsOf, inParts, insertFriendsOf, insertUsers, memberIdOf, openTables, readGroup, registerFriends } from '../support/groups.ts';
import { type Person, registerUser, registerVisitor, sendText } from '../support/people.ts';

let app: TestApp;
let database: Database;
let people: Record<'ada' | 'ben' | 'cem' | 'dan', Person>;
let stranger: Person;
beforeAll(async () => {
  app = await startApp();
  database = await openTables(app);
  people = await registerFriends(app, database, 'ada', 'ben', 'cem', 'dan');
  stranger = await registerUser(app, { nickname: 'eve' });
});

const create = (person: Person, input: { readonly name?: string; readonly memberIds: string[] }) => person.execute(CreateGroupDocument, { input });
const invite = (person: Person, conversationId: string, userIds: string[]) => person.execute(InviteToGroupDocument, { conversationId, userIds });
const historyOf = async (person: Person, id: string) =>
  present((await person.ask(HistoryDocument, { id, last: 100 })).conversation, 'the conversation').messages.edges.map(({ node }) => node);
/** Without the isolates around names. */
const textsOf = async (person: Person, id: string) => (await historyOf(person, id)).map(({ content }) => content?.text.replace(/[\u2068\u2069]/g, ''));
const nodeOf = async (person: Person, id: string) => (await person.ask(GroupNodeDocument, { id })).node;

describe('createGroup (G1)', () => {
  it('makes a group of friends, with a notice that all have from its first message on', async () => {
    const { ada, ben, cem } = people;
    const { id, group, rev, lastSeq } = await createGroup(ada, [ben, cem, ben, ada], { name: ' 读书会 ' });
    expect(group).toMatchObject({ name: '读书会', avatar: null, joinPolicy: 'OPEN', memberCount: 3, announcement: null, showsHistory: false });
    expect({ rev, lastSeq, role: group.viewerMember?.role }).toEqual({ rev: 2, lastSeq: 1, role: 'OWNER' });
    for (const person of [ada, ben, cem]) {
      const conversation = await readGroup(person, id);
      expect(conversation).toMatchObject({ kind: 'GROUP', title: '读书会', peer: null, peerReadSeq: null, unreadCount: 0, readSeq: 1 });
      expect(conversation.group.members?.edges.map(({ node }) => [node.user.nickname, node.role]).toSorted()).toEqual([
        ['ada', 'OWNER'],
        ['ben', 'MEMBER'],
        ['cem', 'MEMBER'],
      ]);
      expect(await historyOf(person, id)).toMatchObject([
        {
          seq: 1,
          clientId: null,
          sender: { id: ada.user.id },
          content: { __typename: 'NoticeContent', code: 'GROUP_CREATED', text: '\u2068ada\u2069 created the group' },
        },
      ]);
    }
    const chinese = await executeHttp(app.url, HistoryDocument, { id, last: 1 }, { token: ben.token, locale: 'zh-CN' });
    expect(chinese.data?.conversation?.messages.edges[0]?.node.content?.text).toBe('\u2068ada\u2069 创建了群聊');
  });

  it('names it after the first members where it is given no name', async () => {
    const { ada, ben, cem } = people;
    expect((await createGroup(ada, [ben, cem])).title).toBe('ada、ben、cem');
    const long = await registerFriends(app, database, 'x'.repeat(30), 'y'.repeat(30), 'z');
    const [first, ...others] = Object.values(long);
    expect((await createGroup(present(first), others, { name: '  ' })).title).toBe('x'.repeat(30));
  });

  it('is refused to visitors, with strangers, with too many and with a name that is too long', async () => {
    const { ada, ben } = people;
    expect(codesOf(await create(await registerVisitor(app), { memberIds: [] }))).toEqual(['VISITOR_FORBIDDEN']);
    const refused = [
      [{ memberIds: [ben.user.id, stranger.user.id] }, 'FRIENDSHIP_REQUIRED', 'memberIds'],
      [{ memberIds: [Buffer.from(`User:${randomUUID()}`).toString('base64url')] }, 'NOT_FOUND', 'memberIds'],
      [{ memberIds: ['nonsense'] }, 'NOT_FOUND', 'memberIds'],
      [{ memberIds: [ben.user.id], name: '群'.repeat(51) }, 'BAD_USER_INPUT', 'name'],
    ] as const;
    for (const [input, code, field] of refused)
      expect((await create(ada, { ...input, memberIds: [...input.memberIds] })).errors[0]?.extensions).toMatchObject({ code, field });
    expect((await createGroup(ada, [], { name: '群'.repeat(50) })).group.memberCount).toBe(1);
    const many = await insertFriendsOf(database, ada, 101);
    expect((await create(ada, { memberIds: many })).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'memberIds' });
    const { id, group } = await createGroup(ada, [], { memberIds: many.slice(1) });
    expect(group.memberCount).toBe(101);
    expect((await invite(ada, id, many)).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'userIds' });
    expect((await invite(ada, id, [])).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'userIds' });
    const seen = new Set<string>();
    let after: string | null | undefined;
    do {
      const { members } = (await readGroup(ada, id, { first: 40, ...(after && { after }) })).group;
      for (const { node } of present(members).edges) seen.add(node.id);
      after = members?.pageInfo.hasNextPage ? members.pageInfo.endCursor : null;
    } while (after);
    expect(seen.size).toBe(101);
  });
});

describe('who comes in (G2)', () => {
  it('OPEN: whoever has the code, once, and whomever a member invites', async () => {
    const { ada, ben, cem, dan } = people;
    const { id, inviteCode } = await createGroup(ada, [ben]);
    const shown = await stranger.ask(GroupByCodeDocument, { inviteCode: inviteCode.toUpperCase() });
    expect(shown.groupByCode).toMatchObject({
      memberCount: 2,
      conversation: null,
      announcement: null,
      inviteCode: null,
      viewerMember: null,
      members: null,
      joinRequests: null,
    });
    expect(await nodeOf(stranger, present(shown.groupByCode).id)).toBeNull();
    const first = (await stranger.ask(JoinGroupDocument, { inviteCode })).joinGroup;
    expect(first).toMatchObject({ status: 'ACCEPTED', group: { memberCount: 3 }, user: { id: stranger.user.id } });
    expect((await stranger.ask(JoinGroupDocument, { inviteCode })).joinGroup).toEqual(first);
    expect((await ben.ask(JoinGroupDocument, { inviteCode })).joinGroup).toMatchObject({ status: 'ACCEPTED', user: { id: ben.user.id } });
    expect(codesOf(await invite(ben, id, [cem.user.id, ada.user.id, dan.user.id]))).toEqual([]);
    expect((await invite(stranger, id, [cem.user.id])).errors).toEqual([]);
    const outsider = await registerUser(app);
    expect((await invite(ben, id, [outsider.user.id])).errors[0]?.extensions).toMatchObject({ code: 'FRIENDSHIP_REQUIRED', field: 'userIds' });
    expect(await textsOf(ada, id)).toEqual(['ada created the group', 'eve joined', 'ben invited cem, dan']);
    expect((await readGroup(ada, id)).group.memberCount).toBe(5);
  });

  it('APPROVAL: asks wait, are one until they are answered, and only the owner and admins see them', async () => {
    const { ada, ben, cem, dan } = people;
    const { id, inviteCode } = await createGroup(ada, [ben, cem], { joinPolicy: 'APPROVAL' });
    const asked = present((await stranger.ask(JoinGroupDocument, { inviteCode, message: 'Let me in' })).joinGroup);
    expect(asked).toMatchObject({ status: 'PENDING', message: 'Let me in', group: { announcement: null, inviteCode: null } });
    expect((await stranger.ask(JoinGroupDocument, { inviteCode })).joinGroup).toEqual(asked);
    expect(codesOf(await invite(ben, id, [dan.user.id]))).toEqual([]);
    const waiting = present((await readGroup(ada, id)).group.joinRequests).edges.map(({ node }) => node);
    expect(waiting.map(({ user, status }) => [user.id, status])).toEqual([
      [stranger.user.id, 'PENDING'],
      [dan.user.id, 'PENDING'],
    ]);
    expect((await readGroup(cem, id)).group.joinRequests).toBeNull();
    expect([await nodeOf(stranger, asked.id), await nodeOf(ada, asked.id), await nodeOf(cem, asked.id), await nodeOf(dan, asked.id)]).toMatchObject([
      { status: 'PENDING' },
      { status: 'PENDING' },
      null,
      null,
    ]);
    expect(codesOf(await stranger.execute(AnswerJoinRequestDocument, { id: asked.id, accept: true }))).toEqual(['FORBIDDEN']);
    expect(codesOf(await dan.execute(AnswerJoinRequestDocument, { id: asked.id, accept: true }))).toEqual(['NOT_FOUND']);
    expect((await ada.ask(AnswerJoinRequestDocument, { id: asked.id, accept: false })).answerJoinRequest?.status).toBe('REFUSED');
    expect((await ada.ask(AnswerJoinRequestDocument, { id: asked.id, accept: false })).answerJoinRequest?.status).toBe('REFUSED');
    expect(codesOf(await ada.execute(AnswerJoinRequestDocument, { id: asked.id, accept: true }))).toEqual(['CONFLICT']);
    const again = present((await stranger.ask(JoinGroupDocument, { inviteCode })).joinGroup);
    expect(again.id).not.toBe(asked.id);
    for (const request of [again, present(waiting[1])])
      expect((await ada.ask(AnswerJoinRequestDocument, { id: request.id, accept: true })).answerJoinRequest?.status).toBe('ACCEPTED');
    expect(await textsOf(ada, id)).toEqual(['ada created the group', 'eve joined', 'ben invited dan']);
    expect((await readGroup(ada, id)).group.joinRequests?.edges).toEqual([]);
  });

  it('an invitation by the owner lets in at once, and accepts what waits', async () => {
    const { ada, ben } = people;
    const { id, inviteCode } = await createGroup(ada, [], { joinPolicy: 'APPROVAL' });
    const asked = present((await ben.ask(JoinGroupDocument, { inviteCode })).joinGroup);
    await ada.ask(InviteToGroupDocument, { conversationId: id, userIds: [ben.user.id] });
    expect(await nodeOf(ben, asked.id)).toMatchObject({ status: 'ACCEPTED' });
    await ben.ask(LeaveGroupDocument, { conversationId: id });
    expect(await nodeOf(ben, asked.id)).toBeNull();
  });

  it('USERS_ONLY refuses visitors, a reset code everybody', async () => {
    const { ada } = people;
    const visitor = await registerVisitor(app);
    const { id, inviteCode } = await createGroup(ada, [], { joinPolicy: 'USERS_ONLY' });
    expect(codesOf(await visitor.execute(JoinGroupDocument, { inviteCode }))).toEqual(['LOGIN_REQUIRED']);
    expect((await stranger.ask(JoinGroupDocument, { inviteCode })).joinGroup?.status).toBe('PENDING');
    const changed = await ada.ask(UpdateGroupDocument, { input: { conversationId: id, resetInviteCode: true, joinPolicy: 'OPEN' } });
    const next = present(changed.updateGroup?.group?.inviteCode);
    expect(codesOf(await visitor.execute(JoinGroupDocument, { inviteCode }))).toEqual(['NOT_FOUND']);
    expect((await visitor.ask(GroupByCodeDocument, { inviteCode })).groupByCode).toBeNull();
    for (const person of [visitor, stranger]) expect((await person.ask(JoinGroupDocument, { inviteCode: next })).joinGroup?.status).toBe('ACCEPTED');
    expect((await readGroup(ada, id)).group.joinRequests?.edges).toEqual([]);
  });
});

describe('roles (G3)', () => {
  it('the owner hands over, is an admin then, and may leave', async () => {
    const { ada, ben } = people;
    const { id } = await createGroup(ada, [ben]);
    await ada.ask(UpdateMemberDocument, { memberId: memberIdOf(id, ben), mutedUntil: new Date(Date.now() + 60_000).toISOString() });
    await giveRole(ada, id, ben, 'OWNER');
    const roles = present((await readGroup(ben, id)).group.members).edges.map(({ node }) => [node.user.nickname, node.role, node.mutedUntil]);
    expect(roles.toSorted()).toEqual([
      ['ada', 'ADMIN', null],
      ['ben', 'OWNER', null],
    ]);
    expect(codesOf(await ben.execute(LeaveGroupDocument, { conversationId: id }))).toEqual(['FORBIDDEN']);
    expect(await ada.ask(LeaveGroupDocument, { conversationId: id })).toEqual({ leaveGroup: true });
    expect(await textsOf(ben, id)).toEqual(['ada created the group', 'ada handed the group over to ben', 'ada left']);
  });

  it('who is muted cannot write or type until then, and is told when', async () => {
    const { ada, ben } = people;
    const { id } = await createGroup(ada, [ben]);
    const until = new Date(Date.now() + 1500).toISOString();
    await ada.ask(UpdateMemberDocument, { memberId: memberIdOf(id, ben), mutedUntil: until });
    const input = { to: id, clientId: randomUUID(), content: { text: 'hello' } };
    for (const answer of [await ben.execute(SendMessageDocument, { input }), await ben.execute(SetTypingDocument, { conversationId: id })])
      expect(answer.errors[0]?.extensions).toMatchObject({ code: 'MUTED', until });
    await expect.poll(async () => codesOf(await ben.execute(SendMessageDocument, { input })), { timeout: 8000 }).toEqual([]);
  });

  it('nicknames, null and blank clear them; null leaves the role', async () => {
    const { ada, ben } = people;
    const { id, rev } = await createGroup(ada, [ben]);
    const memberId = memberIdOf(id, ben);
    expect((await ben.ask(UpdateMemberDocument, { memberId, nickname: ' Benny ' })).updateMember).toMatchObject({ nickname: 'Benny', role: 'MEMBER' });
    expect((await ben.ask(UpdateMemberDocument, { memberId, nickname: 'Benny' })).updateMember?.nickname).toBe('Benny');
    expect((await ada.ask(UpdateMemberDocument, { memberId, nickname: null, role: null })).updateMember).toMatchObject({ nickname: null, role: 'MEMBER' });
    expect((await ben.execute(UpdateMemberDocument, { memberId, nickname: 'x'.repeat(51) })).errors[0]?.extensions).toMatchObject({ field: 'nickname' });
    expect((await readGroup(ada, id)).rev).toBe(rev + 2);
  });
});

describe('updateGroup (G4)', () => {
  it('writes notices for a new name and an announcement, one rev each, and one for the change; none for nothing', async () => {
    const { ada, ben } = people;
    const { id, rev } = await createGroup(ada, [ben], { name: 'One' });
    const change = (input: object) => ada.execute(UpdateGroupDocument, { input: { conversationId: id, ...input } });
    const changed = await change({ name: 'Two', announcement: 'Hear!', avatar: 'https://example.com/a.png' });
    expect(changed.data?.updateGroup).toMatchObject({ title: 'Two', avatar: 'https://example.com/a.png', rev: rev + 3, group: { announcement: 'Hear!' } });
    expect((await change({ name: 'Two', resetInviteCode: false, joinPolicy: null })).data?.updateGroup?.rev).toBe(rev + 3);
    expect((await change({ announcement: null, avatar: null })).data?.updateGroup).toMatchObject({ rev: rev + 4, avatar: null, group: { announcement: null } });
    expect(await textsOf(ben, id)).toEqual(['ada created the group', 'ada renamed the group to “Two”', 'ada posted an announcement']);
    for (const [input, field] of [
      [{ name: ' ' }, 'name'],
      [{ name: 'x'.repeat(51) }, 'name'],
      [{ avatar: 'http://example.com' }, 'avatar'],
      [{ announcement: 'x'.repeat(2001) }, 'announcement'],
    ] as const)
      expect((await change(input)).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });
});

describe('who is gone (G5, M8)', () => {
  it.each(['leave', 'remove', 'dissolve'] as const)('%s: to them nothing of it exists, and open subscriptions complete', async (how) => {
    const { ada, ben, cem } = people;
    const { id, inviteCode, group } = await createGroup(ada, [ben, cem]);
    const message = await sendText(ben, id, 'hello');
    const streams = [ben.socket().subscribe(MessagesDocument, { conversationId: id }), ben.socket().subscribe(TypingDocument, { conversationId: id })];
    const after = async (act: Promise<unknown>, index: number) => {
      await act;
      return streams[index]?.all().length;
    };
    await expect.poll(() => after(sendText(ada, id, 'x'), 0), { timeout: 8000 }).toBeGreaterThan(0);
    await expect.poll(() => after(ada.ask(SetTypingDocument, { conversationId: id }), 1), { timeout: 8000, interval: 20 }).toBe(1);
    if (how === 'leave') await ben.ask(LeaveGroupDocument, { conversationId: id });
    if (how === 'remove') await ada.ask(RemoveMemberDocument, { memberId: memberIdOf(id, ben) });
    if (how === 'dissolve') await ada.ask(DissolveGroupDocument, { conversationId: id });
    for (const stream of streams) expect(await stream.ended()).toBe('completed');
    expect((await ben.ask(HistoryDocument, { id, last: 1 })).conversation).toBeNull();
    for (const nodeId of [id, message.id, group.id, memberIdOf(id, ben), memberIdOf(id, ada)]) expect(await nodeOf(ben, nodeId)).toBeNull();
    expect((await ben.ask(ConversationsDocument, { first: 100 })).conversations?.edges.map(({ node }) => node.id)).not.toContain(id);
    const memberId = memberIdOf(id, cem);
    const answers = [
      await ben.execute(SendMessageDocument, { input: { to: id, clientId: randomUUID(), content: { text: 'x' } } }),
      await ben.execute(SetTypingDocument, { conversationId: id }),
      await ben.execute(MarkReadDocument, { conversationId: id, seq: 1 }),
      await ben.execute(RecallMessageDocument, { id: message.id }),
      await ben.execute(UpdateGroupDocument, { input: { conversationId: id, name: 'x' } }),
      await ben.execute(UpdateMemberDocument, { memberId, nickname: 'x' }),
      await ben.execute(RemoveMemberDocument, { memberId }),
      await ben.execute(LeaveGroupDocument, { conversationId: id }),
      await ben.execute(DissolveGroupDocument, { conversationId: id }),
      await invite(ben, id, [people.dan.user.id]),
      await ben.socket().subscribe(MessagesDocument, { conversationId: id }).answer(),
      await ben.socket().subscribe(TypingDocument, { conversationId: id }).answer(),
    ];
    expect(answers.flatMap(codesOf)).toEqual(answers.map(() => 'NOT_FOUND'));
    const gone = how === 'dissolve';
    expect((await cem.ask(HistoryDocument, { id, last: 1 })).conversation === null).toBe(gone);
    expect((await stranger.ask(GroupByCodeDocument, { inviteCode })).groupByCode === null).toBe(gone);
  });

  it('requests that wait end when the group is dissolved', async () => {
    const { inviteCode, id } = await createGroup(people.ada, [], { joinPolicy: 'APPROVAL' });
    const asked = present((await stranger.ask(JoinGroupDocument, { inviteCode })).joinGroup);
    await people.ada.ask(DissolveGroupDocument, { conversationId: id });
    expect(await nodeOf(stranger, asked.id)).toMatchObject({ status: 'REFUSED', group: { announcement: null } });
    expect(await nodeOf(people.ada, asked.id)).toBeNull();
    expect(codesOf(await people.ada.execute(AnswerJoinRequestDocument, { id: asked.id, accept: true }))).toEqual(['NOT_FOUND']);
  });
});

describe('what a new member sees (G6)', () => {
  it('the log from the own join notice on, unless the group shows its history; and from the new join on after a return', async () => {
    const { ada, ben, cem } = people;
    const { id } = await createGroup(ada, [ben]);
    const early = await sendText(ada, id, 'early');
    await ada.ask(InviteToGroupDocument, { conversationId: id, userIds: [cem.user.id] });
    const reply = await ada.ask(SendMessageDocument, { input: { to: id, clientId: randomUUID(), content: { text: 'late' }, replyTo: early.id } });
    expect(await historyOf(cem, id)).toMatchObject([
      { seq: 3, content: { text: '\u2068ada\u2069 invited \u2068cem\u2069' } },
      { seq: 4, replyTo: null },
    ]);
    expect(await nodeOf(cem, early.id)).toBeNull();
    expect(await readGroup(cem, id)).toMatchObject({ readSeq: 3, unreadCount: 1, lastMessage: { id: reply.sendMessage?.id } });
    const answer = await cem.execute(SendMessageDocument, { input: { to: id, clientId: randomUUID(), content: { text: 'x' }, replyTo: early.id } });
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', field: 'replyTo' });
    await cem.ask(LeaveGroupDocument, { conversationId: id });
    await sendText(ada, id, 'meanwhile');
    await ada.ask(InviteToGroupDocument, { conversationId: id, userIds: [cem.user.id] });
    expect(await textsOf(cem, id)).toEqual(['ada invited cem']);
    await cem.ask(LeaveGroupDocument, { conversationId: id });
    await ada.ask(UpdateGroupDocument, { input: { conversationId: id, showsHistory: true } });
    await ada.ask(InviteToGroupDocument, { conversationId: id, userIds: [cem.user.id] });
    expect(await textsOf(cem, id)).toEqual(await textsOf(ada, id));
    expect((await readGroup(cem, id)).unreadCount).toBe(0);
  });
});

describe('5,000 members', () => {
  it('a message costs one row, one entry, one log and one member (M4)', async () => {
    const { ada } = people;
    const { id } = await createGroup(ada, []);
    const [adaId = 0] = await idsOf(database, [ada.user]);
    const members = await insertUsers(database, 4999);
    const uuid = present(Buffer.from(id, 'base64url').toString().split(':')[1]);
    const logId = await database.transaction(async (tx) => {
      const { id: found } = await tx.db.selectFrom('Conversation').select('id').where('uuid', '=', uuid).executeTakeFirstOrThrow();
      const place = {
        logId: found,
        stateRev: 1,
        fromSeq: 1,
        active: 1,
        role: 'MEMBER',
        isMuted: 0,
        isArchived: 0,
        readSeq: 1,
        sentCount: 0,
        joinedAt: 0,
      } as const;
      for (const part of inParts(members))
        await tx.db
          .insertInto('Member')
          .values(part.map(({ id: userId }) => ({ ...place, userId })))
          .execute();
      await tx.db.updateTable('Group').set({ memberCount: 5000 }).where('id', '=', found).execute();
      return found;
    });
    const tables = ['Entry', 'Message', 'Log', 'Member'] as const satisfies readonly (keyof Tables)[];
    const rows = async () => {
      const all = await Promise.all(tables.map((table) => database.read((tx) => tx.db.selectFrom(table).selectAll().execute())));
      return all.map((list) => new Set(list.map((row) => JSON.stringify(row))));
    };
    const before = await rows();
    await sendText(ada, id, 'hello, everybody');
    const changed = (await rows()).map((list, index) => [...list].filter((row) => !before[index]?.has(row)));
    expect(changed.map((list) => list.length)).toEqual([1, 1, 1, 1]);
    expect(changed.map(([row]) => JSON.parse(row ?? '{}'))).toMatchObject([
      { logId, seq: 2 },
      { conversationId: logId, seq: 2 },
      { id: logId },
      { logId, userId: adaId },
    ]);
    expect(codesOf(await stranger.execute(JoinGroupDocument, { inviteCode: present((await readGroup(ada, id)).group.inviteCode) }))).toEqual(['CONFLICT']);
  });
});
