import { randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { NodeDocument, UpdateProfileDocument, UpdateUserDocument, UserInfoDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { adminEnv, loginAdmin, registerAgent, registerUser, registerVisitor } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp(adminEnv);
});

describe('userInfo (U1)', () => {
  it('is public: anonymous requests, visitors and users get the same', async () => {
    const [person, visitor, user] = await Promise.all([registerUser(app, { nickname: '小明' }), registerVisitor(app), registerUser(app)]);
    const expected = { id: person.user.id, uuid: person.user.uuid, username: person.username, nickname: '小明', role: 'USER' };
    for (const asker of [app, visitor, user]) expect((await asker.ask(UserInfoDocument, { uuid: person.user.uuid })).userInfo).toMatchObject(expected);
  });

  it('tells of visitors and agents too, with the chatset that holds for them (U3)', async () => {
    const visitor = await registerVisitor(app);
    const agent = await registerAgent(await loginAdmin(app));
    const closed = { sendCount: 0, needFollow: true };
    const open = { sendCount: 2, needFollow: false };
    const ofVisitor = (await app.ask(UserInfoDocument, { uuid: visitor.user.uuid })).userInfo;
    expect(ofVisitor).toMatchObject({ role: 'VISITOR', chatset: { visitor: closed, user: closed } });
    expect(ofVisitor?.username).toMatch(/^VIS.{8}$/);
    expect((await app.ask(UserInfoDocument, { uuid: agent.user.uuid })).userInfo).toMatchObject({ role: 'AGENT', chatset: { visitor: open, user: open } });
  });

  it('takes a uuid in either case', async () => {
    const person = await registerUser(app);
    expect((await app.ask(UserInfoDocument, { uuid: person.user.uuid.toUpperCase() })).userInfo).toMatchObject({ uuid: person.user.uuid });
  });

  it('is null, without an error, for a uuid that nobody has', async () => {
    expect(await app.ask(UserInfoDocument, { uuid: randomUUID() })).toEqual({ userInfo: null });
  });

  it.each([
    '',
    'x',
    '1',
    "' or 1 = 1 --",
    '123e4567-e89b-12d3-a456-42661417400',
    '{123e4567-e89b-12d3-a456-426614174000}',
    '123e4567e89b12d3a456426614174000',
    '\u0000',
  ])('refuses what is no uuid as input, not with a fault: %j', async (uuid) => {
    const answer = await app.execute(UserInfoDocument, { uuid });
    expect(answer.status).toBe(200);
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    const literal: TypedDocumentNode<unknown, object> = parse(`{ userInfo(uuid: ${JSON.stringify(uuid)}) { id } }`);
    expect(['BAD_USER_INPUT', 'BAD_QUERY']).toContain(codesOf(await app.execute(literal, {}))[0]);
  });

  it('is null for a disabled user, and so is the node, until enabled again', async () => {
    const [person, reader, admin] = await Promise.all([registerUser(app), registerUser(app), loginAdmin(app)]);
    const { uuid, id } = person.user;
    await admin.ask(UpdateUserDocument, { userId: id, enabled: false });
    expect((await app.ask(UserInfoDocument, { uuid })).userInfo).toBeNull();
    expect((await reader.ask(UserInfoDocument, { uuid })).userInfo).toBeNull();
    expect((await reader.ask(NodeDocument, { id })).node).toBeNull();
    await admin.ask(UpdateUserDocument, { userId: id, enabled: true });
    expect((await app.ask(UserInfoDocument, { uuid })).userInfo).toMatchObject({ id });
    expect((await reader.ask(NodeDocument, { id })).node).toMatchObject({ id });
  });

  it('shows a birthday to oneself, and not to strangers', async () => {
    const [person, stranger] = await Promise.all([registerUser(app), registerUser(app)]);
    await person.ask(UpdateProfileDocument, { input: { birthday: '1990-02-28', bio: 'hello' } });
    const { uuid } = person.user;
    expect((await person.ask(UserInfoDocument, { uuid })).userInfo?.profile).toMatchObject({ birthday: '1990-02-28', bio: 'hello' });
    for (const asker of [app, stranger])
      expect((await asker.ask(UserInfoDocument, { uuid })).userInfo?.profile).toMatchObject({ birthday: null, bio: 'hello' });
  });

  it.each(['userId', 'password', 'passwordHash', 'deviceHash', 'deviceId', 'phone', 'email', 'ip', 'enabled', 'status', 'sessions'])(
    'has no %s',
    async (field) => {
      const document: TypedDocumentNode<unknown, { uuid: string }> = parse(`query($uuid: UUID!) { userInfo(uuid: $uuid) { ${field} } }`);
      expect(codesOf(await app.execute(document, { uuid: randomUUID() }))).toEqual(['BAD_QUERY']);
    },
  );

  it('gives a global id that holds the uuid and no number of the database', async () => {
    const person = await registerUser(app);
    expect(Buffer.from(person.user.id, 'base64url').toString()).toBe(`User:${person.user.uuid}`);
  });
});
