import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { beforeAll, describe, expect, it } from 'vitest';
import { BlockUserDocument, SendMessageDocument, UpdateChatsetDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { openChatset, type Person, registerUser, registerVisitor } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const people = async (): Promise<[Person, Person]> => {
  const [writer, reader] = await Promise.all([registerUser(app), registerUser(app)]);
  await openChatset(reader);
  return [writer, reader];
};
const send = (from: Person, to: Person) => from.execute(SendMessageDocument, { input: { to: to.user.id, clientId: randomUUID(), content: { text: 'hello' } } });

/** A second node in the middle of a transaction. */
async function transaction(): Promise<Connection> {
  const connection = await createConnection(app.env.DATABASE_URL ?? '');
  closeLater(() => connection.destroy());
  await connection.query('set session transaction isolation level read committed');
  await connection.beginTransaction();
  return connection;
}

/** Whether the answer is still out after a time in which it would long have come. */
async function waits(answer: Promise<Answer<unknown>>): Promise<boolean> {
  return await Promise.race([answer.then(() => false), sleep(300, true)]);
}

const ownLog = 'select id from log where id = (select id from user where uuid = ?) for update';

describe.each(['first message', 'later message'])('a %s that meets a change of the recipient', (which) => {
  const begin = async () => {
    const [writer, reader] = await people();
    if (which === 'later message') expect(codesOf(await send(writer, reader))).toEqual([]);
    return { writer, reader, other: await transaction() };
  };

  it('waits for a block that is being written, and is refused', async () => {
    const { writer, reader, other } = await begin();
    const pair = [reader.user.uuid, writer.user.uuid];
    for (const uuid of pair) await other.query(ownLog, [uuid]);
    const values = 'select a.id, b.id, 0, 0, 1, 0 from user a, user b where a.uuid = ? and b.uuid = ?';
    await other.query(`insert into relation (user_id, other_id, is_friend, is_following, is_blocked, is_starred) ${values}`, pair);
    const answer = send(writer, reader);
    expect(await waits(answer)).toBe(true);
    await other.commit();
    expect(codesOf(await answer)).toEqual(['BLOCKED']);
  });

  it('waits for a chatset that is being changed, and is judged by the new one', async () => {
    const { writer, reader, other } = await begin();
    const closed = JSON.stringify({ user: { sendCount: 0 } });
    await other.query('update user set chatset = ? where uuid = ?', [closed, reader.user.uuid]);
    const answer = send(writer, reader);
    expect(await waits(answer)).toBe(true);
    await other.commit();
    expect(codesOf(await answer)).toEqual(['FRIENDSHIP_REQUIRED']);
  });

  it('waits for a disabling that is being written, and is refused', async () => {
    const { writer, reader, other } = await begin();
    await other.query('update user set enabled = 0 where uuid = ?', [reader.user.uuid]);
    const answer = send(writer, reader);
    expect(await waits(answer)).toBe(true);
    await other.commit();
    expect(codesOf(await answer)).toEqual(['RECIPIENT_UNAVAILABLE']);
  });
});

describe('a message that has been judged and not yet committed', () => {
  it('makes a block wait, of a user and of a visitor', async () => {
    const [writer, reader] = await people();
    for (const sender of [writer, await registerVisitor(app)]) {
      const other = await transaction();
      await other.query(ownLog, [sender.user.uuid]);
      const answer = reader.execute(BlockUserDocument, { userId: sender.user.id });
      expect(await waits(answer)).toBe(true);
      await other.commit();
      expect(codesOf(await answer)).toEqual([]);
    }
  });

  it('makes a change of the chatset wait', async () => {
    const [, reader] = await people();
    const other = await transaction();
    await other.query('select chatset from user where uuid = ? lock in share mode', [reader.user.uuid]);
    const answer = reader.execute(UpdateChatsetDocument, { input: { user: { sendCount: 0 } } });
    expect(await waits(answer)).toBe(true);
    await other.commit();
    expect(codesOf(await answer)).toEqual([]);
  });
});
